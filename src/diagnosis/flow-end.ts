import type { FlowKey } from '../core/finding.js';
import type { Cluster } from '../model/cluster.js';
import { endpointsOf } from '../model/service-endpoints.js';

/** One end of a flow: the nodes that it may be on, and whether it is reached through the pod network. */
export interface FlowEnd {
  readonly nodes: ReadonlySet<string>;
  readonly inside: boolean;
  /** The address itself; of a service those of its endpoints. */
  readonly addresses: readonly string[];
}

const INSIDE = new Set(['pod', 'pod-range', 'vtep', 'gateway']);

/** What an end of a flow is. Logs and transcripts name nodes and pods where packets have addresses. */
export function flowEnd(cluster: Cluster, text: string): FlowEnd {
  if (cluster.nodes.has(text)) return { nodes: new Set([text]), inside: false, addresses: [] };
  const address = text.replace(/\/\d+$/, '');
  const named = /^[\d.]+$|:/.test(address)
    ? undefined
    : cluster.facts.pods.find((p) => text.split(' on ')[0] === p.name);
  const addresses =
    named?.ip !== undefined
      ? [named.ip]
      : cluster.owner(address).role === 'service'
        ? endpointsOf(cluster, address)
        : [address];
  const owners = addresses.map((a) => cluster.owner(a));
  return {
    nodes: new Set(owners.map((o) => o.node).filter((n): n is string => n !== undefined)),
    inside: owners.some((o) => INSIDE.has(o.role)),
    addresses,
  };
}

/** True when the flow runs between this node's pods and another node, so that it needs the way that pods take between nodes. */
export function crosses(cluster: Cluster, { src, dst }: FlowKey, node: string): boolean {
  const [from, to] = [flowEnd(cluster, src), flowEnd(cluster, dst)];
  if (!from.inside && !to.inside) return false;
  const here = (end: FlowEnd): boolean => end.nodes.has(node);
  const there = (end: FlowEnd): boolean => [...end.nodes].some((n) => n !== node);
  return (here(from) && there(to)) || (here(to) && there(from));
}
