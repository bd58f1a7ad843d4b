import type { ipsetMember, ipset as ipsetTable } from '../../core/event/netfilter.js';
import type { Fact } from '../facts.js';

/** An IP set of one host; sets and maps of nft have their full name (`ip kube-proxy service-ips`). */
export interface IpSet {
  readonly name: string;
  /** hash:ip, hash:net, bitmap:port, list:set, …; `unknown` when the set was never declared. */
  readonly type: string;
  readonly family?: 4 | 6 | undefined;
  readonly header?: string | undefined;
  readonly entries: readonly IpSetEntry[];
  /** `part` when the kernel reported more members than are shown (`ipset list -t`), or no declaration is. */
  readonly shown: 'whole' | 'part';
  readonly at?: Fact<typeof ipsetTable> | undefined;
}

export interface IpSetEntry {
  readonly member: string;
  readonly nomatch: boolean;
  readonly at: Fact<typeof ipsetMember>;
}

interface OpenSet {
  readonly name: string;
  readonly source: number;
  at?: Fact<typeof ipsetTable>;
  readonly entries: IpSetEntry[];
}

function close(open: OpenSet, lacking: boolean): IpSet {
  const { at, entries, name } = open;
  const complete = !lacking && at !== undefined && (at.members === undefined || at.members <= entries.length);
  return {
    name,
    type: at?.type ?? 'unknown',
    family: at?.family === 'inet' ? 4 : at?.family === 'inet6' ? 6 : undefined,
    header: at?.header,
    entries,
    shown: complete ? 'whole' : 'part',
    at,
  };
}

/**
 * The IP sets of one host, from all its dumps (`ipset list`, `ipset save`, nft). Of several dumps of one set the last
 * whole one wins. `lacking` are sources of which lines are missing (a pipe filtered them, some were not understood).
 */
export function buildIpsets(
  sets: readonly Fact<typeof ipsetTable>[],
  members: readonly Fact<typeof ipsetMember>[],
  lacking: ReadonlySet<number> = new Set(),
): ReadonlyMap<string, IpSet> {
  const dumps: OpenSet[] = [];
  const open = new Map<string, OpenSet>();
  const dumpOf = (name: string, source: number): OpenSet => {
    let dump = open.get(name);
    if (dump === undefined || dump.source !== source) {
      dump = { name, source, entries: [] };
      open.set(name, dump);
      dumps.push(dump);
    }
    return dump;
  };
  const declare = (row: Fact<typeof ipsetTable>) => {
    if (open.get(row.set)?.at !== undefined) open.delete(row.set);
    dumpOf(row.set, row.source).at = row;
  };
  let next = 0;
  const take = (row: Fact<typeof ipsetMember>) =>
    dumpOf(row.set, row.source).entries.push({ member: row.member, nomatch: row.nomatch, at: row });
  for (const row of sets) {
    for (; next < members.length && isBefore(members[next]!, row); next++) take(members[next]!);
    declare(row);
  }
  for (; next < members.length; next++) take(members[next]!);
  const chosen = new Map<string, IpSet>();
  for (const dump of dumps) {
    const set = close(dump, lacking.has(dump.source));
    if (set.shown === 'whole' || chosen.get(set.name)?.shown !== 'whole') chosen.set(set.name, set);
  }
  return chosen;
}

const isBefore = (a: { source: number; line: number }, b: { source: number; line: number }): boolean =>
  a.source !== b.source ? a.source < b.source : a.line < b.line;
