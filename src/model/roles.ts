import type { RowOf } from '../core/table.js';
import type { EventStore } from '../store/event-store.js';
import type * as schema from '../store/schema.js';
import type { Cluster } from './cluster.js';
import type { Placed } from './facts.js';
import type { TapView } from './taps.js';

/**
 * A packet that comes in on a pod's own interface (cali*, veth*, lxc*) was sent by that pod: this tells pods apart when
 * the bundle holds captures or tcpdump text and nothing else.
 */
export async function learnPods(store: EventStore, cluster: Cluster, taps: readonly TapView[]): Promise<void> {
  const workloads = taps.filter((tap) => tap.device === 'workload' && tap.direction === 'in');
  if (workloads.length === 0) return;
  const rows = await store.query(
    `SELECT tap, src, min(place) AS place FROM packet_raw WHERE tap IN (${workloads.map((tap) => tap.tap).join(',')})
     AND src <> 0 AND arp_op < 0 AND tunnel = 0 GROUP BY tap, src ORDER BY tap, place, src LIMIT 10000`,
  );
  for (const row of rows) {
    const tap = taps[(row['tap'] as number) - 1]!;
    const address = store.addresses.text(row['src'] as number);
    const owner = cluster.owner(address);
    if (owner.role === 'unknown' || owner.role === 'outside' || owner.role === 'pod-range') {
      cluster.learnPod(address, tap.node, tap.ifname ?? '', { source: tap.source, line: row['place'] as number });
    }
  }
}

/**
 * A LOG line without an input device shows a packet that the node itself made; on a physical output device its source is
 * the node's address there, unless a program chose another one.
 */
export async function learnNodes(store: EventStore, cluster: Cluster, taps: readonly TapView[]): Promise<void> {
  const local = taps.filter((tap) => {
    const { inIf, outIf } = tap.row;
    return (
      tap.kind === 'log' &&
      (inIf === undefined || inIf === '') &&
      outIf !== undefined &&
      outIf !== '' &&
      cluster.device(tap.node, outIf) === 'uplink'
    );
  });
  if (local.length === 0) return;
  const rows = await store.query(
    `SELECT src, min(tap) AS tap, min(place) AS place FROM packet_raw WHERE tap IN (${local.map((tap) => tap.tap).join(',')}) AND src <> 0 GROUP BY src ORDER BY tap, place, src LIMIT 1000`,
  );
  for (const row of rows) {
    const tap = taps[Number(row['tap']) - 1]!;
    const address = store.addresses.text(Number(row['src']));
    const { role } = cluster.owner(address);
    if (role === 'unknown' || role === 'outside')
      cluster.learnNode(address, tap.node, tap.row.outIf!, { source: tap.source, line: Number(row['place']) });
  }
}

/**
 * Whoever serves port 6443 is an API server, which runs on its node's own network: that tells a node where no list does.
 * An address seen coming in on a pod's interface stays a pod.
 */
export async function learnServers(store: EventStore, cluster: Cluster, taps: readonly TapView[]): Promise<void> {
  if (!store.holds('tcp')) return;
  const rows = await store.query(
    `SELECT dst, min(tap) AS tap, arg_min(place, tap * 4294967296 + place) AS place FROM packet_raw
     WHERE proto = 6 AND dport = 6443 AND sport >= 1024 AND dst <> 0 AND tunnel = 0 GROUP BY dst ORDER BY tap, place, dst LIMIT 100`,
  );
  for (const row of rows) {
    const tap = taps[Number(row['tap']) - 1]!;
    const address = store.addresses.text(Number(row['dst']));
    const owner = cluster.owner(address);
    if (owner.role === 'unknown' || (owner.role === 'pod-range' && owner.node === undefined))
      cluster.learnNode(address, undefined, 'API server', { source: tap.source, line: Number(row['place']) });
  }
}

/** Segments per bundle that are compared to find address translation between nodes. */
const TRANSLATION_SAMPLE = 200_000;

/**
 * One TCP segment captured on two nodes under different addresses tells that something between them translates: what the
 * other side sees is one more address of the node. Sequence and acknowledgement numbers with the timestamp tie the
 * sightings together. A load balancer's address leads to several nodes and is nobody's.
 */
export async function learnTranslated(store: EventStore, cluster: Cluster, taps: readonly TapView[]): Promise<void> {
  const known = taps.filter((tap) => tap.kind === 'capture' && tap.node !== undefined);
  if (new Set(known.map((tap) => tap.node)).size < 2) return;
  const values = known.map((tap) => `(${tap.tap}, '${tap.node!.replaceAll("'", "''")}')`).join(',');
  const rows = await store.query(`
    WITH known_tap(tap, node) AS (VALUES ${values}),
    segment AS (
      SELECT a.node, p.src, p.dst, p.seq, p.ack, p.ts_val, p.payload_len, p.tcp_flags, min(p.tap) AS tap, arg_min(p.place, p.tap * 4294967296 + p.place) AS place
      FROM packet_raw p JOIN known_tap a USING (tap) WHERE p.proto = 6 AND p.tunnel = 0 AND p.ts_val > 0 AND p.seq > 0 GROUP BY ALL ORDER BY tap, place LIMIT ${TRANSLATION_SAMPLE})
    SELECT x.node AS here, y.node AS there, x.src AS own_src, y.src AS seen_src, x.dst AS asked_dst, y.dst AS own_dst, count(*) AS n, min(x.tap) AS tap, arg_min(x.place, x.tap * 4294967296 + x.place) AS place, min(y.tap) AS other_tap, arg_min(y.place, y.tap * 4294967296 + y.place) AS other_place
    FROM segment x JOIN segment y USING (seq, ack, ts_val, payload_len, tcp_flags)
    WHERE x.node <> y.node AND (x.src <> y.src OR x.dst <> y.dst) GROUP BY ALL HAVING n >= 2 ORDER BY tap, place, other_tap, other_place LIMIT 1000`);
  const found = new Map<string, { nodes: Set<string>; at: Placed }>();
  const learn = (address: string, node: string, at: Placed): void => {
    const { role } = cluster.owner(address);
    if (role !== 'outside' && role !== 'unknown') return;
    const entry = found.get(address) ?? { nodes: new Set<string>(), at };
    entry.nodes.add(node);
    found.set(address, entry);
  };
  for (const row of rows) {
    const text = (name: string): string => store.addresses.text(Number(row[name]));
    const here = String(row['here']);
    const there = String(row['there']);
    const source = (tap: string): number => taps[Number(row[tap]) - 1]!.source;
    if (row['own_src'] !== row['seen_src'] && cluster.nodeWithAddress(text('own_src')) === here) {
      learn(text('seen_src'), here, { source: source('other_tap'), line: Number(row['other_place']) });
    }
    if (row['asked_dst'] !== row['own_dst'] && cluster.nodeWithAddress(text('own_dst')) === there) {
      learn(text('asked_dst'), there, { source: source('tap'), line: Number(row['place']) });
    }
  }
  for (const [address, { nodes, at }] of found)
    if (nodes.size === 1) cluster.addTranslated(address, [...nodes][0]!, at);
}

/** Addresses beyond which roles are no longer worked out one by one: a scan or a busy front end, not a cluster. */
const LIMIT = 200_000;

/** The rows of table `address`. */
export function* addressRows(store: EventStore, cluster: Cluster): Generator<RowOf<typeof schema.address>> {
  for (let id = 1; id < store.addresses.size; id++) {
    const address = store.addresses.text(id);
    const owner = id < LIMIT ? cluster.owner(address) : undefined;
    yield {
      id,
      address,
      family: store.addresses.family(id),
      role: owner?.role ?? 'unknown',
      node: owner?.node,
      owner: owner?.name,
    };
  }
}
