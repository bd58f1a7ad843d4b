import { canonicalAddress } from '../../core/address.js';
import { formatPrefix, type Prefix, parsePrefix } from '../../core/prefix.js';
import { currentLeases } from '../announced.js';
import type { Cluster } from '../cluster.js';
import type { Placed } from '../facts.js';
import { perNode } from '../per-cluster.js';
import { vteps } from '../vteps.js';
import type { Known, Lines } from './intent.js';

/** What the other nodes are told of a node by its lease: the node's annotations, or etcd's key (pkg/lease/lease.go). */
export interface FlannelPeer {
  readonly node: string;
  readonly subnets: readonly Known<Prefix>[];
  readonly publicIp?: Known<string> | undefined;
  readonly type?: Known<string> | undefined;
  /** MAC address of its VXLAN device, when all that tell it agree. */
  readonly mac?: Known<string> | undefined;
  readonly vni?: Known<number> | undefined;
}

const PUBLIC_IP = /flannel[^/]*\/public-ip$/;
const BACKEND_TYPE = /flannel[^/]*\/backend-type$/;

/** A node as its annotations and leases announce it. */
export const flannelPeer = perNode((cluster, node): FlannelPeer => {
  const annotations = cluster.facts.nodeAnnotations.filter((a) => cluster.named(a.node) === node);
  const leases = currentLeases(cluster).filter(
    (lease) => (lease.own ? lease.node : (lease.node ?? cluster.nodeWithAddress(lease.publicIp ?? ''))) === node,
  );
  const told = vteps(cluster).filter(
    (v) => v.node === node && v.ifname === undefined && (v.told === 'annotation' || v.told === 'lease'),
  );
  const [address, type] = [PUBLIC_IP, BACKEND_TYPE].map((key) => annotations.findLast((a) => key.test(a.key)));
  return {
    node,
    subnets: subnetsOf(cluster, node, leases.length > 0 ? leases : undefined, address),
    publicIp:
      agreed(address === undefined ? [] : [[canonicalAddress(address.value), address]]) ??
      agreed(leases.map((lease) => [lease.publicIp, lease.at])),
    type:
      agreed(type === undefined ? [] : [[type.value.toLowerCase(), type]]) ??
      agreed(leases.map((lease) => [lease.own ? undefined : lease.backend?.toLowerCase(), lease.at])),
    mac: agreed(told.map((v) => [v.mac, v.at])),
    vni: agreed(told.map((v) => [v.vni, v.at])),
  };
});

/** The value that all lines give; undefined when they differ, and when none gives one. */
function agreed<T>(lines: readonly (readonly [T | undefined, Placed])[]): Known<T> | undefined {
  const [first, ...rest] = lines.flatMap(([value, at]) => (value === undefined ? [] : [{ value, at }]));
  if (first === undefined || rest.some(({ value }) => value !== first.value)) return undefined;
  return { value: first.value, at: [first.at, ...rest.map(({ at }) => at)] };
}

/** Subnets of its leases; without any the podCIDR of a node that flannel has annotated (kube-subnet-mgr deals these out). */
function subnetsOf(
  cluster: Cluster,
  node: string,
  leases: readonly { readonly subnet: string; readonly at: Placed }[] | undefined,
  annotation: Placed | undefined,
): readonly Known<Prefix>[] {
  const podCidrs = cluster.facts.nodes
    .filter((one) => cluster.named(one.name) === node)
    .flatMap((one) => (one.pod_cidrs ?? []).map((subnet) => ({ subnet, at: one })));
  const found = new Map<string, { readonly prefix: Prefix; readonly at: Lines }>();
  for (const { subnet, at } of leases ?? (annotation === undefined ? [] : podCidrs)) {
    const prefix = parsePrefix(subnet);
    if (prefix === undefined) continue;
    const text = formatPrefix(prefix);
    const known = found.get(text);
    found.set(text, { prefix, at: known === undefined ? [at] : [...known.at, at] });
  }
  return [...found.values()].map(({ prefix, at }) => ({ value: prefix, at }));
}
