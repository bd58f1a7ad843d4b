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
/** What a bridge says of its port. */
export type PortFacts = Partial<Pick<LinkFacts, 'port_state' | 'hairpin'>>;

/** Settings with the line that shows them. */
export interface Settings {
  readonly facts: TunnelFacts & PortFacts;
  readonly at: Line;
}

/**
 * Emits an interface. Settings that stand on a line of their own give a row more, so that each fact cites the line that shows
 * it: first what the interface's line says, then everything, with kind and settings.
 */
export function emitLink(sink: Sink, facts: LinkFacts, at: Line, settings: readonly Settings[]): void {
  const told = settings.filter((one) => Object.keys(one.facts).length > 0);
  if (told.length === 0) {
    sink.emit(link, facts, at);
    return;
  }
  if (told.every((one) => one.at !== at)) sink.emit(link, { ...facts, kind: undefined }, at);
  let known = facts;
  for (const one of told) {
    known = { ...known, ...one.facts };
    // Those of one line are one row.
    if (one.at !== told[told.indexOf(one) + 1]?.at) sink.emit(link, known, one.at);
  }
}

/** The port's settings in `bridge_slave state forwarding … hairpin off …` (iproute2 `ip/iplink_bridge_slave.c`). */
export function portOf(words: readonly string[]): PortFacts {
  const after = (word: string): string | undefined => {
    const at = words.indexOf(word);
    return at < 0 ? undefined : words[at + 1];
  };
  const hairpin = after('hairpin');
  return { port_state: after('state'), hairpin: hairpin === undefined ? undefined : hairpin === 'on' };
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
