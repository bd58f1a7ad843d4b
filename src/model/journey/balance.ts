import type { Host } from '../host/host.js';
import { type RealServer, type VirtualServer, virtualServer } from '../host/virtual-server.js';
import { deliverHere } from './deliver.js';
import { pass } from './hooks.js';
import type { Packet } from './packet.js';
import { postrouting } from './postrouting.js';
import { keyOf, route } from './route-step.js';
import { ended, lostTrack, type Moved, stepped, type Walking } from './walking.js';

/** IPVS takes packets in LOCAL_IN after the filters and before source NAT (NF_IP_PRI_NAT_SRC - 1, ip_vs_ops). */
const IN_PRIORITY = 99;

/** A packet for the host itself: IPVS may take it after INPUT and send it on; what it leaves is delivered. */
export function localIn(
  host: Host,
  walking: Walking,
  before: Packet,
  iif: string,
  dev: string | undefined,
): readonly Moved[] {
  const server = walking.inside === undefined ? virtualServer(host, walking.packet, dev) : undefined;
  if (server === undefined) return deliverHere(host, walking, before, iif);
  const passed = pass(host, walking, { hook: 'INPUT', iif, before: IN_PRIORITY });
  return [...passed.over, ...passed.on.flatMap((on) => balance(host, on, before, server, 'input', iif))];
}

/**
 * What IPVS does (ip_vs_nat_xmit of ip_vs_xmit.c): the real server becomes the destination, the packet is routed as one of the
 * host's own, and passes OUTPUT and POSTROUTING but not FORWARD. A real server on the host itself gets it at once.
 */
export function balance(
  host: Host,
  walking: Walking,
  before: Packet,
  server: VirtualServer,
  stage: 'input' | 'output',
  iif: string | undefined,
): readonly Moved[] {
  const { packet } = walking;
  switch (server.kind) {
    case 'unknown':
      return [lostTrack(walking, host.name, stage, server.missing)];
    case 'refused':
      return [
        ended(
          walking,
          {
            node: host.name,
            stage,
            says: `IPVS has no real server for ${packet.dst}:${packet.dport} that takes connections, and refuses it`,
            at: server.at,
          },
          'rejected-by-rule',
        ),
      ];
    case 'servers':
      return server.servers.flatMap((real, i) => {
        const of = server.servers.length;
        const choice = of > 1 ? `${words(real)}, ${i + 1} of ${of}` : walking.choice;
        return toServer(host, { ...walking, choice }, before, real, stage, iif);
      });
  }
}

const words = ({ address, port }: RealServer): string =>
  port === undefined ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

function toServer(
  host: Host,
  walking: Walking,
  before: Packet,
  real: RealServer,
  stage: 'input' | 'output',
  iif: string | undefined,
): readonly Moved[] {
  if (real.forward !== 'Masq') {
    return [
      lostTrack(walking, host.name, stage, {
        what: `how IPVS reaches ${words(real)} by ${real.forward ?? 'an unknown method'}`,
        collect: `tcpdump -nn -e -i any host ${real.address}    # on ${host.name}`,
        at: [real.at],
      }),
    ];
  }
  const packet: Packet = { ...walking.packet, dst: real.address, dport: real.port ?? walking.packet.dport };
  const translated = stepped(
    walking,
    { node: host.name, stage, says: `IPVS gives it to the real server ${words(real)}`, at: [real.at] },
    packet,
  );
  // Routed by destination alone, as something new (do_output_route4).
  const key = keyOf({ ...packet, src: '', mark: 0 });
  return route(host, translated, key, 'output-route').flatMap((routed): readonly Moved[] => {
    if (routed.kind === 'over') return [routed.moved];
    if (routed.kind === 'local') {
      const last = { node: host.name, before, after: packet, inDev: iif };
      return [
        ended(
          { ...routed.walking, tracked: [...routed.walking.tracked, last] },
          {
            node: host.name,
            stage: 'deliver',
            dev: iif,
            says: `handed to a process of ${host.name} at ${packet.dst}`,
          },
          'delivered',
        ),
      ];
    }
    const { hop } = routed;
    const oif = hop.dev;
    if (oif === undefined) {
      return [
        lostTrack(routed.walking, host.name, 'output-route', {
          what: `the device of the route to ${packet.dst}`,
          collect: `ip route show table all    # on ${host.name}`,
        }),
      ];
    }
    const passed = pass(host, routed.walking, { hook: 'OUTPUT', oif, nextHop: hop.via, mapped: true });
    return [
      ...passed.over,
      ...passed.on.flatMap((on) =>
        postrouting(host, on, before, oif, iif, undefined, hop.via).map(
          (left): Moved =>
            'position' in left
              ? left
              : { walking: left, position: { at: 'transmit', node: host.name, oif, hop: routed.hop } },
        ),
      ),
    ];
  });
}
