import type { Scene } from '../scene.js';
import type { TapView } from '../taps.js';
import type { Packet } from './packet.js';
import type { Step } from './step.js';

/** Packets of one header at one tap. */
export interface Seen {
  readonly tap: TapView;
  /** First frame or line. */
  readonly place: number;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

/** What a step should show at a tap of its device. */
export interface Sighted {
  /** Taps that stand where the step is. */
  readonly taps: readonly TapView[];
  readonly seen: readonly Seen[];
}

const TUNNELS = '1, 2, 3, 4, 5, 6';

/** The condition under which a stored packet has this header; a client's own port and the sequence number are left open. */
export async function condition(
  scene: Scene,
  packet: Packet,
  outer: Packet | undefined,
  reply: boolean,
  envelope: 'as-given' | 'any-envelope' = 'as-given',
): Promise<string | undefined> {
  const addresses = [packet.src, packet.dst, ...(outer === undefined ? [] : [outer.src, outer.dst])];
  const ids = new Map(
    (
      await scene.rows(
        `SELECT id, address FROM address WHERE address IN (${addresses.map((a) => `'${a.replace(/[^0-9a-fA-F:.]/g, '')}'`).join(', ')})`,
      )
    ).map((row) => [String(row['address']), Number(row['id'])]),
  );
  if (addresses.some((address) => !ids.has(address))) return undefined;
  const parts = [`p.src = ${ids.get(packet.src)}`, `p.dst = ${ids.get(packet.dst)}`, `p.proto = ${packet.proto}`];
  if (packet.icmpType !== undefined) parts.push(`p.icmp_type = ${packet.icmpType}`);
  const server = reply ? packet.sport : packet.dport;
  if (server !== undefined && packet.icmpType === undefined) parts.push(`p.${reply ? 'sport' : 'dport'} = ${server}`);
  if (packet.proto === 6) parts.push(reply ? '(p.tcp_flags & 18) = 18' : '(p.tcp_flags & 18) = 2');
  if (envelope === 'any-envelope') return parts.join(' AND ');
  parts.push(
    outer === undefined
      ? `p.tunnel NOT IN (${TUNNELS})`
      : `p.outer_src = ${ids.get(outer.src)} AND p.outer_dst = ${ids.get(outer.dst)}`,
  );
  return parts.join(' AND ');
}

/** True when a tap stands at the device of the step. `any` stands at all devices of its node. */
const standsAt = (tap: TapView, step: Step): boolean =>
  tap.node === step.node && step.dev !== undefined && (tap.ifname === step.dev || tap.ifname === 'any');

/** Which taps stand where the step is, and which of them show its packet. */
export async function sightings(scene: Scene, step: Step, reply: boolean): Promise<Sighted> {
  const taps = scene.taps.filter((tap) => standsAt(tap, step) && tap.kind !== 'log');
  if (taps.length === 0) return { taps, seen: [] };
  const where = await condition(scene, step.packet, step.outer, reply);
  if (where === undefined) return { taps, seen: [] };
  const rows = await scene.rows(
    `SELECT tap, min(place) AS place, count(*) AS n, min(time_ns) AS first_ns, max(time_ns) AS last_ns
     FROM packet_raw p WHERE tap IN (${taps.map((tap) => tap.tap).join(',')}) AND ${where} GROUP BY tap ORDER BY tap`,
  );
  return {
    taps,
    seen: rows.map(
      (row): Seen => ({
        tap: scene.tap(Number(row['tap'])),
        place: Number(row['place']),
        count: Number(row['n']),
        firstNs: Number(row['first_ns']),
        lastNs: Number(row['last_ns']),
      }),
    ),
  };
}

/** Stages whose packet a tap of the device shows: as it comes in, before netfilter, and as it goes out, after it. */
export const VISIBLE: ReadonlySet<Step['stage']> = new Set(['receive', 'transmit', 'deliver', 'neighbour']);
