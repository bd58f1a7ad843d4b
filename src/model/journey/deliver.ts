import type { Host } from '../host/host.js';
import { entryFor, unDnat } from './conntrack.js';
import { decapsulate } from './decapsulate.js';
import { pass } from './hooks.js';
import type { Packet } from './packet.js';
import { ended, type Moved, type Walking } from './walking.js';

/**
 * A packet for the host itself: INPUT, then the tunnel device that the envelope belongs to, or a process. `before` is the
 * packet as it came to the host.
 */
export function deliverHere(host: Host, walking: Walking, before: Packet, iif: string): readonly Moved[] {
  const passed = pass(host, walking, { hook: 'INPUT', iif });
  return [
    ...passed.over,
    ...passed.on.flatMap((on): readonly Moved[] => {
      if (on.inside !== undefined) return [decapsulate(host, on)];
      const entry = on.packet.ct.direction === 'reply' ? entryFor(before, host.name, on.known) : undefined;
      const packet = entry === undefined ? on.packet : unDnat(on.packet, entry);
      const arrived: Walking = {
        ...on,
        packet,
        tracked: [...on.tracked, { node: host.name, before, after: packet, inDev: iif }],
      };
      return [
        ended(
          arrived,
          { node: host.name, stage: 'deliver', dev: iif, says: `handed to a process of ${host.name} at ${packet.dst}` },
          'delivered',
        ),
      ];
    }),
  ];
}
