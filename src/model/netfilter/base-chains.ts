import { wordTable } from '../../core/word-table.js';
import type { Host } from '../host/host.js';
import type { Hook } from './passage.js';
import { isNative, type NfChain, type NfTable, type Ruleset } from './ruleset.js';

/** A chain that the kernel calls at a hook. */
export interface BaseChain {
  readonly ruleset: Ruleset;
  readonly table: NfTable;
  readonly chain: NfChain;
  readonly priority: number;
  readonly isNat: boolean;
}

/** Priorities of iptables' tables (include/uapi/linux/netfilter_ipv4.h); nat's is that of DNAT, on the way out of SNAT. */
const PRIORITY = wordTable<number>({ raw: -300, mangle: -150, filter: 0, security: 50 });
const HOOKS_OF = wordTable<readonly Hook[]>({
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
});

/** Where all NAT of a hook happens, whatever priority its chains have (nf_nat_ipv4_ops in nf_nat_proto.c). */
export const natPriority = (hook: Hook): number => (hook === 'PREROUTING' || hook === 'OUTPUT' ? -100 : 100);
/** Conntrack sees a packet that comes or starts here. */
export const CONNTRACK_PRIORITY = -200;

/** Tables of iptables that have a chain at the hook. */
export const tablesAt = (hook: Hook): readonly string[] =>
  Object.keys(HOOKS_OF).filter((table) => HOOKS_OF[table]!.includes(hook));

function nativeChains(table: NfTable, hook: Hook): readonly NfChain[] {
  return [...table.chains.values()].filter((chain) => chain.hook === hook.toLowerCase());
}

const KNOWN = new WeakMap<NfTable, Map<Hook, readonly NfChain[]>>();

function chainsAt(table: NfTable, hook: Hook): readonly NfChain[] {
  if (!isNative(table)) {
    const chain = HOOKS_OF[table.name]?.includes(hook) ? table.chains.get(hook) : undefined;
    return chain === undefined ? [] : [chain];
  }
  const byHook = KNOWN.get(table) ?? new Map<Hook, readonly NfChain[]>();
  KNOWN.set(table, byHook);
  const known = byHook.get(hook) ?? nativeChains(table, hook);
  byHook.set(hook, known);
  return known;
}

/** Base chains of all back ends at a hook, in groups of equal priority, the first first. NAT chains are one group. */
export function baseChains(host: Host, family: 4 | 6, hook: Hook): readonly (readonly BaseChain[])[] {
  const groups = new Map<string, { readonly priority: number; readonly chains: BaseChain[] }>();
  for (const ruleset of host.rulesets) {
    if (ruleset.family !== family) continue;
    for (const table of ruleset.tables.values()) {
      // Tables of bridge and netdev are not passed at these hooks.
      if (/^(bridge|netdev|arp) /.test(table.name)) continue;
      for (const chain of chainsAt(table, hook)) {
        const isNat = isNative(table) ? chain.kind === 'nat' : table.name === 'nat';
        const own = isNative(table) ? (chain.priority ?? 0) : (PRIORITY[table.name] ?? natPriority(hook));
        const priority = isNat ? natPriority(hook) : own;
        const key = `${priority} ${isNat}`;
        const group = groups.get(key) ?? { priority, chains: [] };
        groups.set(key, group);
        group.chains.push({ ruleset, table, chain, priority: own, isNat });
      }
    }
  }
  return [...groups.values()]
    .sort((a, b) => a.priority - b.priority)
    .map((group) => group.chains.sort((a, b) => a.priority - b.priority));
}
