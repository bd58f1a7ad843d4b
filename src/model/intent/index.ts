import type { Cluster } from '../cluster.js';
import { perCluster } from '../per-cluster.js';
import { calico } from './calico.js';
import { canal } from './canal.js';
import { flannel } from './flannel.js';
import type { Cni, IntendedWay } from './intent.js';
import { signs } from './signs.js';

/** CNIs whose intent is known, one file each. */
export const CNIS: readonly Cni[] = [flannel, canal, calico];

/** The CNI that lays the ways between nodes; undefined when none of ours does, and when it is not clear which. */
export const cniOf = perCluster((cluster): Cni | undefined => {
  const name = signs(cluster);
  return CNIS.find((cni) => cni.name === name);
});

/** What the CNI would install on one node for the pods of another. */
export const intendedWays = (cluster: Cluster, from: string, to: string): readonly IntendedWay[] =>
  cniOf(cluster)?.ways(cluster, from, to) ?? [];
