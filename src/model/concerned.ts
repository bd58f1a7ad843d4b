import { probe } from '../core/event/log.js';
import { route } from '../core/event/network.js';
import { type Prefix, parsePrefix } from '../core/prefix.js';
import { PrefixIndex } from '../core/prefix-index.js';
import type { EventStore } from '../store/event-store.js';
import { attributeNodes, type NamingFacts } from './attribution.js';
import { specialRole } from './special-address.js';

/** Addresses that are looked for: who talks to more is heard talking to everybody. */
const MOST_ADDRESSES = 256;
/** Nodes that an address may be of, and next hops to it: a network that more are on tells nothing. */
const MOST_OWNERS = 4;

/**
 * Nodes that something was seen or tried at, and those it was meant for: of a bundle that is too large for memory they are looked at
 * first. Returns the sources that are theirs. What a node owns its addresses and the list of pods tell; for the rest, where the
 * routes of the first lead. `facts`: what nodes are named by, of all sources.
 */
export async function concernedSources(store: EventStore, facts: NamingFacts): Promise<ReadonlySet<number>> {
  // Only for now: who they are is told with all that is modelled.
  const sources = store.sources.map((source) => ({ ...source }));
  attributeNodes({ artifacts: store.artifacts, sources, claims: store.hostClaims, facts, bundle: '' });
  const nodeOf = (source: number): string | undefined => sources[source - 1]?.node;
  const seen = new Set<string>();
  const add = (node: string | undefined): void => {
    if (node !== undefined) seen.add(node);
  };
  const addresses = new Set<string>();
  if (store.holds(probe)) {
    for (const { source, address } of await store.query(
      `SELECT DISTINCT source, address FROM probe WHERE outcome <> 'ok' LIMIT ${MOST_ADDRESSES}`,
    )) {
      add(nodeOf(Number(source)));
      if (typeof address === 'string') addresses.add(address);
    }
  }
  for (const { source } of store.taps) add(nodeOf(source));
  for (const address of await addressesOfPackets(store)) addresses.add(address);

  const ownerOf = owners(facts, nodeOf);
  const sourcesOf = (nodes: ReadonlySet<string>): readonly number[] =>
    sources.flatMap(({ source, node }) => (node !== undefined && nodes.has(node) ? [source] : []));
  const hopTo = await nextHops(store, sourcesOf(seen));
  for (const address of addresses) {
    for (const node of ownerOf(address)) add(node);
    for (const hop of hopTo(address)) for (const node of ownerOf(hop)) add(node);
  }
  return new Set(sourcesOf(seen));
}

/** Addresses that packets have, within tunnels; none where there are many. */
async function addressesOfPackets(store: EventStore): Promise<readonly string[]> {
  if (store.packetCount === 0) return [];
  const rows = await store.query(
    `SELECT DISTINCT unnest([src, dst]) AS id FROM packet_raw LIMIT ${MOST_ADDRESSES + 1}`,
  );
  return rows.length > MOST_ADDRESSES ? [] : rows.map(({ id }) => store.addresses.text(Number(id)));
}

interface Entry {
  readonly prefix: Prefix;
  /** What it tells of the addresses in it. */
  readonly tells: string;
}

/** What the entries of the longest prefix tell that contains an address; nothing where they tell too many. */
function byLongest(entries: readonly Entry[]): (address: string) => readonly string[] {
  const index = new PrefixIndex(entries);
  return (address) => {
    const found = new Set<string>();
    let longest: number | undefined;
    for (const { prefix, tells } of index.holding(address)) {
      longest ??= prefix.length;
      if (prefix.length < longest) break;
      if (found.add(tells).size > MOST_OWNERS) return [];
    }
    return [...found];
  };
}

/** The nodes that an address is of: by the list of pods, else by the narrowest network that a node has an address in. */
function owners(facts: NamingFacts, nodeOf: (source: number) => string | undefined) {
  const pods = new Map(
    facts.pods.flatMap(({ ip, node }) => (ip === undefined || node === undefined ? [] : [[ip, node]])),
  );
  const byNetwork = byLongest(
    facts.addresses.flatMap(({ source, address, prefix_length }): Entry[] => {
      const node = nodeOf(source);
      if (node === undefined || specialRole(address) !== undefined) return [];
      return [address, `${address}/${prefix_length}`].flatMap((text) => entry(text, node));
    }),
  );
  return (address: string): readonly string[] => {
    const pod = pods.get(address);
    return pod === undefined ? byNetwork(address) : [pod];
  };
}

/** Where routes of these sources lead an address: next hops by the longest prefix, default routes apart. */
async function nextHops(
  store: EventStore,
  sources: readonly number[],
): Promise<(address: string) => readonly string[]> {
  if (sources.length === 0 || !store.holds(route)) return () => [];
  const rows = await store.query(
    `SELECT DISTINCT dst, via FROM route WHERE via IS NOT NULL AND dst NOT LIKE '%/0' AND source IN (${sources.join(', ')}) LIMIT 100000`,
  );
  return byLongest(rows.flatMap(({ dst, via }) => entry(String(dst), String(via))));
}

function entry(text: string, tells: string): readonly Entry[] {
  const prefix = parsePrefix(text);
  return prefix === undefined ? [] : [{ prefix, tells }];
}
