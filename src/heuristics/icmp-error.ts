import type { Cite, FindingDraft, NonEmpty, Severity } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { toldIcmpErrors } from './told-icmp.js';

/**
 * A router or host says that it could not deliver a packet, and quotes it.
 *
 * For information only: what traceroute provokes (time exceeded and port unreachable for its probes, UDP 33434 and up, or
 * pings with a small hop limit); a resolver that closed its port before a late answer came; "fragmentation needed", which
 * is how path MTU discovery works as long as it gets through; servers outside the cluster, and scanners from there.
 */
interface IcmpError {
  readonly source: number;
  readonly tap: number;
  readonly place: number;
  readonly proto: number;
  readonly src: number;
  readonly dst: number;
  readonly type: number;
  readonly code: number;
  readonly quotedSrc: number;
  readonly quotedDst: number;
  readonly quotedProto: number;
  readonly quotedSport: number;
  readonly quotedDport: number;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

const isTracerouteProbe = (e: IcmpError): boolean =>
  (e.quotedProto === 17 && e.quotedDport >= 33434 && e.quotedDport < 33700) ||
  e.quotedProto === 1 ||
  e.quotedProto === 58;

/** What it means, in words and by how bad it is. */
function meaning(e: IcmpError): { readonly words: string; readonly severity: Severity } {
  const v6 = e.proto === 58;
  const exceeded = v6 ? e.type === 3 : e.type === 11;
  if (exceeded) {
    const loop = !isTracerouteProbe(e);
    return {
      words: e.code === 1 ? 'fragment reassembly time exceeded' : 'time exceeded',
      severity: loop && e.count >= 3 ? 'warning' : 'info',
    };
  }
  if (v6 ? e.type === 2 : e.type === 3 && e.code === 4) return { words: 'fragmentation needed', severity: 'info' };
  if (v6 ? e.type === 1 && e.code === 4 : e.type === 3 && e.code === 3) {
    const request = e.quotedProto === 17 && e.quotedDport === 53;
    return { words: 'port unreachable', severity: request ? 'warning' : 'info' };
  }
  const prohibited = v6 ? [1, 5, 6].includes(e.code) : [9, 10, 13].includes(e.code);
  const words = prohibited
    ? 'administratively prohibited'
    : (v6 ? e.code === 0 : e.code === 0 || e.code === 6)
      ? 'network unreachable'
      : !v6 && e.code === 2
        ? 'protocol unreachable'
        : 'host unreachable';
  return { words, severity: isTracerouteProbe(e) && e.quotedProto === 17 ? 'info' : 'warning' };
}

/** A server outside the cluster that cannot be reached, and what is told to somebody outside, is for information. */
function judged(scene: Scene, e: IcmpError): { readonly words: string; readonly severity: Severity } {
  const found = meaning(e);
  const outside = [e.quotedDst, e.quotedSrc].some((id) => scene.owner(id).role === 'outside');
  return outside ? { ...found, severity: 'info' } : found;
}

const PROTOCOL: Readonly<Record<number, string>> = {
  1: 'ICMP',
  4: 'IPIP',
  6: 'TCP',
  17: 'UDP',
  47: 'GRE',
  58: 'ICMPv6',
};

/** Whose packet could not be delivered: the client's address and port stay where DNAT changes the destination. */
const identity = (e: IcmpError): string =>
  `${e.quotedSrc} ${e.quotedProto} ${e.quotedSport < 0 ? e.quotedDst : e.quotedSport}`;

/** One error is seen by several taps and captures, before and after translation: groups that share a packet are one. */
function joined(groups: Iterable<readonly IcmpError[]>, words: (e: IcmpError) => string): IcmpError[][] {
  const all = new Set<IcmpError[]>();
  const byPacket = new Map<string, IcmpError[]>();
  for (const group of groups) {
    const one = [...group];
    for (const e of group) {
      const known = byPacket.get(`${words(e)} ${identity(e)}`);
      if (known === undefined || known === one || !all.delete(known)) continue;
      one.push(...known);
      for (const k of known) byPacket.set(`${words(k)} ${identity(k)}`, one);
    }
    for (const e of group) byPacket.set(`${words(e)} ${identity(e)}`, one);
    all.add(one);
  }
  return [...all].map((group) => group.sort((a, b) => a.source - b.source || a.place - b.place));
}

function draft(scene: Scene, group: readonly IcmpError[]): FindingDraft {
  const first = group[0]!;
  const { words, severity } = judged(scene, first);
  const tap = scene.tap(first.tap);
  const perPacket = new Map<string, number>();
  for (const e of group) perPacket.set(identity(e), Math.max(perPacket.get(identity(e)) ?? 0, e.count));
  const count = [...perPacket.values()].reduce((sum, n) => sum + n, 0);
  const timed = group.filter((e) => scene.tap(e.tap).timeKind === tap.timeKind);
  const port = first.quotedDport < 0 ? '' : ` port ${first.quotedDport}`;
  const cites = group
    .slice(0, 20)
    .map((e): Cite => ({ role: `${words}, sent by ${scene.address(e.src)}`, at: { tap: e.tap, place: e.place } }));
  return {
    code: 'icmp-error',
    severity,
    confidence: 'proven',
    title: `${scene.describe(first.src)} reports ${words} for ${PROTOCOL[first.quotedProto] ?? `protocol ${first.quotedProto}`} from ${scene.describe(first.quotedSrc)} to ${scene.describe(first.quotedDst)}${port}`,
    explanation: `${count} ICMP errors seen ${tap.node === undefined ? `in ${tap.file}` : `at ${tap.node}`}; each quotes the packet that was not delivered.`,
    subjects: [
      ...new Set([
        scene.address(first.quotedDst),
        scene.address(first.src),
        scene.address(first.quotedSrc),
        ...(severity === 'info' ? [] : group.map((e) => scene.address(e.quotedDst))),
        ...[tap.node].filter((n) => n !== undefined),
      ]),
    ],
    count,
    evidence: cites as unknown as NonEmpty<Cite>,
    flows: group.map((e) => ({
      src: scene.address(e.quotedSrc),
      dst: scene.address(e.quotedDst),
      dport: e.quotedDport < 0 ? undefined : e.quotedDport,
    })),
    firstNs: Math.min(...timed.map((e) => e.firstNs)),
    lastNs: Math.max(...timed.map((e) => e.lastNs)),
    timeKind: tap.timeKind,
  };
}

export const icmpError: Heuristic = {
  code: 'icmp-error',
  async run(scene) {
    const said = await toldIcmpErrors(scene);
    if (scene.packets === 0) {
      if (said.length > 0) return looked(said);
      return skipped(
        ['packets (no capture, tcpdump text or LOG lines), and tests by hand that name an ICMP error'],
        "tcpdump -nn -i any -w errors.pcap 'icmp or icmp6' on the node of the client",
      );
    }
    const rows = await scene.rows(`
      WITH one AS (
        SELECT t.source, p.tap, p.proto, p.src, p.dst, p.icmp_type, p.icmp_code, p.quoted_src, p.quoted_dst, p.quoted_proto, p.quoted_sport, p.quoted_dport,
               count(*) AS n, min(p.place) AS place, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns
        FROM packet_raw p JOIN tap t USING (tap)
        WHERE p.quoted_dst <> 0 AND (p.proto = 1 AND p.icmp_type IN (3, 11, 12) OR p.proto = 58 AND p.icmp_type IN (1, 2, 3)) GROUP BY ALL)
      SELECT source, proto, src, dst, icmp_type, icmp_code, quoted_src, quoted_dst, quoted_proto, min(quoted_sport) AS quoted_sport, quoted_dport, arg_min(tap, place) AS tap, min(place) AS place, max(n) AS n, min(first_ns) AS first_ns, max(last_ns) AS last_ns
      FROM one GROUP BY source, proto, src, dst, icmp_type, icmp_code, quoted_src, quoted_dst, quoted_proto, quoted_dport
      ORDER BY source, place, src, quoted_dst LIMIT 5000`);
    const groups = new Map<string, IcmpError[]>();
    for (const row of rows) {
      const number = (name: string): number => Number(row[name]);
      const e: IcmpError = {
        source: number('source'),
        tap: number('tap'),
        place: number('place'),
        proto: number('proto'),
        src: number('src'),
        dst: number('dst'),
        type: number('icmp_type'),
        code: number('icmp_code'),
        quotedSrc: number('quoted_src'),
        quotedDst: number('quoted_dst'),
        quotedProto: number('quoted_proto'),
        quotedSport: number('quoted_sport'),
        quotedDport: number('quoted_dport'),
        count: number('n'),
        firstNs: number('first_ns'),
        lastNs: number('last_ns'),
      };
      if (scene.owner(e.quotedDst).role === 'multicast') continue;
      const { words, severity } = judged(scene, e);
      // What is harmless is told once, not once per probe and tap.
      const key = severity === 'info' ? words : `${e.source} ${words} ${e.quotedDst} ${e.quotedProto} ${e.quotedDport}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [e]);
      else group.push(e);
    }
    const told = (e: IcmpError): string => `${judged(scene, e).severity === 'info'} ${judged(scene, e).words}`;
    return looked([...joined(groups.values(), told).map((group) => draft(scene, group)), ...said]);
  },
};
