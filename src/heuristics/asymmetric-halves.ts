import type { Scene } from '../model/scene.js';
import type { TapView } from '../model/taps.js';

/**
 * The two halves of each conversation, once per node that saw them: the packet that opens it and the answer to it.
 *
 * They are tied by what DNAT leaves alone: the client's address and port with the initial sequence number (TCP), the
 * identifier, sequence and payload (echo), the query's id (DNS). After SNAT the client's end differs: such halves do not
 * meet, so nothing is said about them. A frame that is neither from nor to the node's own MAC only passes by its wire.
 */
/** SQL condition on `packet_raw p` and `watch w`: the frame is from or to the node itself, as far as its MACs are known. */
export const OWN_FRAME = `(p.mac_dst < 0 OR NOT w.macs OR (w.node, p.mac_src) IN (SELECT (node, mac) FROM own_mac) OR (w.node, p.mac_dst) IN (SELECT (node, mac) FROM own_mac))`;

const CLIENT_PORT = 'CASE WHEN p.icmp_type >= 0 THEN p.icmp_id ELSE %port END';
const HASH = 'CASE WHEN p.icmp_type >= 0 THEN p.payload_hash ELSE 0 END';
const HALF = `
  SELECT w.node, p.proto, p.%client AS client, ${CLIENT_PORT} AS cport, %token AS token, ${HASH} AS hash,
         min(t.source) AS source, min(p.tap) AS tap, arg_min(p.place, p.tap * 4294967296 + p.place) AS place, arg_min(p.%server, (p.time_ns, p.place)) AS server, arg_min(p.%sport, (p.time_ns, p.place)) AS port,
         min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns,
         min(p.%outer) FILTER (%way AND p.tunnel > 0) AS outer_low, max(p.%outer) FILTER (%way AND p.tunnel > 0) AS outer_high,
         min(p.%mac) FILTER (%way AND p.tunnel = 0) AS mac_low, max(p.%mac) FILTER (%way AND p.tunnel = 0) AS mac_high,
         coalesce(bool_or(%way), false) AS on_wire
  FROM packet_raw p JOIN tap t USING (tap) JOIN watch w USING (tap)
  WHERE %opens AND p.src <> 0 AND ${OWN_FRAME} AND %wanted
  GROUP BY ALL`;

const fill = (words: Readonly<Record<string, string>>): string =>
  HALF.replace('%wanted', words['wanted']!).replaceAll(/%(\w+)/g, (_, name: string) => words[name]!);

/** Only what was answered somewhere is compared: of a million requests that nobody answers none needs be kept. */
const ASKED = fill({
  wanted: `(p.proto, p.src, ${CLIENT_PORT.replace('%port', 'p.sport')}, %token, ${HASH}) IN (SELECT proto, client, cport, token, hash FROM answered)`,
  client: 'src',
  port: 'p.sport',
  server: 'dst',
  sport: 'dport',
  token: 'CASE p.proto WHEN 6 THEN p.seq::BIGINT WHEN 17 THEN p.dns_id ELSE p.icmp_seq END',
  outer: 'outer_src',
  mac: 'mac_src',
  way: 'w.arrives',
  opens: `(p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 22) = 2 AND p.seq > 0 OR p.proto = 1 AND p.icmp_type = 8 OR p.proto = 58 AND p.icmp_type = 128
    OR p.proto = 17 AND p.dport = 53 AND p.dns_id >= 0 AND (p.dns_flags & 32768) = 0)`,
});
const ANSWERED = fill({
  wanted: 'true',
  client: 'dst',
  port: 'p.dport',
  server: 'src',
  sport: 'sport',
  token: 'CASE p.proto WHEN 6 THEN (p.ack::BIGINT + 4294967295) % 4294967296 WHEN 17 THEN p.dns_id ELSE p.icmp_seq END',
  outer: 'outer_dst',
  mac: 'mac_dst',
  way: 'w.leaves',
  opens: `(p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 22) = 18 AND p.ack > 0 OR p.proto = 1 AND p.icmp_type = 0 OR p.proto = 58 AND p.icmp_type = 129
    OR p.proto = 17 AND p.sport = 53 AND p.dns_id >= 0 AND (p.dns_flags & 32768) > 0)`,
});

/** Columns that name one conversation, the same at every node. */
export const SAME = 'USING (proto, client, cport, token, hash)';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Node of a tap, or a name for its piece. */
export const placeOf = (tap: TapView): string => tap.node ?? `source ${tap.source}`;

/** MAC addresses of each node's devices, as the store's numbers. */
export function ownMacs(scene: Scene): ReadonlyMap<string, ReadonlySet<number>> {
  const macs = new Map<string, Set<number>>();
  const add = (node: string | undefined, mac: string | undefined): void => {
    if (node === undefined || mac === undefined || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) return;
    const number = Number.parseInt(mac.replaceAll(':', ''), 16);
    if (number > 0) macs.set(node, (macs.get(node) ?? new Set()).add(number));
  };
  for (const link of scene.cluster.facts.links) add(scene.cluster.nodeOf(link), link.mac);
  return macs;
}

/** Taps whose packets are compared: LOG rules pick packets, and what is for another host only passes by. */
export const comparable = (scene: Scene): readonly TapView[] =>
  scene.taps.filter((tap) => tap.kind !== 'log' && tap.direction !== 'other-host');

/** Makes the derived tables `watch` (these taps, at least one, with their place) and `own_mac`. */
export async function prepareWatch(scene: Scene, taps: readonly TapView[]): Promise<void> {
  const macs = ownMacs(scene);
  const wire = (tap: TapView): boolean => tap.device === 'uplink' || tap.device === 'any';
  const watch = taps
    .map(
      (tap) =>
        `(${tap.tap}, ${quoted(placeOf(tap))}, ${wire(tap) && tap.direction !== 'out'}, ${wire(tap) && tap.direction !== 'in'}, ${tap.node !== undefined && macs.has(tap.node)})`,
    )
    .join(',');
  const own = [...macs].flatMap(([node, set]) => [...set].map((mac) => `(${quoted(node)}, ${mac})`)).join(',');
  await scene.prepare(
    `CREATE OR REPLACE TABLE derived.watch AS FROM (VALUES ${watch}) AS v(tap, node, arrives, leaves, macs)`,
  );
  await scene.prepare(
    `CREATE OR REPLACE TABLE derived.own_mac AS FROM (VALUES ${own === '' ? "('', -2)" : own}) AS v(node, mac)`,
  );
}

/** Makes the derived tables `asked` and `answered`, after `prepareWatch`. False when no answer was seen: then nothing can be compared. */
export async function prepareHalves(scene: Scene): Promise<boolean> {
  await scene.prepare(`CREATE OR REPLACE TABLE derived.answered AS ${ANSWERED}`);
  if ((await scene.rows('SELECT 1 FROM answered LIMIT 1')).length === 0) return false;
  await scene.prepare(`CREATE OR REPLACE TABLE derived.asked AS ${ASKED}`);
  return true;
}
