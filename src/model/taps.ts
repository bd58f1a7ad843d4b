import type { TapRow } from '../store/dimensions.js';
import type { EventStore } from '../store/event-store.js';
import type { Cluster } from './cluster.js';
import type { DeviceRole } from './device.js';

/** A tap with what the rest of the bundle tells of it. */
export interface TapView {
  readonly tap: number;
  readonly source: number;
  readonly kind: TapRow['kind'];
  readonly timeKind: TapRow['timeKind'];
  readonly direction: TapRow['direction'];
  readonly file: string;
  readonly node: string | undefined;
  readonly ifname: string | undefined;
  /** `unknown` when neither name nor content tells. */
  readonly device: DeviceRole | 'unknown';
  readonly row: TapRow;
}

/** True for a tap of a capture on all devices at once (`-i any`): its packets tell their device and direction each. */
export const onAllDevices = (tap: TapView): boolean =>
  tap.device === 'any' || tap.row.ifindex !== undefined || (tap.kind === 'text' && tap.direction !== 'unknown');

const macText = (value: number): string =>
  value
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?=.)/g, '$1:');

/**
 * Of each tap the MAC addresses in most frames first, none of them broadcast; so many that a host of many devices is among them.
 * The source of what came in is the sender's (a cooked header has no other), the destination of what goes out the receiver's: a
 * capture of envelopes that nobody answers would else be taken for one of the sender.
 */
function macsOfTaps(taps: readonly TapRow[]): string {
  const other = (direction: TapRow['direction']): string =>
    [-1, ...taps.filter((row) => row.direction === direction).map(({ tap }) => tap)].join();
  return `
  SELECT tap, mac, count(*) AS n FROM (
    SELECT tap, mac_src AS mac FROM packet_raw WHERE tap NOT IN (${other('in')})
    UNION ALL SELECT tap, mac_dst FROM packet_raw WHERE tap NOT IN (${other('out')}))
  WHERE mac > 0 AND mac < 281474976710655 GROUP BY tap, mac
  QUALIFY row_number() OVER (PARTITION BY tap ORDER BY n DESC, mac) <= 64 ORDER BY tap, n DESC, mac`;
}

interface Interface {
  readonly node: string;
  readonly ifname: string;
}

/**
 * Resolves interface indexes, and finds out by MAC address where a capture without an interface name was taken. What it
 * finds is written back to the store's taps and sources, so that queries show it too.
 */
export async function resolveTaps(store: EventStore, cluster: Cluster): Promise<readonly TapView[]> {
  const byIndex = new Map<string, string>();
  const byMac = new Map<string, Interface[]>();
  for (const link of cluster.facts.links) {
    const node = cluster.nodeOf(link);
    if (node === undefined) continue;
    if (link.ifindex !== undefined) byIndex.set(`${node} ${link.ifindex}`, link.ifname);
    if (link.mac === undefined || link.mac === '00:00:00:00:00:00') continue;
    const list = byMac.get(link.mac) ?? [];
    if (!list.some((i) => i.node === node && i.ifname === link.ifname)) list.push({ node, ifname: link.ifname });
    byMac.set(link.mac, list);
  }
  for (const a of cluster.facts.addresses) {
    const node = cluster.nodeOf(a);
    if (node !== undefined && a.ifindex !== undefined) byIndex.set(`${node} ${a.ifindex}`, a.ifname);
  }
  const macs = new Map<number, string[]>();
  // Where no device's MAC is known, no frame's tells anything.
  for (const row of byMac.size === 0 ? [] : await store.query(macsOfTaps(store.taps))) {
    const list = macs.get(row['tap'] as number) ?? [];
    list.push(macText(row['mac'] as number));
    macs.set(row['tap'] as number, list);
  }
  const lan = await tapsOnNodeNetworks(store, cluster);
  const tunnels = new Set(
    (await store.query('SELECT DISTINCT tap FROM packet_raw WHERE tunnel BETWEEN 1 AND 7')).map(
      (row) => row['tap'] as number,
    ),
  );
  /** Names of interfaces that one direction's MAC addresses tell, by capture and index: the other direction shows its peers'. */
  const bySibling = new Map<string, string>();
  for (const { source, ifindex, ifname, kind, tap } of store.taps) {
    const { node } = store.sources[source - 1]!;
    if (kind !== 'capture' || ifindex === undefined || ifname !== undefined || node === undefined) continue;
    const found = interfaceByMac(macs.get(tap) ?? [], byMac, node);
    if (found !== undefined) bySibling.set(`${source} ${ifindex}`, found.ifname);
  }
  return store.taps.map((row) => {
    const source = store.sources[row.source - 1]!;
    const file = store.artifacts[source.artifact - 1]!.file;
    let node = source.node;
    let ifname = row.ifname;
    if (row.ifindex !== undefined && row.kind === 'capture' && node !== undefined) {
      // The capture's own host knows the name; a name made on another machine would be wrong.
      ifname = byIndex.get(`${node} ${row.ifindex}`) ?? ifname ?? bySibling.get(`${row.source} ${row.ifindex}`);
    }
    if (row.kind === 'capture' && (ifname === undefined || node === undefined)) {
      const found = interfaceByMac(macs.get(row.tap) ?? [], byMac, node) ?? interfaceInName(file, node, cluster);
      if (found !== undefined) {
        node ??= found.node;
        ifname ??= found.ifname;
      }
    }
    row.ifname = ifname;
    source.node ??= node;
    const device = deviceOfTap(row, ifname, node, cluster, tunnels.has(row.tap) || lan.has(row.tap));
    return {
      tap: row.tap,
      source: row.source,
      kind: row.kind,
      timeKind: row.timeKind,
      direction: row.direction,
      file,
      node,
      ifname,
      device,
      row,
    };
  });
}

/** Taps that see ARP or neighbour discovery for a node's own address: that is done on the nodes' network, by an uplink. */
async function tapsOnNodeNetworks(store: EventStore, cluster: Cluster): Promise<ReadonlySet<number>> {
  const rows = await store.query(
    'SELECT DISTINCT tap, src FROM packet_raw WHERE arp_op > 0 AND tunnel = 0 AND src <> 0 UNION SELECT DISTINCT tap, dst FROM packet_raw WHERE arp_op > 0 AND tunnel = 0 AND dst <> 0',
  );
  const found = rows.filter((row) => cluster.owner(store.addresses.text(Number(row['src']))).role === 'node');
  return new Set(found.map((row) => Number(row['tap'])));
}

/** The interface whose MAC is in the most frames: on any link, one end of every frame is the tapped interface. */
function interfaceByMac(
  macs: readonly string[],
  byMac: ReadonlyMap<string, readonly Interface[]>,
  node: string | undefined,
): Interface | undefined {
  for (const mac of macs) {
    const candidates = (byMac.get(mac) ?? []).filter((i) => node === undefined || i.node === node);
    // A bond and its ports, or a bridge and its first port, share one MAC: then the MAC does not tell which.
    if (candidates.length === 1) return candidates[0];
    if (candidates.length > 1) return undefined;
  }
  return undefined;
}

/** People name captures after the interface (`worker2-ens192.pcap`): believed when that node has such an interface. */
function interfaceInName(file: string, node: string | undefined, cluster: Cluster): Interface | undefined {
  if (node === undefined) return undefined;
  const devices = new Set(cluster.nodes.get(node)?.devices.keys());
  // Where the bundle has no `ip link`, addresses and routes name the devices.
  for (const a of cluster.facts.addresses) if (cluster.nodeOf(a) === node) devices.add(a.ifname);
  for (const r of cluster.facts.routes) if (cluster.nodeOf(r) === node && r.dev !== undefined) devices.add(r.dev);
  const base = file.replace(/^.*[/!]/, '');
  const found = [...devices].filter(
    (name) =>
      name !== 'lo' &&
      // A line may name a device of any length; an expression may not be as long.
      name.length <= base.length &&
      new RegExp(`(^|[^A-Za-z0-9])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}([^A-Za-z0-9]|$)`).test(base),
  );
  return found.length === 1 ? { node, ifname: found[0]! } : undefined;
}

function deviceOfTap(
  row: TapRow,
  ifname: string | undefined,
  node: string | undefined,
  cluster: Cluster,
  physical: boolean,
): DeviceRole | 'unknown' {
  if (row.kind === 'log') return 'unknown';
  if (ifname !== undefined && ifname !== 'any') return cluster.device(node, ifname);
  if (ifname === 'any') return 'any';
  // Envelopes, and ARP for node addresses, are seen on physical links only.
  return physical ? 'uplink' : 'unknown';
}
