import type { Host } from '../host/host.js';
import { entryFor, unDnat } from './conntrack.js';
import { pass } from './hooks.js';
import type { Packet } from './packet.js';
import { type Moved, stepped, type Walking } from './walking.js';

/** The last hook, the source of answers given back, and the connection written down for the way back. */
export function postrouting(
  host: Host,
  walking: Walking,
  before: Packet,
  oif: string,
  inDev?: string,
  physIn?: string,
  nextHop?: string,
): readonly (Walking | Moved)[] {
  const entry = walking.packet.ct.direction === 'reply' ? entryFor(before, host.name, walking.known) : undefined;
  const passed = pass(host, walking, { hook: 'POSTROUTING', iif: inDev, oif, physIn, nextHop });
  return [
    ...passed.over,
    ...passed.on.map((on): Walking => {
      let next = on;
      if (entry !== undefined) {
        const given = unDnat(on.packet, entry);
        if (given.src !== on.packet.src || given.sport !== on.packet.sport) {
          next = stepped(
            on,
            {
              node: host.name,
              stage: 'postrouting',
              dev: oif,
              says: `conntrack gives the answer its source back: ${given.src}`,
            },
            given,
          );
        }
      }
      return {
        ...next,
        tracked: [...next.tracked, { node: host.name, before, after: next.packet, inDev, outDev: oif }],
      };
    }),
  ];
}
