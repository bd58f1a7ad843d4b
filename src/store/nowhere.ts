import type { AddressTable } from '../core/address.js';
import type { Sink } from '../core/sink.js';

/** Takes what a parser makes of text that is left out, and keeps nothing of it. */
export function nowhere(addresses: AddressTable): Sink {
  const nothing = (): void => undefined;
  const sink: Sink = {
    addresses,
    tap: () => 0,
    packet: nothing,
    packetIn: nothing,
    emit: nothing,
    capture: nothing,
    note: nothing,
    host: nothing,
    of: () => sink,
  };
  return sink;
}
