import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { nodePorts } from '../model/node-ports.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { type IcmpError, judged, type Known } from './icmp-meaning.js';
import { toldIcmpErrors } from './told-icmp.js';

/**
 * A router or host says that it could not deliver a packet, and quotes it.
 *
 * For information only: what traceroute provokes (time exceeded and port unreachable for its probes, UDP 33434 and up, or
 * anything with a small hop limit); a resolver that closed its port before a late answer came; a TCP port that accepts
 * others; "fragmentation needed", which is how path MTU discovery works as long as it gets through; servers outside the
 * cluster, and scanners from there.
 */
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

function draft(known: Known, group: readonly IcmpError[]): FindingDraft {
  const { scene } = known;
  const first = group[0]!;
  const { words, severity } = judged(known, first);
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
    title: `${scene.describe(first.src)} reports ${words} for ${first.quotedProto < 0 ? 'packets' : (PROTOCOL[first.quotedProto] ?? `protocol ${first.quotedProto}`)} from ${scene.describe(first.quotedSrc)} to ${scene.describe(first.quotedDst)}${port}`,
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

/**
 * With how much time to live packets began that expired: at the tap that saw most of it, and for echo requests, of which
 * an error does not tell which one it was, no more than the least there.
 */
const STARTED = `
      expired AS (
        SELECT DISTINCT quoted_src, quoted_dst, quoted_proto, quoted_sport FROM packet_raw
        WHERE quoted_dst <> 0 AND (proto = 1 AND icmp_type = 11 OR proto = 58 AND icmp_type = 3)),
      began AS (
        SELECT p.src AS client, p.proto AS protocol, p.sport AS port, 0 AS server, max(p.ttl) AS ttl
        FROM packet_raw p JOIN (SELECT DISTINCT quoted_src, quoted_proto, quoted_sport FROM expired) x ON x.quoted_src = p.src AND x.quoted_proto = p.proto AND x.quoted_sport = p.sport
        WHERE p.ttl >= 0 AND p.sport >= 0 GROUP BY ALL
        UNION ALL
        SELECT client, protocol, -1, server, max(ttl) FROM (
          SELECT p.tap, p.src AS client, p.proto AS protocol, p.dst AS server, min(p.ttl) AS ttl
          FROM packet_raw p JOIN (SELECT DISTINCT quoted_src, quoted_dst, quoted_proto FROM expired) x ON x.quoted_src = p.src AND x.quoted_dst = p.dst AND x.quoted_proto = p.proto
          WHERE p.ttl >= 0 AND (p.proto = 1 AND p.icmp_type = 8 OR p.proto = 58 AND p.icmp_type = 128) GROUP BY ALL)
        GROUP BY ALL)`;

async function knownTo(scene: Scene): Promise<Known> {
  const { facts } = scene.cluster;
  const accepted = await scene.rows('SELECT DISTINCT dst, dport FROM attempt WHERE syn_ack');
  return {
    scene,
    nodePorts: nodePorts(facts),
    tunnelPorts: new Set(facts.links.map((link) => link.vxlan_port).filter((port) => port !== undefined)),
    accepting: new Set(accepted.map((row) => `${Number(row['dst'])} ${Number(row['dport'])}`)),
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
        "tcpdump -nn -i any -w errors.pcap 'icmp or icmp6'    # on the node of the client",
      );
    }
    if (!scene.holds('quote')) return looked(said);
    const known = await knownTo(scene);
    const rows = await scene.rows(`
      WITH ${STARTED},
      one AS (
        SELECT t.source, p.tap, p.proto, p.src, p.dst, p.icmp_type, p.icmp_code, p.quoted_src, p.quoted_dst, p.quoted_proto, p.quoted_sport, p.quoted_dport,
               count(*) AS n, min(p.place) AS place, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns
        FROM packet_raw p JOIN tap t USING (tap)
        WHERE p.quoted_dst <> 0 AND (p.proto = 1 AND p.icmp_type IN (3, 11, 12) OR p.proto = 58 AND p.icmp_type IN (1, 2, 3)) GROUP BY ALL)
      SELECT source, proto, src, dst, icmp_type, icmp_code, quoted_src, quoted_dst, quoted_proto, min(quoted_sport) AS quoted_sport, quoted_dport, max(coalesce(b.ttl, -1)) AS start_ttl,
             arg_min(tap, place * 4294967296 + tap) AS tap, min(place) AS place, max(n) AS n, max(at_tap)::BIGINT AS at_tap, min(first_ns) AS first_ns, max(last_ns) AS last_ns
      FROM (SELECT *, sum(n) OVER (PARTITION BY tap, src, dst, icmp_type, icmp_code, quoted_src, quoted_dst, quoted_proto, quoted_dport) AS at_tap FROM one)
      LEFT JOIN began b ON b.client = quoted_src AND b.protocol = quoted_proto AND (b.port >= 0 AND b.port = quoted_sport OR b.server = quoted_dst) GROUP BY source, proto, src, dst, icmp_type, icmp_code, quoted_src, quoted_dst, quoted_proto, quoted_dport
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
        startTtl: number('start_ttl'),
        repeats: number('n'),
        count: number('at_tap'),
        firstNs: number('first_ns'),
        lastNs: number('last_ns'),
      };
      if (scene.owner(e.quotedDst).role === 'multicast') continue;
      const { words, severity } = judged(known, e);
      // What is harmless is told once, not once per probe and tap.
      const key = severity === 'info' ? words : `${e.source} ${words} ${e.quotedDst} ${e.quotedProto} ${e.quotedDport}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [e]);
      else group.push(e);
    }
    const told = (e: IcmpError): string => `${judged(known, e).severity === 'info'} ${judged(known, e).words}`;
    return looked([...joined(groups.values(), told).map((group) => draft(known, group)), ...said]);
  },
};
