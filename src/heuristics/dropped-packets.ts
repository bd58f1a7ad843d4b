import type { Scene } from '../model/scene.js';
import type { TapView } from '../model/taps.js';
import type { Told } from './logged-drops.js';

/** What a packet is to its conversation: some are missed when they are dropped, others are late anyway. */
export type Part =
  /** The first of a conversation, or one that could be. */
  | 'request'
  /** SYN-ACK, echo reply, answer of a DNS server. */
  | 'answer'
  /** In mid-stream. */
  | 'data'
  /** FIN and RST: conntrack has often forgotten the connection by then. */
  | 'end'
  /** "Fragmentation needed": without it path MTU discovery is blind. */
  | 'too-big'
  /** Other ICMP errors. */
  | 'error';

/** Packets of one kind between two addresses that one LOG or TRACE rule wrote down. */
export interface DroppedPackets {
  readonly tap: TapView;
  readonly told: Told;
  readonly src: number;
  readonly dst: number;
  readonly proto: number;
  /** The server's port; -1 when there is none. */
  readonly port: number;
  readonly part: Part;
  readonly count: number;
  readonly places: readonly number[];
  readonly firstNs: number;
  readonly lastNs: number;
}

const PART = `CASE
  WHEN p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 5) > 0 THEN 'end'
  WHEN p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 18) = 18 THEN 'answer'
  WHEN p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 2) = 0 THEN 'data'
  WHEN p.proto = 17 AND p.sport = 53 AND p.dport >= 1024 THEN 'answer'
  WHEN p.proto = 1 AND p.icmp_type = 0 OR p.proto = 58 AND p.icmp_type = 129 THEN 'answer'
  WHEN p.proto = 1 AND p.icmp_type = 3 AND p.icmp_code = 4 OR p.proto = 58 AND p.icmp_type = 2 THEN 'too-big'
  WHEN p.proto = 1 AND p.icmp_type NOT IN (8, -1) OR p.proto = 58 AND p.icmp_type NOT IN (128, -1) THEN 'error'
  ELSE 'request' END`;

/** Ports of protocols that announce, look for neighbours or ask for an address: DHCP, NetBIOS, SSDP, mDNS, LLMNR. */
const CHATTER = '67, 68, 137, 138, 546, 547, 1900, 5353, 5355, 17500';
/** The group bit of a MAC address: broadcast and multicast frames. */
const GROUP_BIT = 2 ** 40;

/**
 * Packets whose LOG line says that they were dropped, per line's tap, addresses and server port. Broadcast, multicast, IGMP
 * and discovery are left out: they are dropped by design, everywhere.
 */
export async function droppedPackets(scene: Scene, told: ReadonlyMap<TapView, Told>): Promise<DroppedPackets[]> {
  if (told.size === 0) return [];
  const byTap = new Map([...told.keys()].map((tap) => [tap.tap, tap]));
  const rows = await scene.rows(`
    WITH one AS (
      SELECT p.tap, p.src, p.dst, p.proto, ${PART} AS part, p.sport, p.dport, p.place, p.time_ns
      FROM packet_raw p JOIN address sa ON sa.id = p.src JOIN address da ON da.id = p.dst
      WHERE p.tap IN (${[...byTap.keys()].join(',')}) AND p.proto NOT IN (2, 103, 112)
        AND sa.role NOT IN ('multicast', 'loopback', 'link-local') AND da.role NOT IN ('multicast', 'loopback', 'link-local')
        AND NOT (p.proto = 17 AND (p.dport IN (${CHATTER}) OR p.sport IN (67, 547))) AND NOT (p.mac_dst >= 0 AND (p.mac_dst & ${GROUP_BIT}) > 0))
    SELECT tap, src, dst, proto, part, CASE part WHEN 'answer' THEN sport WHEN 'data' THEN least(sport, dport) WHEN 'end' THEN least(sport, dport) ELSE dport END AS port,
           count(*) AS n, list(place ORDER BY place)[1:20] AS places, min(time_ns) AS first_ns, max(time_ns) AS last_ns
    FROM one GROUP BY ALL ORDER BY ALL LIMIT 20000`);
  return rows.map((row) => {
    const tap = byTap.get(Number(row['tap']))!;
    return {
      tap,
      told: told.get(tap)!,
      src: Number(row['src']),
      dst: Number(row['dst']),
      proto: Number(row['proto']),
      port: Number(row['port']),
      part: String(row['part']) as Part,
      count: Number(row['n']),
      places: (row['places'] as readonly unknown[]).map(Number),
      firstNs: Number(row['first_ns']),
      lastNs: Number(row['last_ns']),
    };
  });
}
