import { familyOf } from '../core/address.js';
import type { Cite, Confidence } from '../core/finding.js';
import type { Placed } from '../model/facts.js';
import type { Scene } from '../model/scene.js';
import type { Destination } from './vxlan-destination.js';

/** Why tunnel packets for a destination go to a wrong address. */
export interface Wrong {
  readonly why: string;
  readonly instead: string;
  /** Who owns the inner destination: a node, else its pod subnet. */
  readonly whose: string;
  readonly confidence: Confidence;
  readonly cites: readonly Cite[];
}

/** `own`: one of the owner's addresses; `right`: what is announced for it; `unknown`: nothing tells. */
export type Verdict = Wrong | 'own' | 'right' | 'unknown';

/** Each place once, in its first role: one line may tell the owner and its address. */
export function distinct(cites: readonly Cite[]): Cite[] {
  const seen = new Set<string>();
  return cites.filter((cite) => {
    if (!('at' in cite)) return true;
    const key = 'tap' in cite.at ? `frame ${cite.at.tap} ${cite.at.place}` : `line ${cite.at.source} ${cite.at.line}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** Judges the outer address of tunnel packets by the owner's addresses, else by the lease of the pod subnet. */
export function misplaced(scene: Scene, to: Destination, outer: string): Verdict {
  const family = familyOf(outer);
  const known = [...(scene.cluster.nodes.get(to.node ?? '')?.addresses ?? [])].filter(([a]) => familyOf(a) === family);
  if (to.node === undefined || known.length === 0) return byLease(scene, to, outer);
  return byNode(scene, to, to.node, known, outer);
}

function byNode(
  scene: Scene,
  to: Destination,
  node: string,
  known: readonly (readonly [string, Placed])[],
  outer: string,
): Verdict {
  const { cluster } = scene;
  const claimed = known.some(([address]) => address === outer);
  const taken = claimed ? heldByAnother(scene, node, outer) : undefined;
  if (claimed && taken === undefined) return 'own';
  const holder = taken?.node ?? cluster.nodeWithAddress(outer);
  const { lease } = to;
  const current = lease === 'unclear' ? undefined : lease;
  const leased = announcedNow(scene, to, outer);
  if (leased.has(outer) && (holder === undefined || !to.listed)) return 'right';
  // Of a second interface the node list says nothing: only a list of the node's addresses, or what it announces, tells.
  const shown = cluster.facts.addresses.some(
    (a) =>
      cluster.nodeOf(a) === node &&
      familyOf(a.address) === familyOf(outer) &&
      cluster.device(node, a.ifname) === 'uplink',
  );
  if (holder === undefined && !shown) {
    if (to.mayBeTranslated || lease === 'unclear') return 'unknown';
    if (leased.size === 0 && !announces(scene, node, outer)) return 'unknown';
  }
  const former = current?.former.get(outer);
  const cites: Cite[] = to.at === undefined ? [] : [{ role: `why ${to.text} is on ${node}`, at: to.at }];
  for (const [, at] of [...leased].slice(0, 2)) cites.push({ role: `what ${node} announces`, at });
  if (former !== undefined) cites.push({ role: 'an older lease of this subnet', at: former });
  if (taken !== undefined) cites.push({ role: `${outer} is ${taken.node}\u2019s`, at: taken.at });
  const own = known.filter(([address]) => address !== outer).slice(0, 3);
  for (const [, at] of own) cites.push({ role: `an address of ${node}`, at });
  const stale =
    former === undefined ? '' : `; the subnet ${current?.subnet} was leased to it before: the entry is stale`;
  return {
    why: `${
      holder === undefined
        ? `${outer} is no address of ${node}, which owns ${to.text}`
        : `${outer} belongs to ${holder}, but ${to.text} is on ${node}`
    }${stale}`,
    instead: own.map(([address]) => address).join(' or '),
    whose: node,
    confidence: 'proven',
    cites,
  };
}

/**
 * Another node on whose physical interfaces this address stands, while this node's are shown and do not have it: whatever
 * is announced for this node (a copied configuration, a lease that was taken over), packets to it arrive at the other one.
 */
function heldByAnother(
  { cluster }: Scene,
  node: string,
  outer: string,
): { readonly node: string; readonly at: Placed } | undefined {
  const onUplink = (at: (typeof cluster.facts.addresses)[number]): string | undefined => {
    const on = cluster.nodeOf(at);
    return on !== undefined && cluster.device(on, at.ifname) === 'uplink' ? on : undefined;
  };
  const holders = cluster.facts.addresses
    .filter((at) => at.address === outer)
    .map((at) => ({ node: onUplink(at), at }));
  if (holders.some((h) => h.node === node)) return undefined;
  const holder = holders.find((h) => h.node !== undefined);
  const shown = (): boolean =>
    cluster.facts.addresses.some((at) => familyOf(at.address) === familyOf(outer) && onUplink(at) === node);
  return holder?.node !== undefined && shown() ? { node: holder.node, at: holder.at } : undefined;
}

/** What leases announce, without those that are known to be over. */
function announcedNow(scene: Scene, { lease, address }: Destination, outer: string): ReadonlyMap<string, Placed> {
  if (lease === undefined) return new Map();
  if (lease === 'unclear') return scene.cluster.leasedTo(address);
  const leased = new Map([[lease.address, lease.at]]);
  const former = lease.former.get(outer);
  if (former !== undefined && !lease.before) leased.set(outer, former);
  if (lease.later.has(outer)) leased.set(outer, lease.at);
  return leased;
}

/** True when the node announces an address of this family to its peers. */
const announces = (scene: Scene, node: string, outer: string): boolean =>
  scene.cluster.facts.nodeAnnotations.some(
    (a) =>
      a.node === node &&
      /(public-ip|public-ip-overwrite|public-ipv6|public-ipv6-overwrite|IPv4Address|IPv6Address)$/.test(a.key) &&
      familyOf(a.value.replace(/\/\d+$/, '')) === familyOf(outer),
  );

function byLease(scene: Scene, to: Destination, outer: string): Verdict {
  const { lease } = to;
  if (lease === undefined || lease === 'unclear' || familyOf(lease.address) !== familyOf(outer)) return 'unknown';
  if (lease.address === outer || lease.later.has(outer)) return 'right';
  const { cluster } = scene;
  const peer = cluster.nodeWithAddress(lease.address);
  // Another address of the same node: flannel does not use it, but somebody may translate.
  if (peer !== undefined && cluster.nodes.get(peer)?.addresses.has(outer)) return 'right';
  const former = lease.former.get(outer);
  if ((former !== undefined && !lease.before) || to.mayBeTranslated) return 'unknown';
  const holder = cluster.nodeWithAddress(outer);
  const owner = to.node ?? peer ?? lease.node;
  const cites: Cite[] = [{ role: `the newest lease of ${lease.subnet}`, at: lease.at }];
  if (former !== undefined) cites.push({ role: `an older lease of ${lease.subnet}`, at: former });
  if (to.at !== undefined && to.node !== undefined) cites.push({ role: `why ${to.text} is on ${to.node}`, at: to.at });
  const holderAt = holder === undefined ? undefined : cluster.nodes.get(holder)?.addresses.get(outer);
  if (holderAt !== undefined) cites.push({ role: `${outer} is ${holder}\u2019s`, at: holderAt });
  const how =
    former !== undefined
      ? `${outer} is stale: it was the address of an older lease of ${lease.subnet}, and the newest one says ${lease.address}`
      : `${lease.subnet} is leased to ${lease.address}, not to ${outer}`;
  return {
    why: `${how}${holder === undefined ? '' : `, which belongs to ${holder}`}`,
    instead: lease.address,
    whose: owner ?? lease.subnet,
    confidence: holder !== undefined && holder !== owner && cluster.showsInterfaces(holder) ? 'proven' : 'likely',
    cites,
  };
}
