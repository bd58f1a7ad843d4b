import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { formatPrefix, type Prefix, parsePrefix } from '../core/prefix.js';
import type { Placed } from '../model/facts.js';
import { perCluster } from '../model/per-cluster.js';
import type { PodRange } from '../model/pod-ranges.js';
import { rowsBy } from '../model/rows-by.js';
import type { Scene } from '../model/scene.js';
import type { Destination, Destinations } from './vxlan-destination.js';
import { distinct, misplaced, type Wrong } from './vxlan-misplaced.js';
import type { Chain, Tables } from './vxlan-tables.js';

/**
 * The same fault without a packet: a route to a pod subnet, the neighbour entry of its next hop and the FDB entry of that
 * MAC come to an address that is not one of the subnet's owner. Only chains that a route uses count: entries of nodes that
 * are gone stay behind for long.
 *
 * Innocent: Cilium and Geneve devices (no FDB); entries that were learnt, flooded, multicast or the device's own; subnets
 * whose owner is told differently by podCIDR, bridge, lease or tunnel address; hosts of which dumps differ.
 */
export function toldByTables(
  scene: Scene,
  destinations: Destinations,
  tables: Tables,
  skip: (chain: Chain, prefix: Prefix) => boolean,
): { readonly judged: number; readonly findings: readonly FindingDraft[] } {
  const groups = new Map<string, { readonly wrong: Wrong; readonly chains: Chain[] }>();
  let judged = 0;
  for (const chain of tables.chains().slice(0, 50_000)) {
    const prefix = parsePrefix(chain.route.dst);
    if (prefix === undefined || prefix.length === 0) continue;
    const to = ownerOf(scene, destinations, chain, prefix);
    if (to === undefined || (to.node !== undefined && to.node === chain.node)) continue;
    const verdict = misplaced(scene, to, chain.dst);
    if (verdict === 'unknown') continue;
    judged++;
    if (typeof verdict === 'string' || skip(chain, prefix)) continue;
    const key = `${chain.host} ${chain.dst} ${verdict.whose}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { wrong: verdict, chains: [chain] });
    else group.chains.push(chain);
  }
  return { judged, findings: [...groups.values()].map(({ wrong, chains }) => draft(chains, wrong)) };
}

/** Nodes by the addresses of their overlay devices. */
const overlayOwners = perCluster((cluster) => {
  const owners = new Map<string, (readonly [string, Placed])[]>();
  for (const { name, overlayAddresses } of cluster.nodes.values())
    for (const [address, at] of overlayAddresses) owners.set(address, [...(owners.get(address) ?? []), [name, at]]);
  return owners;
});

const rangesOf = rowsBy(({ prefix }: PodRange) => formatPrefix(prefix));

/** Who owns the subnet of a route over a VXLAN device; undefined when what the bundle says of it disagrees. */
function ownerOf(scene: Scene, destinations: Destinations, chain: Chain, prefix: Prefix): Destination | undefined {
  const { cluster } = scene;
  const text = formatPrefix(prefix);
  const address = text.replace(/\/\d+$/, '');
  const owners = new Map<string, Placed>();
  for (const [node, at] of overlayOwners(cluster).get(chain.via) ?? []) owners.set(node, at);
  const covering = destinations.leases.standing(address);
  const lease = typeof covering !== 'object' || covering.subnet === text ? covering : undefined;
  // flannel's next hop is the subnet's own first address; elsewhere podCIDRs need not be where the pods are.
  const byRange = chain.via === address;
  for (const range of byRange ? rangesOf(cluster.podRanges, text) : []) {
    const told = range.what === 'podCIDR' ? destinations.podCidrCounts : /^route dev |^Calico block$/.test(range.what);
    if (told && range.node !== undefined && !owners.has(range.node)) owners.set(range.node, range.at);
  }
  if (lease === 'unclear' || owners.size > 1) return undefined;
  const leaseholder = lease === undefined ? undefined : (cluster.nodeWithAddress(lease.address) ?? lease.node);
  const [[node, at] = [leaseholder, lease?.at]] = owners;
  if (leaseholder !== undefined && leaseholder !== node) return undefined;
  // What a dump without a time shows is taken for newer than the leases: it was collected with them.
  const known = lease === undefined ? undefined : { ...lease, before: true };
  return { address, text, node, at, listed: false, lease: known, mayBeTranslated: false };
}

function draft(chains: readonly Chain[], wrong: Wrong): FindingDraft {
  const { dst, host, node, fdb, neighbour } = chains[0]!;
  const subnets = chains.map((chain) => chain.route.dst);
  const cites: Cite[] = [
    ...chains.slice(0, 8).map((chain): Cite => ({ role: `route to ${chain.route.dst}`, at: chain.route })),
    { role: `neighbour entry of ${chains[0]!.via}`, at: neighbour },
    { role: `FDB entry that sends it to ${dst}`, at: fdb },
    ...wrong.cites,
  ];
  return {
    code: 'vxlan-wrong-outer-dst',
    severity: 'critical',
    confidence: 'likely',
    title: `${node ?? 'A host'} would send tunnel packets for ${subnets.slice(0, 3).join(', ')} to ${dst}`,
    explanation: `Route, neighbour and FDB entry${node === undefined ? ` (${host.replace(/^folder /, 'in ')})`.replace(' (in )', '') : ` of ${node}`} come to ${dst}: ${wrong.why}. Expected: ${wrong.instead}. No packet of it is in the bundle: a capture of the tunnel on this node would prove it.`,
    subjects: [
      ...new Set([
        dst,
        wrong.whose,
        ...(node === undefined ? [] : [node]),
        ...subnets,
        ...wrong.instead.split(' or ').filter((a) => /^[\d.:a-f]+$/.test(a)),
      ]),
    ],
    count: chains.length,
    evidence: distinct(cites) as unknown as NonEmpty<Cite>,
    flows: chains.map((chain) => ({ src: node ?? host, dst: chain.route.dst })),
  };
}
