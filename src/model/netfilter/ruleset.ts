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
}

export interface NfTable {
  readonly name: string;
  readonly chains: ReadonlyMap<string, NfChain>;
  /** `part` for excerpts (no chain lines, grep output): a packet that falls through may meet rules that are not shown. */
  readonly shown: 'whole' | 'part';
}

export interface NfChain {
  readonly name: string;
  readonly policy?: string | undefined;
  readonly rules: readonly NfRule[];
  readonly at?: Fact<typeof nfChain> | undefined;
  /** Base chains of nft: hook and priority. */
  readonly hook?: string | undefined;
  readonly priority?: number | undefined;
  readonly kind?: string | undefined;
}

/** A rule whose matches and target were read from its spec; what was not understood is `unread` and "may" match. */
export interface NfRule {
  readonly matches: readonly NfMatch[];
  readonly target: NfTarget;
  readonly at: Fact<typeof nfRule>;
}

/** `name` picks the reader in `matches/`; `negated` is `!` in front of the option. */
export interface NfMatch {
  readonly name: string;
  readonly negated: boolean;
  readonly args: readonly string[];
}

export type NfTarget =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'none' }
  | { readonly kind: 'reject'; readonly with: string }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | { readonly kind: 'extension'; readonly name: string; readonly args: readonly string[] };
