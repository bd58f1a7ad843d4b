import { ipset, ipsetMember, nfChain, nfRule } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';

/** What nft prints above a table that iptables-nft made. */
export const MANAGED = /^# Warning: table (ip6?) (\S+) is managed by iptables-nft/;

/** The text with quoted parts blanked, so that braces and words in it do not count. Same length. */
export const unquoted = (text: string): string => text.replace(/"[^"]*"/g, (quoted) => '_'.repeat(quoted.length));

/** `ct status dnat` and `icmp type redirect` are matches. */
const VERDICT =
  /(?<=^| )(?<!status |type )(accept|drop|return|continue|reject|masquerade|dnat|snat|redirect|queue|notrack|tproxy)(?= |$)/g;

/** What happens to a packet that matches: the chain of a jump, a verdict, or nothing (a vmap decides by its key). */
function target(rule: string): { target?: string; goto: boolean } {
  // Sets and maps in braces hold verdicts that are not the rule's.
  const plain = unquoted(rule).replace(/\{[^{}]*\}/g, '');
  const jump = /(?:^| )(jump|goto) (\S+)/.exec(plain);
  if (jump !== null) return { target: jump[2]!, goto: jump[1] === 'goto' };
  const verdict = [...plain.matchAll(VERDICT)].at(-1)?.[1];
  return verdict === undefined ? { goto: false } : { target: verdict.toUpperCase(), goto: false };
}

/** The line that something stands on; `printed` is its own text where the line holds more than it. */
export interface NftLine extends Line {
  readonly printed?: string | undefined;
}

/** A chain on a hook. */
export interface BaseChain {
  readonly name: string;
  readonly kind: string;
  readonly hook: string;
  readonly priority: number | undefined;
  /** As printed: `accept`, `drop`; absent, the kernel accepts. */
  readonly policy: string | undefined;
}

/** A set or map without its elements; `header` are its other properties as printed. */
export interface NamedSet {
  readonly kind: string;
  readonly name: string;
  readonly type: string;
  readonly header: readonly string[];
  readonly members: number;
}

/**
 * One table of nft, from its text or its JSON: chains, rules, sets and elements in nft's own words, made into rows once the
 * table is over. Tables of family inet, bridge and netdev stand in the rows once for IPv4 and once for IPv6. No rows come of one that
 * iptables-nft manages (iptables-save shows its rules whole), nor of a dormant one: its chains are on no hook (nft(8), TABLES).
 */
export class NftTable {
  dormant = false;
  readonly #rows: ((sink: Sink) => void)[] = [];
  readonly #positions = new Map<string, number>();

  constructor(
    readonly family: string,
    readonly name: string,
    readonly at: Line,
    private managed: boolean,
  ) {}

  baseChain({ name, kind, hook, priority, policy }: BaseChain, at: NftLine): void {
    // Without standard error the warning is missing: iptables-nft's own names tell, too.
    if (
      /^ip6?$/.test(this.family) &&
      /^(filter|nat|mangle|raw|security)$/.test(this.name) &&
      /^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/.test(name)
    )
      this.managed = true;
    const row = { chain: name, policy: (policy ?? 'accept').toUpperCase(), hook, priority, kind };
    this.#perFamily((owner) => (sink) => sink.emit(nfChain, { ...owner, ...row, printed: at.printed }, at));
  }

  userChain(chain: string, at: NftLine): void {
    this.#perFamily((owner) => (sink) => sink.emit(nfChain, { ...owner, chain, printed: at.printed }, at));
  }

  /** The next rule of a chain, as `nft list` prints it. */
  rule(chain: string, text: string, at: NftLine): void {
    const position = (this.#positions.get(chain) ?? 0) + 1;
    this.#positions.set(chain, position);
    const counts = /(?:^| )counter packets (\d+) bytes (\d+)/.exec(unquoted(text));
    const spec = text
      .replace(/ # handle \d+$/, '')
      .replace(/ comment "[^"]*"$/, '')
      .replace(/(^| )counter packets \d+ bytes \d+/, '')
      .trim();
    const row = {
      chain,
      position,
      spec: `nft ${spec}`,
      ...target(spec),
      comment: / comment "([^"]*)"/.exec(text)?.[1],
      packets: counts === null ? undefined : BigInt(counts[1]!),
      bytes: counts === null ? undefined : BigInt(counts[2]!),
      printed: at.printed,
    };
    this.#perFamily((owner) => (sink) => sink.emit(nfRule, { ...owner, ...row }, at));
  }

  /** An element of a set, or `key : data` of a map, as printed. */
  member(name: string, text: string, at: Line): void {
    const member = text
      .replace(/ comment "[^"]*"/, '')
      .replace(/ (timeout|expires) \S+/g, '')
      .replace(/ counter packets \d+ bytes \d+/, '')
      .replace(/\s+/g, ' ');
    const comment = / comment "([^"]*)"/.exec(text)?.[1];
    const set = `${this.family} ${this.name} ${name}`;
    this.#rows.push((sink) => sink.emit(ipsetMember, { set, member, nomatch: false, comment }, at));
  }

  set({ kind, name, type, header, members }: NamedSet, at: Line): void {
    const row = {
      set: `${this.family} ${this.name} ${name}`,
      type: `nft ${kind} ${type}`,
      header: header.join(' '),
      members,
    };
    this.#rows.push((sink) => sink.emit(ipset, row, at));
  }

  /** The table is over. */
  emit(sink: Sink): void {
    if (this.managed)
      sink.note(
        'tables managed by iptables-nft: their rules are read from iptables-save, not from here',
        this.at.number,
      );
    else if (this.dormant) sink.note('dormant tables: their chains are on no hook', this.at.number);
    else for (const row of this.#rows) row(sink);
  }

  #perFamily(
    row: (owner: { readonly backend: 'nft'; readonly family: number; readonly table: string }) => (sink: Sink) => void,
  ): void {
    const families = this.family === 'ip6' ? [6] : this.family === 'ip' || this.family === 'arp' ? [4] : [4, 6];
    for (const family of families)
      this.#rows.push(row({ backend: 'nft', family, table: `${this.family} ${this.name}` }));
  }
}
