import type { RowOf } from '../core/table.js';
import type { EventStore } from '../store/event-store.js';
import type * as schema from '../store/schema.js';
import type { Cluster } from './cluster.js';
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

/** Addresses beyond which roles are no longer worked out one by one: a scan or a busy front end, not a cluster. */
const LIMIT = 200_000;

/** The rows of table `address`. */
export function addressRows(store: EventStore, cluster: Cluster): RowOf<typeof schema.address>[] {
  const rows: RowOf<typeof schema.address>[] = [];
  for (let id = 1; id < store.addresses.size; id++) {
    const address = store.addresses.text(id);
    const owner = id < LIMIT ? cluster.owner(address) : undefined;
    rows.push({
      id,
      address,
      family: store.addresses.family(id),
      role: owner?.role ?? 'unknown',
      node: owner?.node,
      owner: owner?.name,
    });
  }
  return rows;
}
