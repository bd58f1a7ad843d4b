import type { Cluster } from '../cluster.js';
import type { Scene } from '../scene.js';
import type { TapView } from '../taps.js';
import type { Packet } from './packet.js';
import type { Step, Walk } from './step.js';

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
  /** Taps that stand where the step is and must show it. */
  readonly taps: readonly TapView[];
  readonly seen: readonly Seen[];
}

const TUNNELS = '1, 2, 3, 4, 5, 6';

/** Ids of both ends in the store; undefined when no stored packet can have them. */
export function idsOf(
  scene: Scene,
  packet: Pick<Packet, 'src' | 'dst'>,
): { readonly src: number; readonly dst: number } | undefined {
  const [src, dst] = [scene.addressId(packet.src), scene.addressId(packet.dst)];
  return src === undefined || dst === undefined ? undefined : { src, dst };
}

/** The condition under which a stored packet has this header; a client's own port and the sequence number are left open. */
export function condition(
  scene: Scene,
  packet: Packet,
  outer: Packet | undefined,
  reply: boolean,
  wanted: 'as-given' | 'any-envelope' = 'as-given',
): string | undefined {
  const ends = idsOf(scene, packet);
  const envelope = outer === undefined ? undefined : idsOf(scene, outer);
  if (ends === undefined || (outer !== undefined && envelope === undefined)) return undefined;
  const parts = [`p.src = ${ends.src}`, `p.dst = ${ends.dst}`, `p.proto = ${packet.proto}`];
  if (packet.icmpType !== undefined) parts.push(`p.icmp_type = ${packet.icmpType}`);
  const server = reply ? packet.sport : packet.dport;
  if (server !== undefined && packet.icmpType === undefined) parts.push(`p.${reply ? 'sport' : 'dport'} = ${server}`);
  if (packet.proto === 6) parts.push(reply ? '(p.tcp_flags & 18) = 18' : '(p.tcp_flags & 18) = 2');
  if (wanted === 'any-envelope') return parts.join(' AND ');
  parts.push(
    envelope === undefined
      ? `p.tunnel NOT IN (${TUNNELS})`
      : `p.outer_src = ${envelope.src} AND p.outer_dst = ${envelope.dst}`,
  );
  return parts.join(' AND ');
}

const PORTS = new WeakMap<Cluster, ReadonlyMap<string, ReadonlySet<string>>>();

/** Ports of every bridge, by node and bridge. */
function portsOf(cluster: Cluster): ReadonlyMap<string, ReadonlySet<string>> {
  let ports = PORTS.get(cluster);
  if (ports === undefined) {
    const found = new Map<string, Set<string>>();
    for (const link of cluster.facts.links) {
      const node = link.master === undefined ? undefined : cluster.nodeOf(link);
      if (node === undefined) continue;
      const key = `${node} ${link.master}`;
      found.set(key, (found.get(key) ?? new Set()).add(link.ifname));
    }
    ports = found;
    PORTS.set(cluster, ports);
  }
  return ports;
}

/**
 * A bridge does not surely show what comes in by a port, or goes from port to port: the frame passes the bridge's own tap
 * after bridge-netfilter has translated it (br_pass_frame_up), or not at all (br_forward). The port's tap shows it.
 */
const passesBeside = (step: Step, isBridge: boolean): boolean =>
  isBridge && (step.stage === 'receive' || step.stage === 'deliver');

/** A capture on all interfaces, of which some are known by their index alone: what a device of it does not show may be there. */
const hasNameless = (scene: Scene, { source }: TapView): boolean =>
  scene.taps.some((tap) => tap.source === source && tap.ifname === undefined && tap.row.ifindex !== undefined);

/**
 * Which taps stand where the step is, and which of them show its packet. `any` stands at all devices of its node. `packets` is
 * the table to look in.
 */
export async function sightings(scene: Scene, step: Step, reply: boolean, packets = 'packet_raw'): Promise<Sighted> {
  const { dev } = step;
  if (dev === undefined) return { taps: [], seen: [] };
  const isBridge = scene.cluster.device(step.node, dev) === 'bridge';
  const ports = isBridge ? portsOf(scene.cluster).get(`${step.node} ${dev}`) : undefined;
  const inwards = step.stage === 'receive';
  const there = scene.taps.filter(
    (tap) =>
      tap.node === step.node &&
      tap.kind !== 'log' &&
      (tap.ifname === dev || tap.ifname === 'any' || (tap.ifname !== undefined && ports?.has(tap.ifname) === true)),
  );
  const taps = there.filter(
    (tap) =>
      !passesBeside(step, isBridge) &&
      !(tap.ifname !== undefined && ports?.has(tap.ifname)) &&
      !hasNameless(scene, tap),
  );
  const showing = there.filter((tap) => tap.direction === 'unknown' || (tap.direction === 'out') !== inwards);
  if (showing.length === 0) return { taps, seen: [] };
  // The tunnel's own device shows the packet before it is in the envelope.
  const outer = step.stage === 'encapsulate' ? undefined : step.outer;
  const where = condition(scene, step.packet, outer, reply);
  if (where === undefined) return { taps, seen: [] };
  const rows = await scene.rows(
    `SELECT tap, min(place) AS place, count(*) AS n, min(time_ns) AS first_ns, max(time_ns) AS last_ns
     FROM ${packets} p WHERE tap IN (${showing.map((tap) => tap.tap).join(',')}) AND ${where} GROUP BY tap ORDER BY tap`,
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

const VISIBLE: ReadonlySet<Step['stage']> = new Set(['receive', 'transmit', 'neighbour']);

/**
 * Steps whose packet a tap of the device shows: as it comes in, before netfilter, and as it goes out, after it. What a process
 * gets passes no device again; what a bridge switches passes the ports alone.
 */
export function visibleSteps(scene: Scene, { steps }: Walk): ReadonlySet<Step> {
  return new Set(
    steps.filter(
      (step, i) =>
        VISIBLE.has(step.stage) ||
        (step.stage === 'encapsulate' && steps[i - 1]?.stage !== 'neighbour') ||
        (step.stage === 'deliver' &&
          steps[i - 1]?.stage !== 'transmit' &&
          step.dev !== undefined &&
          scene.cluster.device(step.node, step.dev) === 'bridge'),
    ),
  );
}
