import { type Prefix, parsePrefix } from '../core/prefix.js';
import { PrefixIndex } from '../core/prefix-index.js';
import type { Cluster } from './cluster.js';
import { perNode } from './per-cluster.js';

interface Way {
  readonly prefix: Prefix;
  /** Another node that is its next hop. */
  readonly hop: string | undefined;
  /** It ends on the network of a card, or goes on to a router. */
  readonly leaves: boolean;
}

/** Names of network cards and what is made of them (systemd.net-naming-scheme(7)): of another name a device may be the pods' bridge. */
const CARD = /^(?:eth|en[opsxb]|em\d|ib|bond|team|wl|p\d+p\d)/;

/** Routes of a node without those of its default: by the longest prefix. */
const ways = perNode((cluster, node): PrefixIndex<Way> => {
  const found: Way[] = [];
  for (const route of cluster.facts.routes) {
    if (route.table === 'local' || cluster.nodeOf(route) !== node) continue;
    const prefix = parsePrefix(route.dst);
    if (prefix === undefined || prefix.length === 0) continue;
    const hop = route.via === undefined ? undefined : cluster.nodeWithAddress(route.via);
    const uplink = route.dev !== undefined && cluster.device(node, route.dev) === 'uplink';
    const leaves = uplink && (route.via !== undefined ? hop === undefined : CARD.test(route.dev!));
    found.push({ prefix, hop: hop === node ? undefined : hop, leaves });
  }
  return new PrefixIndex(found);
});

/**
 * The other node that a node's own route leads an address to, as host-gw and BGP lead to its pods: then the address is nothing outside,
 * though nothing else tells what it is. Undefined where that node, too, sends it on by a physical link (a gateway of the site), and for
 * what the default route takes.
 */
export function behindNode(cluster: Cluster, node: string, address: string): string | undefined {
  const hop = ways(cluster, node).longest(address, () => true)?.hop;
  if (hop === undefined) return undefined;
  return ways(cluster, hop).longest(address, () => true)?.leaves === true ? undefined : hop;
}
