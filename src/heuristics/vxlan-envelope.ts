import type { Cite } from '../core/finding.js';
import type { Scene } from '../model/scene.js';

/** Tunnel packets of one tap between two outer and two inner addresses. */
export interface Envelope {
  readonly source: number;
  readonly tap: number;
  readonly place: number;
  readonly outerSrc: number;
  readonly outerDst: number;
  readonly dst: number;
  readonly src: number;
  readonly vni: number;
  /** Destination MAC inside, as text; absent when it was not seen. */
  readonly mac: string | undefined;
  readonly packets: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

const macText = (value: number): string =>
  value
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?=.)/g, '$1:');

/** Envelopes around unicast packets for addresses of pods and of overlay devices. */
export async function readEnvelopes(scene: Scene): Promise<Envelope[]> {
  if (!scene.holds('tunnel')) return [];
  const rows = await scene.rows(`
    SELECT t.source, p.tap, p.outer_src, p.outer_dst, p.src, p.dst, p.vni, p.inner_mac_dst AS mac, min(p.place) AS place, count(*) AS packets, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns
    FROM packet_raw p JOIN tap t USING (tap) JOIN address a ON a.id = p.dst
    WHERE p.tunnel IN (1, 2, 6) AND p.outer_dst <> 0 AND p.dst <> 0 AND p.arp_op < 0 AND a.role IN ('pod', 'pod-range', 'vtep', 'gateway')
      AND (p.inner_mac_dst < 0 OR (p.inner_mac_dst // 1099511627776) % 2 = 0)
    GROUP BY ALL ORDER BY t.source, place, p.outer_dst, p.dst, p.tap, p.outer_src, p.src, p.vni, mac LIMIT 50000`);
  return rows.map((row) => ({
    source: Number(row['source']),
    tap: Number(row['tap']),
    place: Number(row['place']),
    outerSrc: Number(row['outer_src']),
    outerDst: Number(row['outer_dst']),
    src: Number(row['src']),
    dst: Number(row['dst']),
    vni: Number(row['vni']),
    mac: Number(row['mac']) <= 0 ? undefined : macText(Number(row['mac'])),
    packets: Number(row['packets']),
    firstNs: Number(row['first_ns']),
    lastNs: Number(row['last_ns']),
  }));
}

/** `node address`: packets from these addresses, as seen at the taps of other nodes and of no known node. */
export async function seenAt(scene: Scene, addresses: readonly number[]): Promise<ReadonlySet<string>> {
  if (addresses.length === 0) return new Set();
  const list = addresses.slice(0, 5000).join(',');
  const rows = await scene.rows(
    `SELECT DISTINCT tap, outer_src AS a FROM packet_raw WHERE outer_src IN (${list}) UNION SELECT DISTINCT tap, src FROM packet_raw WHERE tunnel = 0 AND src IN (${list})`,
  );
  return new Set(rows.map((row) => `${scene.tap(Number(row['tap'])).node ?? ''} ${Number(row['a'])}`));
}

/** What came back whence: outer addresses and the inner source. */
export interface Answer {
  readonly from: number;
  readonly to: number;
  readonly src: number;
}

export async function answers(scene: Scene): Promise<readonly Answer[]> {
  if (!scene.holds('tunnel')) return [];
  const rows = await scene.rows(
    'SELECT DISTINCT outer_src, outer_dst, src FROM packet_raw WHERE outer_dst <> 0 ORDER BY outer_src, outer_dst, src LIMIT 200000',
  );
  return rows.map((row) => ({
    from: Number(row['outer_src']),
    to: Number(row['outer_dst']),
    src: Number(row['src']),
  }));
}

/** Destinations of envelopes that the network says it cannot reach. */
export async function unreachables(scene: Scene): Promise<ReadonlyMap<number, Cite>> {
  const found = new Map<number, Cite>();
  if (!scene.holds('quote')) return found;
  for (const row of await scene.rows(
    'SELECT p.tap, min(p.place) AS place, p.quoted_dst AS dst FROM packet_raw p WHERE (p.proto = 1 AND p.icmp_type = 3 OR p.proto = 58 AND p.icmp_type = 1) AND p.src <> p.quoted_dst AND p.quoted_proto = 17 AND p.quoted_dport IN (8472, 4789, 6081, 8285) GROUP BY p.tap, p.quoted_dst ORDER BY p.tap, place',
  ))
    found.set(Number(row['dst']), {
      role: 'ICMP unreachable for the envelope',
      at: { tap: Number(row['tap']), place: Number(row['place']) },
    });
  return found;
}
