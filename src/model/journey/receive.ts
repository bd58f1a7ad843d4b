import type { Host } from '../host/host.js';
import { reversePath } from '../host/reverse-path.js';
import { forwarding } from '../host/settings.js';
import { localIn } from './balance.js';
import { entryFor, tracked, unSnat } from './conntrack.js';
import { pass } from './hooks.js';
import type { Packet } from './packet.js';
import { postrouting } from './postrouting.js';
import { keyOf, route } from './route-step.js';
import { ended, lostTrack, type Moved, type Position, stepped, type Walking } from './walking.js';

/**
 * A packet that comes in by a device (net/ipv4/ip_input.c, route.c): PREROUTING, the routing decision, the reverse-path
 * filter; then up to the host, or FORWARD, POSTROUTING and out. Routing asks for forwarding before it looks at the source.
 */
export function receive(host: Host, start: Walking, iif: string, physIn: string | undefined): readonly Moved[] {
  const entry = entryFor(start.packet, host.name, start.known);
  const before = tracked(start.packet, entry, start.known.length > 0 && start.inside === undefined);
  const walking = stepped(
    start,
    { node: host.name, stage: 'receive', dev: iif, says: `comes in by ${iif}`, at: [] },
    before,
  );
  const out: Moved[] = [];
  const passed = pass(host, walking, { hook: 'PREROUTING', iif, physIn });
  out.push(...passed.over);
  for (const on of passed.on) {
    let here = on;
    if (entry !== undefined) {
      const given = unSnat(on.packet, entry);
      if (given.dst !== on.packet.dst || given.dport !== on.packet.dport) {
        here = stepped(
          on,
          {
            node: host.name,
            stage: 'prerouting',
            dev: iif,
            says: `conntrack knows it as the answer to ${given.dst} and gives the destination back`,
          },
          given,
        );
      }
    }
    out.push(...decide(host, here, before, iif, physIn));
  }
  return out;
}

function decide(
  host: Host,
  walking: Walking,
  before: Packet,
  iif: string,
  physIn: string | undefined,
): readonly Moved[] {
  const out: Moved[] = [];
  for (const routed of route(host, walking, keyOf(walking.packet, { iif }), 'route')) {
    // Every node that carries pods must forward; a bundle without sysctls says nothing to the contrary.
    const may = forwarding(host, iif, walking.packet.family);
    const off = may.kind === 'known' && !may.value;
    const stays = (last: Walking): Moved =>
      ended(
        last,
        {
          node: host.name,
          stage: 'route',
          dev: iif,
          says: `forwarding is off for ${iif}, and ${walking.packet.dst} is elsewhere`,
          at: may.kind === 'known' ? may.at : [],
        },
        'forwarding-disabled',
      );
    if (routed.kind === 'over') {
      const { moved } = routed;
      out.push(off && refused(moved.position) ? stays(moved.walking) : moved);
      continue;
    }
    if (off && routed.kind === 'onwards') {
      out.push(stays(routed.walking));
      continue;
    }
    const back = reversePath(host, routed.walking.packet, iif);
    if (back.answer === 'no') {
      out.push(
        ended(
          routed.walking,
          { node: host.name, stage: 'reverse-path', dev: iif, says: back.says, at: back.at, searched: back.searched },
          'dropped-by-reverse-path',
        ),
      );
      continue;
    }
    const checked =
      back.answer === 'unknown'
        ? { ...routed.walking, assumptions: [...routed.walking.assumptions, back.missing] }
        : routed.walking;
    if (routed.kind === 'local') {
      out.push(...localIn(host, checked, before, iif, routed.dev));
      continue;
    }
    const oif = routed.hop.dev;
    if (oif === undefined) {
      out.push(
        lostTrack(checked, host.name, 'route', {
          what: `the device of the route to ${checked.packet.dst}`,
          collect: `ip route show table all    # on ${host.name}`,
        }),
      );
      continue;
    }
    const forwarded = pass(host, checked, { hook: 'FORWARD', iif, oif, physIn });
    out.push(...forwarded.over);
    for (const on of forwarded.on) {
      for (const last of postrouting(host, on, before, oif, iif, physIn, routed.hop.via)) {
        out.push(
          'position' in last
            ? last
            : { walking: last, position: { at: 'transmit', node: host.name, oif, hop: routed.hop } },
        );
      }
    }
  }
  return out;
}

/** Without forwarding the host does not even complain about its routes (ip_route_input_slow: no_route with EHOSTUNREACH). */
const refused = (position: Position): boolean =>
  position.at === 'end' && ['no-route', 'dropped-by-route', 'rejected-by-route'].includes(position.walk.disposition);
