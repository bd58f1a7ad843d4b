import { AddressTable } from '../../../src/core/address.js';
import { ipset, ipsetMember, nfChain, nfRule } from '../../../src/core/event/netfilter.js';
import { parsePrefix } from '../../../src/core/prefix.js';
import type { Line, Sink } from '../../../src/core/sink.js';
import type { RowOf, Table } from '../../../src/core/table.js';
import type { Fact } from '../../../src/model/facts.js';
import type { Host, HostAddress } from '../../../src/model/host/host.js';
import { fresh, type Packet } from '../../../src/model/journey/packet.js';
import { buildRulesets } from '../../../src/model/netfilter/build-rulesets.js';
import { buildIpsets } from '../../../src/model/netfilter/ipset.js';
import type { Crossing, Hook, Passage } from '../../../src/model/netfilter/passage.js';
import { ipsetSave } from '../../../src/parse/netfilter/ipset-save.js';
import { iptablesSave } from '../../../src/parse/netfilter/iptables-save.js';
import { nftRuleset } from '../../../src/parse/netfilter/nft-ruleset.js';
import type { Parser } from '../../../src/parse/parser.js';

/** Rows that a parser makes of a text, as facts of the source `source`. */
export function rowsOf<T extends Table>(
  parser: Parser,
  table: T,
  text: string,
  source: number,
  command?: string,
): readonly Fact<T>[] {
  const rows: Fact<T>[] = [];
  const sink: Sink = {
    addresses: new AddressTable(),
    tap: () => 0,
    packet: () => {},
    packetIn: () => {},
    capture: () => {},
    note: () => {},
    emit: <U extends Table>(into: U, row: RowOf<U>, at: Line) => {
      if ((into as Table) === (table as Table)) rows.push({ ...row, source, line: at.number } as unknown as Fact<T>);
    },
    host: () => {},
    of: () => sink,
  };
  const reader = parser.open(sink, { path: 'dump', command });
  text.split('\n').forEach((line, i) => {
    reader.line({ text: line, number: i + 1, offset: 0 });
  });
  reader.end?.();
  return rows.sort((a, b) => a.line - b.line);
}

/** One dump: text, and the command that printed it. */
export interface Dump {
  readonly parser?: Parser;
  readonly text: string;
  readonly command?: string;
}

export interface HostParts {
  readonly dumps?: readonly Dump[];
  readonly rules?: string;
  readonly nft?: string;
  readonly ipsets?: string;
  /** Numbers of dumps, from 1, of which lines are missing, and in which iptables-nft warns of legacy tables. */
  readonly lacking?: readonly number[];
  readonly legacyHidden?: readonly number[];
  /** `eth0 192.168.1.5/24`; absent: no address is shown. */
  readonly addresses?: readonly string[];
}

const addressOf = (text: string): HostAddress => {
  const [ifname, cidr, ...flags] = text.split(' ');
  const [address, length] = cidr!.split('/');
  const family = address!.includes(':') ? 6 : 4;
  const row = { ifname: ifname!, address: address!, prefix_length: Number(length), family, flags, source: 90, line: 1 };
  return { address: address!, prefix: parsePrefix(cidr!)!, ifname: ifname!, at: row };
};

/** A host with rules, sets and addresses; everything else is not shown. */
export function hostOf(parts: HostParts): Host {
  const dumps: Dump[] = [
    ...(parts.dumps ?? []),
    ...(parts.rules === undefined ? [] : [{ text: parts.rules, command: 'iptables-save' }]),
    ...(parts.nft === undefined ? [] : [{ parser: nftRuleset, text: parts.nft, command: 'nft list ruleset' }]),
  ];
  const facts = dumps.map((dump, i) => ({
    chains: rowsOf(dump.parser ?? iptablesSave, nfChain, dump.text, i + 1, dump.command),
    rules: rowsOf(dump.parser ?? iptablesSave, nfRule, dump.text, i + 1, dump.command),
  }));
  const nftSets = parts.nft ?? '';
  const none = { value: [], shown: 'none', sources: [] } as const;
  const addresses = (family: 4 | 6) =>
    ({
      value: (parts.addresses ?? []).map(addressOf).filter((address) => address.prefix.family === family),
      shown: parts.addresses === undefined ? 'none' : 'whole',
      sources: [90],
    }) as const;
  return {
    name: 'node-1',
    ipvs: [],
    isElsewhere: () => false,
    devices: new Map(),
    addresses: { 4: addresses(4), 6: addresses(6) },
    rules: { 4: none, 6: none },
    tables: new Map(),
    neighbours: none,
    fdb: none,
    sysctls: new Map(),
    wholeSysctls: [],
    firewalls: [],
    rulesets: buildRulesets(
      facts.flatMap((f) => f.chains),
      facts.flatMap((f) => f.rules),
      {
        lacking: new Set(parts.lacking),
        narrowed: new Set(),
        allTables: new Set(),
        legacyHidden: parts.legacyHidden ?? [],
      },
    ),
    ipsets: buildIpsets(
      [...rowsOf(ipsetSave, ipset, parts.ipsets ?? '', 50), ...rowsOf(nftRuleset, ipset, nftSets, 51)],
      [...rowsOf(ipsetSave, ipsetMember, parts.ipsets ?? '', 50), ...rowsOf(nftRuleset, ipsetMember, nftSets, 51)],
    ),
  };
}

/** A first packet; TCP to port 80 unless told otherwise. */
export const packet = (src: string, dst: string, more: Partial<Packet> = {}): Packet => ({
  ...fresh({
    family: src.includes(':') ? 6 : 4,
    proto: 6,
    src,
    dst,
    sport: 40_000,
    dport: 80,
    tcpFlags: 2,
    length: 60,
  }),
  ...more,
  ct: {
    state: 'NEW',
    direction: 'original',
    mark: 0,
    dnat: false,
    snat: false,
    orig: { src, dst, sport: 40_000, dport: more.dport ?? 80 },
    ...more.ct,
  },
});

export const at = (hook: Hook, walking: Packet, more: Partial<Crossing> = {}): Crossing => ({
  hook,
  packet: walking,
  ...(hook === 'PREROUTING' || hook === 'INPUT' || hook === 'FORWARD' ? { iif: 'eth0' } : {}),
  ...(hook === 'OUTPUT' || hook === 'POSTROUTING' || hook === 'FORWARD' ? { oif: 'eth1' } : {}),
  ...more,
});

/** A passage in a few words, for comparisons: `accept 10.0.0.1 > 10.0.0.2:80 ?2 [choice]`. */
export const brief = (passage: Passage): string => {
  const { packet: p, verdict, assumptions, choice } = passage;
  const mark = p.mark === 0 ? '' : ` mark 0x${p.mark.toString(16)}`;
  const doubts = assumptions.length === 0 ? '' : ` ?${assumptions.length}`;
  return `${verdict} ${p.src} > ${p.dst}:${p.dport ?? ''}${mark}${doubts}${choice === undefined ? '' : ` [${choice}]`}`;
};
