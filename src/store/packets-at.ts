import { TUNNELS } from '../core/frame.js';
import type { EventStore, SqlRow } from './event-store.js';

/** Where packets are: number of the tap, and of the frame or line. */
export type PacketPlace = readonly [tap: number, place: number];

const COLUMNS =
  'tap, place, time_ns, tunnel, vni, outer_src, outer_dst, outer_dport, src, dst, sport, dport, proto, arp_op, tcp_flags, seq, ack, payload_len, icmp_type, icmp_code, icmp_id, icmp_seq';

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6', 132: 'sctp' };

/** SQL condition on packets at one of these places, at least one. The places by themselves let the database pass over all other packets. */
export const isAt = (places: readonly PacketPlace[]): string =>
  `place IN (${[...new Set(places.map(([, place]) => place))].join(', ')}) AND (tap, place) IN (VALUES ${places.map(([tap, place]) => `(${tap}, ${place})`).join(', ')})`;

/**
 * Packets by place, in the words of the view `packet`, in order of tap and place. The view joins six tables, which takes ten
 * times as long to plan as these few rows to read; what it joins is known here.
 */
export async function packetsAtPlaces(store: EventStore, places: readonly PacketPlace[]): Promise<SqlRow[]> {
  if (places.length === 0) return [];
  const rows = await store.query(`SELECT ${COLUMNS} FROM packet_raw WHERE ${isAt(places)} ORDER BY tap, place`);
  return rows.map((row) => inWords(store, row));
}

function inWords(store: EventStore, row: SqlRow): SqlRow {
  const number = (name: string): number => Number(row[name]);
  const known = (name: string): number | null => (number(name) === -1 ? null : number(name));
  const address = (name: string): string | null => store.addresses.text(number(name)) || null;
  const tap = store.taps[number('tap') - 1]!;
  const source = store.sources[tap.source - 1]!;
  const tunnel = number('tunnel');
  return {
    file: store.artifacts[source.artifact - 1]!.file,
    node: source.node ?? null,
    tap: tap.tap,
    place: number('place'),
    seen_by: tap.kind,
    ifname: tap.ifname ?? null,
    direction: tap.direction,
    time_ns: number('time_ns') === -1 ? null : row['time_ns'],
    time_kind: tap.timeKind,
    tunnel: tunnel === 0 ? null : TUNNELS[tunnel]!,
    vni: known('vni'),
    outer_src: address('outer_src'),
    outer_dst: address('outer_dst'),
    outer_dport: known('outer_dport'),
    src: address('src'),
    sport: known('sport'),
    dst: address('dst'),
    dport: known('dport'),
    proto:
      number('arp_op') > 0
        ? 'arp'
        : number('proto') === -1
          ? null
          : (PROTOCOLS[number('proto')] ?? String(row['proto'])),
    flags: flagsInWords(number('tcp_flags')),
    seq: row['seq'],
    ack: row['ack'],
    payload_len: known('payload_len'),
    icmp_type: known('icmp_type'),
    icmp_code: known('icmp_code'),
    icmp_id: known('icmp_id'),
    icmp_seq: known('icmp_seq'),
  };
}

/** As tcpdump prints them; null where there are none to know. */
const flagsInWords = (bits: number): string | null =>
  bits < 0
    ? null
    : [
        [2, 'S'],
        [1, 'F'],
        [4, 'R'],
        [8, 'P'],
        [16, '.'],
      ]
        .map(([bit, letter]) => ((bits & (bit as number)) === 0 ? '' : letter))
        .join('');
