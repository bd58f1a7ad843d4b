import { canonicalAddress } from '../core/address.js';
import type { Placed } from '../model/facts.js';
import type { Host } from '../model/host/host.js';
import { isNative } from '../model/netfilter/ruleset.js';
import type { Case } from './cause.js';

/** What kube-proxy's table of nft serves on a node, and the dumps that show it. */
export interface VerdictMap {
  readonly addresses: ReadonlySet<string>;
  /** One of its elements. */
  readonly at: Placed | undefined;
  readonly sources: readonly number[];
}

/**
 * The addresses that kube-proxy's own table of nft translates on a node (`pkg/proxy/nftables/proxier.go`, serviceIPsMap); undefined
 * where it is not shown, or printed without its elements (`nft -t`).
 */
export function verdictMap(
  { facts, cluster, hosts }: Case,
  { name, rulesets }: Host,
  family: 4 | 6,
): VerdictMap | undefined {
  const own = family === 6 ? 'ip6 kube-proxy' : 'ip kube-proxy';
  const table = rulesets.flatMap(({ tables }) => tables.get(own) ?? []).find((t) => t.shown === 'whole');
  if (table === undefined) {
    // All tables of nft, and not this one, which other nodes have: it was flushed, or never written.
    const elsewhere = [...hosts.values()].some((host) => host.rulesets.some(({ tables }) => tables.has(own)));
    const dump = cluster.dumpsOn(name).find(({ command }) => /^nft (?:-\S+ )*list ruleset\s*$/.test(command ?? ''));
    const native = rulesets.flatMap(({ tables }) => [...tables.values()]).filter(isNative);
    const sources = native
      .filter((t) => dump !== undefined && t.sources.includes(dump.source))
      .flatMap((t) => t.sources);
    if (!elsewhere || sources.length === 0 || native.some((t) => t.name === own)) return undefined;
    return { addresses: new Set(), at: undefined, sources: [...new Set(sources)] };
  }
  const members = facts.ipsetMembers.filter((row) => row.set === `${own} service-ips` && cluster.nodeOf(row) === name);
  const [at] = members;
  if (at === undefined) return undefined;
  const addresses = new Set(members.map(({ member }) => canonicalAddress(member.split(' ', 1)[0]!) ?? ''));
  return { addresses, at, sources: table.sources };
}
