import { canonicalAddress } from '../core/address.js';
import type { Cluster } from './cluster.js';
import type { Placed } from './facts.js';
import { perCluster } from './per-cluster.js';
import { rowsBy } from './rows-by.js';

/** An address that somebody announces for a node. */
export interface Announced {
  readonly node: string;
  readonly address: string;
  /** Who says it, in words: `InternalIP`, `flannel public-ip`, `Calico address`, `lease`. */
  readonly as: string;
  /** `overlay`: peers send tunnels or BGP there. `cluster`: the API server and kubelets use it. `outside`: clients do. */
  readonly use: 'overlay' | 'cluster' | 'outside';
  /** Interface that the announcer names with it. */
  readonly ifname?: string | undefined;
  readonly at: Placed;
}

/** Annotations that tell a node's address (flannel `pkg/subnet/kube/annotations.go`, Calico `libcalico-go/.../conversion`, Kubernetes `--node-ip`). */
const ANNOTATIONS: readonly { readonly key: RegExp; readonly as: string; readonly use: Announced['use'] }[] = [
  { key: /flannel[^/]*\/public-ip(v6)?$/, as: 'flannel public-ip', use: 'overlay' },
  { key: /flannel[^/]*\/public-ip(v6)?-overwrite$/, as: 'flannel public-ip-overwrite', use: 'overlay' },
  { key: /^projectcalico\.org\/IPv[46]Address$/, as: 'Calico address', use: 'overlay' },
  { key: /^alpha\.kubernetes\.io\/provided-node-ip$/, as: 'kubelet --node-ip', use: 'cluster' },
];

/**
 * Every address that node objects, annotations, leases and CNI logs announce, with the line that says so. A later line of
 * one log replaces an earlier one: the agent was restarted or moved. Nothing here says that the address is right.
 */
export const announced = perCluster((cluster): readonly Announced[] => {
  const { facts } = cluster;
  const found: Announced[] = [];
  const told = new Set<string>();
  const annotated = new Set<string>();
  const tell = (entry: Omit<Announced, 'address'> & { readonly address: string | undefined }): void => {
    for (const text of (entry.address ?? '').split(',')) {
      const address = canonicalAddress(text.trim().replace(/\/\d+$/, ''));
      if (address === undefined) continue;
      const key = JSON.stringify([entry.node, address, entry.as, entry.ifname]);
      if (told.has(key)) continue;
      told.add(key);
      if (entry.as === 'flannel public-ip') annotated.add(entry.node);
      found.push({ ...entry, address });
    }
  };
  for (const a of facts.nodeAddresses) {
    const node = cluster.named(a.node);
    if (a.type === 'InternalIP') tell({ node, address: a.address, as: 'InternalIP', use: 'cluster', at: a });
    if (a.type === 'ExternalIP') tell({ node, address: a.address, as: 'ExternalIP', use: 'outside', at: a });
  }
  for (const n of facts.nodes) {
    const node = cluster.named(n.name);
    tell({ node, address: n.internal_ip, as: 'InternalIP', use: 'cluster', at: n });
    tell({ node, address: n.external_ip, as: 'ExternalIP', use: 'outside', at: n });
  }
  for (const a of facts.nodeAnnotations) {
    const kind = ANNOTATIONS.find(({ key }) => key.test(a.key));
    if (kind !== undefined) tell({ node: cluster.named(a.node), address: a.value, as: kind.as, use: kind.use, at: a });
  }
  const chosen = new Map<string, Announced>();
  for (const log of facts.logs) {
    if (!/^(interface-chosen|public-ip|address-explicit)$/.test(log.code) || log.address === undefined) continue;
    const node = cluster.nodeOf(log);
    const address = canonicalAddress(log.address);
    if (node === undefined || address === undefined) continue;
    const program = /flannel/.test(log.component) ? 'flannel' : 'Calico';
    const family = address.includes(':') ? 6 : 4;
    const key = `${log.source} ${program} ${log.code === 'public-ip'} ${family}`;
    const as = log.code === 'public-ip' ? `${program} log, external address` : `${program} log, interface`;
    chosen.set(key, { node, address, as, use: 'overlay', ifname: log.ifname, at: log });
  }
  for (const entry of chosen.values()) tell(entry);
  for (const lease of currentLeases(cluster)) {
    // The annotation is what leases are made of; a log may hold older ones.
    if (lease.node === undefined || annotated.has(lease.node)) continue;
    tell({ node: lease.node, address: lease.publicIp, as: 'lease', use: 'overlay', at: lease.at });
  }
  return found;
});

const byNode = rowsBy((entry: Announced) => entry.node);

/** What is announced for one node. */
export const announcedFor = (cluster: Cluster, node: string): readonly Announced[] => byNode(announced(cluster), node);

/** A lease as the last line about it says, seen by one reporter. */
export interface CurrentLease {
  readonly subnet: string;
  /** Owner, when named or when the subnet is a node's podCIDR. */
  readonly node: string | undefined;
  readonly publicIp: string | undefined;
  readonly vtepMac: string | undefined;
  readonly vni: number | undefined;
  readonly backend: string | undefined;
  readonly own: boolean;
  /** Node whose log or file tells it. */
  readonly reporter: string | undefined;
  readonly at: Placed;
}

/** Leases that hold: of each reporter the last word on each subnet, without those that were removed. */
export const currentLeases = perCluster((cluster): readonly CurrentLease[] => {
  const last: (typeof cluster.facts.leases)[number][] = [];
  // Leases are in the order of their sources and lines: what one source says is settled before the next one.
  const places = { own: new Map<string, number>(), others: new Map<string, number>() };
  let source: number | undefined;
  for (const lease of cluster.facts.leases) {
    if (lease.source !== source) for (const of of Object.values(places)) of.clear();
    source = lease.source;
    const of = lease.action === 'own' ? places.own : places.others;
    const place = of.get(lease.subnet) ?? last.length;
    of.set(lease.subnet, place);
    last[place] = lease;
  }
  const holders = new Map<string, string>();
  for (const node of cluster.facts.nodes)
    for (const cidr of node.pod_cidrs ?? []) holders.set(cidr, cluster.named(node.name));
  return last
    .filter((lease) => lease.action !== 'removed')
    .map((lease) => {
      const reporter = cluster.nodeOf(lease);
      const own = lease.action === 'own';
      return {
        subnet: lease.subnet,
        node: lease.node !== undefined ? cluster.named(lease.node) : own ? reporter : holders.get(lease.subnet),
        publicIp: lease.public_ip === undefined ? undefined : canonicalAddress(lease.public_ip),
        vtepMac: lease.vtep_mac,
        vni: lease.vni,
        backend: lease.backend,
        own,
        reporter,
        at: lease,
      };
    });
});
