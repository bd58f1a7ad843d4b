import type { Host } from '../host/host.js';
import { allHold, type Literal, oneFails } from './conditions.js';
import type { Crossing } from './passage.js';
import type { Way } from './way.js';

/** NAT is set up once per connection and direction; a packet that looped back has passed it on its way out. */
export function asksNat({ packet }: Way['sight'], { hook, iif, mapped }: Crossing): boolean {
  if (packet.ct.direction === 'reply' || (hook === 'OUTPUT' && mapped === true)) return false;
  if ((hook === 'PREROUTING' || hook === 'INPUT') && iif === 'lo') return false;
  const isIcmp = packet.proto === 1 || packet.proto === 58;
  return packet.ct.state === 'NEW' || (packet.ct.state === 'RELATED' && !isIcmp);
}

/** Where nothing tells whether the packet is a connection's first, it is taken for both. */
export function guessed(way: Way, host: Host): readonly Way[] {
  const { packet } = way.sight;
  if (packet.ct.state !== 'unknown') return [way];
  const literal: Literal = {
    id: 'first packet',
    yes: true,
    missing: {
      what: `whether conntrack of ${host.name} knows the connection`,
      collect: `conntrack -L    # on ${host.name}`,
    },
    choice: false,
  };
  const as = (state: 'NEW' | 'ESTABLISHED'): Way['sight'] => ({
    ...way.sight,
    packet: { ...packet, ct: { ...packet.ct, state } },
  });
  return [
    { ...way, sight: as('NEW'), when: allHold(way.when, [literal]) },
    { ...way, sight: as('ESTABLISHED'), when: oneFails(way.when, [literal]) },
  ];
}
