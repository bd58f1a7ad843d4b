import { canonicalAddress } from '../core/address.js';
import type { pod } from '../core/event/kubernetes.js';
import type { Fact } from './facts.js';
import { perCluster } from './per-cluster.js';

/** A pod with a network of its own that is there: its addresses are in use. */
export interface LivePod {
  /** `namespace/name`, or the name where the list shows no namespace. */
  readonly name: string;
  readonly node: string | undefined;
  readonly addresses: readonly string[];
  readonly at: Fact<typeof pod>;
}

/** Finished, evicted and vanishing pods stay in the list with an address that may be another pod's by now. */
const GONE =
  /^(Completed|Succeeded|Failed|Error|Evicted|OOMKilled|Terminating|Unknown|NodeLost|NodeAffinity|Shutdown|ContainerStatusUnknown|DeadlineExceeded|Preempting|Terminated)$/;

/** Pods of all lists in the bundle that run, without those on their node's network. One pod may be in several lists. */
export const livePods = perCluster((cluster): readonly LivePod[] =>
  cluster.facts.pods.flatMap((at) => {
    if (at.host_network === true || GONE.test(at.phase ?? '')) return [];
    const addresses = (at.ips ?? [at.ip])
      .map((text) => (text === undefined ? undefined : canonicalAddress(text)))
      .filter((a): a is string => a !== undefined && cluster.nodeWithAddress(a) === undefined);
    if (addresses.length === 0) return [];
    return [
      {
        name: at.namespace === undefined ? at.name : `${at.namespace}/${at.name}`,
        node: at.node === undefined ? undefined : cluster.named(at.node),
        addresses,
        at,
      },
    ];
  }),
);
