import { canonicalAddress } from '../../core/address.js';
import { counter, link } from '../../core/event/network.js';
import type { Line, Sink } from '../../core/sink.js';
import type { RowOf } from '../../core/table.js';

/** What is collected of one interface before its row is emitted. */
export type LinkFacts = { -readonly [K in keyof RowOf<typeof link>]: RowOf<typeof link>[K] };
/** The settings of a tunnel device, which are printed apart from the interface's own line. */
export type TunnelFacts = Partial<
  Pick<LinkFacts, 'vxlan_vni' | 'vxlan_local' | 'vxlan_remote' | 'vxlan_port' | 'vxlan_dev' | 'vxlan_learning'>
>;

/**
 * Emits an interface. A tunnel device gives two rows when its settings stand on a line of their own, so that each fact
 * cites the line that shows it: first what the interface's line says, then everything, with kind and settings.
 */
export function emitLink(
  sink: Sink,
  facts: LinkFacts,
  at: Line,
  tunnel: TunnelFacts | undefined,
  tunnelAt: Line,
): void {
  if (tunnel === undefined || Object.keys(tunnel).length === 0) {
    sink.emit(link, facts, at);
    return;
  }
  if (tunnelAt !== at) sink.emit(link, { ...facts, kind: undefined }, at);
  sink.emit(link, { ...facts, ...tunnel }, tunnelAt);
}

/** A tunnel end point as iproute2 prints it; `any` and the zero address mean that there is none. */
export function endpoint(text: string | undefined): string | undefined {
  const address = text === undefined ? undefined : canonicalAddress(text);
  return address === '0.0.0.0' || address === '::' ? undefined : address;
}

/** The part behind `@`: `NONE` is no interface. */
export const parentName = (text: string | undefined): string | undefined =>
  text === undefined || text === 'NONE' ? undefined : text;

/** Column headings of `ip -s link` (iproute2 `ip/ipaddress.c`, print_link_stats64) as the keys of its JSON. */
const STATISTICS: ReadonlyMap<string, string> = new Map([
  ['overrun', 'over_errors'],
  ['missed', 'missed_errors'],
  ['mcast', 'multicast'],
  ['length', 'length_errors'],
  ['crc', 'crc_errors'],
  ['frame', 'frame_errors'],
  ['fifo', 'fifo_errors'],
  ['carrier', 'carrier_errors'],
  ['collsns', 'collisions'],
  ['aborted', 'aborted_errors'],
  ['window', 'window_errors'],
  ['heartbt', 'heartbeat_errors'],
  ['transns', 'carrier_changes'],
]);

/** Emits one device counter; `heading` is `ip -s link`'s word or already the JSON key. */
export function emitDeviceCounter(
  sink: Sink,
  ifname: string,
  direction: 'rx' | 'tx',
  heading: string,
  value: bigint,
  at: Line,
): void {
  sink.emit(
    counter,
    { origin: 'ip-link', name: `${direction}_${STATISTICS.get(heading) ?? heading}`, value, ifname },
    at,
  );
}
