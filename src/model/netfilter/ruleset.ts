import type { nfChain, nfRule } from '../../core/event/netfilter.js';
import type { Fact } from '../facts.js';

/** One back end's rules of one family on one host, by table and chain. */
export interface Ruleset {
  readonly backend: 'legacy' | 'nft' | 'unknown';
  readonly family: 4 | 6;
  /** raw, mangle, nat, filter, security; tables of nft by their full name (`inet firewalld`). */
  readonly tables: ReadonlyMap<string, NfTable>;
  /** Sources that it was read from: where a missing rule was looked for. */
  readonly sources: readonly number[];
  /** One of the dumps shows every table that is there: one that is not in `tables` is not loaded. */
  readonly allTables: boolean;
}

export interface NfTable {
  readonly name: string;
  readonly chains: ReadonlyMap<string, NfChain>;
  /** `part` for excerpts (no chain lines, grep output): a packet that falls through may meet rules that are not shown. */
  readonly shown: 'whole' | 'part';
  /** Sources that this table was read from. */
  readonly sources: readonly number[];
}

export interface NfChain {
  readonly name: string;
  readonly policy?: string | undefined;
  readonly rules: readonly NfRule[];
  /** `part`: an excerpt, which may have some of the chain's rules only. */
  readonly shown: 'whole' | 'part';
  /** The chain's own line; absent in an excerpt without it. */
  readonly at?: Fact<typeof nfChain> | undefined;
  /** Base chains of nft: hook and priority. */
  readonly hook?: string | undefined;
  readonly priority?: number | undefined;
  readonly kind?: string | undefined;
}

/**
 * A rule whose matches and target were read from its spec; what was not understood is `unread` and "may" match. A rule
 * of nft's own language has neither: its statements are read from `at.spec`.
 */
export interface NfRule {
  readonly matches: readonly NfMatch[];
  readonly target: NfTarget;
  readonly at: Fact<typeof nfRule>;
}

/** A match extension with its options (`conntrack`, `set`), or one of the options that need none (`source`, `protocol`). */
export interface NfMatch {
  readonly name: string;
  readonly options: readonly NfOption[];
}

/** `! --ctstate NEW,DNAT`: name without dashes, `!` in front of it, and the words that follow. */
export interface NfOption {
  readonly name: string;
  readonly negated: boolean;
  readonly values: readonly string[];
}

export type NfTarget =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'none' }
  | { readonly kind: 'reject'; readonly with: string }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | { readonly kind: 'extension'; readonly name: string; readonly options: readonly NfOption[] };

/** True for a table of nft's own language (`inet firewalld`), false for one of iptables (`nat`). */
export const isNative = (table: NfTable): boolean => table.name.includes(' ');
