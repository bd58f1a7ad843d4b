import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { comparable, prepareWatch } from './asymmetric-halves.js';
import { comparesNodes, partedByNodes } from './asymmetric-nodes.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { repliesAlone } from './one-way-flow.js';

/**
 * Requests and replies of one conversation use different interfaces of one node; or different nodes (asymmetric-nodes.ts);
 * or a tap sees replies alone (one-way-flow.ts).
 *
 * Of interfaces, compared are uplinks and overlay devices only (the pod's own interface is always the same one), and only packets outside
 * tunnels: the envelope on the uplink is not the conversation. Taps must tell direction and interface.
 *
 * For information only: conversations that succeed both ways (hub and spoke, two uplinks by design).
 */
export const asymmetricFlow: Heuristic = {
  code: 'asymmetric-flow',
  async run(scene) {
    const taps = scene.taps.filter(
      (tap) => tap.kind !== 'log' && tap.ifname !== undefined && (tap.device === 'uplink' || tap.device === 'overlay'),
    );
    const places = new Map<string, Set<string>>();
    for (const tap of taps) {
      const place = tap.node ?? `source ${tap.source}`;
      places.set(place, (places.get(place) ?? new Set()).add(tap.ifname!));
    }
    const watched = comparable(scene);
    if (watched.length > 0) await prepareWatch(scene, watched);
    const parted = await partedByNodes(scene);
    const told = new Set(
      parted.flatMap((draft) => (draft.flows ?? []).map((flow) => `${flow.src} ${flow.dst} ${flow.dport}`)),
    );
    const alone = [
      ...parted,
      ...(watched.length === 0 ? [] : await repliesAlone(scene)).filter(
        (draft) => !draft.flows?.every((flow) => told.has(`${flow.src} ${flow.dst} ${flow.dport}`)),
      ),
    ];
    if (![...places.values()].some((names) => names.size > 1)) {
      if (alone.length > 0 || comparesNodes(scene)) return looked(alone);
      return skipped(
        ['packets of one node on two of its interfaces, or captures of two nodes that were taken at the same time'],
        'tcpdump -nn -i any -w node.pcap    # on the node that replies, with a libpcap that writes interface names (LINUX_SLL2)',
      );
    }
    const values = taps
      .map(
        (tap) =>
          `(${tap.tap}, '${(tap.node ?? `source ${tap.source}`).replaceAll("'", "''")}', '${tap.ifname!.replaceAll("'", "''")}', '${tap.direction}')`,
      )
      .join(',');
    const rows = await scene.rows(`
      WITH where_seen(tap, node, ifname, direction) AS (VALUES ${values}),
      one AS (
        SELECT w.node, w.ifname, w.direction, p.proto, p.src, p.sport, p.dst, p.dport, p.icmp_id, min(p.tap) AS tap, arg_min(p.place, p.tap * 4294967296 + p.place) AS place, count(*) AS n, bool_or(p.tcp_flags >= 0 AND (p.tcp_flags & 2) = 2) AS syn,
               bool_or(p.tcp_flags >= 0 AND (p.tcp_flags & 18) = 16) AS ack, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns
        FROM packet_raw p JOIN where_seen w USING (tap)
        WHERE p.tunnel = 0 AND p.proto IN (1, 6, 17, 58) AND p.src <> 0 AND (p.proto IN (6, 17) AND p.sport > 0 OR p.icmp_type IN (0, 8, 128, 129)) GROUP BY ALL),
      direction_of AS (SELECT node, proto, src, sport, dst, dport, icmp_id, list(DISTINCT ifname ORDER BY ifname) AS names, arg_min(tap, (ifname, tap, place)) AS tap, arg_min(place, (ifname, tap, place)) AS place, bool_or(ack) AS ack, bool_or(direction = 'in') AS incoming, min(first_ns) AS first_ns, max(last_ns) AS last_ns, sum(n)::BIGINT AS n FROM one GROUP BY ALL)
      SELECT a.node, a.proto, a.src, a.sport, a.dst, a.dport, a.names AS there, b.names AS back, a.tap AS tap, a.place AS place, b.tap AS back_tap, b.place AS back_place, a.ack AND b.ack AS settled, a.n + b.n AS n, a.first_ns, b.last_ns
      FROM direction_of a JOIN direction_of b ON a.node = b.node AND a.proto = b.proto AND a.src = b.dst AND a.dst = b.src AND a.sport = b.dport AND a.dport = b.sport AND a.icmp_id = b.icmp_id
      WHERE a.first_ns <= b.first_ns AND (a.src, a.sport) <> (b.src, b.sport) AND NOT list_has_any(a.names, b.names)
      ORDER BY a.node, a.tap, a.place, a.src, a.dst, a.sport LIMIT 5000`);
    const groups = new Map<string, typeof rows>();
    for (const row of rows) {
      const key = `${String(row['node'])} ${String(row['there'])} ${String(row['back'])} ${row['settled'] === true}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [row]);
      else group.push(row);
    }
    return looked([
      ...alone,
      ...[...groups.values()].map((group): FindingDraft => {
        const first = group[0]!;
        const there = (first['there'] as readonly unknown[]).join(', ');
        const back = (first['back'] as readonly unknown[]).join(', ');
        const tap = scene.tap(Number(first['tap']));
        // Echo and UDP have no handshake: both directions seen is success.
        const settled = group.every((row) => row['settled'] === true || Number(row['proto']) !== 6);
        const cites = group.slice(0, 10).flatMap((row): Cite[] => [
          { role: `request on ${there}`, at: { tap: Number(row['tap']), place: Number(row['place']) } },
          { role: `reply on ${back}`, at: { tap: Number(row['back_tap']), place: Number(row['back_place']) } },
        ]);
        return {
          code: 'asymmetric-flow',
          severity: settled ? 'info' : 'warning',
          confidence: 'proven',
          title: `At ${tap.node ?? tap.file}, requests from ${scene.describe(Number(first['src']))} to ${scene.describe(Number(first['dst']))} use ${there}, their replies ${back}`,
          explanation: `${group.length} conversations take different interfaces in the two directions.${settled ? ' They succeed all the same.' : ' They do not get through.'}`,
          subjects: [
            ...new Set([
              scene.address(Number(first['src'])),
              scene.address(Number(first['dst'])),
              there,
              back,
              ...[tap.node].filter((n) => n !== undefined),
            ]),
          ],
          count: group.length,
          evidence: cites as unknown as NonEmpty<Cite>,
          flows: group.map((row) => ({
            src: scene.address(Number(row['src'])),
            dst: scene.address(Number(row['dst'])),
            dport: Number(row['dport']) < 0 ? undefined : Number(row['dport']),
          })),
          firstNs: Number(first['first_ns']),
          lastNs: Number(first['last_ns']),
          timeKind: tap.timeKind,
        };
      }),
    ]);
  },
};
