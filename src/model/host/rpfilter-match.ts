import type { Packet } from '../journey/packet.js';
import type { Judged, RouteKey } from './answer.js';
import type { Host } from './host.js';
import { lookup } from './policy-routing.js';

/** Options of netfilter's `rpfilter` match. */
export interface RpfilterOptions {
  readonly loose: boolean;
  readonly validmark: boolean;
  readonly acceptLocal: boolean;
}

/**
 * Whether `-m rpfilter` (without --invert) matches: the reply would leave by the device that the packet came in by, or, when
 * loose, by any (net/ipv4/netfilter/ipt_rpfilter.c, net/ipv6/netfilter/ip6t_rpfilter.c).
 */
export function rpfilterMatch(host: Host, packet: Packet, iif: string, options: RpfilterOptions): Judged {
  if (iif === 'lo') return { answer: 'yes', says: 'a packet of the host itself', at: [] };
  const six = packet.family === 6;
  // In IPv6 the device of the packet is a wish for the way back, and a demand for link-local sources.
  const bound = six && (!options.loose || /^fe[89ab]/i.test(packet.src));
  const key: RouteKey = {
    family: packet.family,
    dst: packet.src,
    src: /^(?:22[4-9]|23\d)\.|^255\.255\.255\.255$|^0\.|^ff/i.test(packet.dst) ? undefined : packet.dst,
    mark: options.validmark ? packet.mark : 0,
    oif: bound ? iif : undefined,
  };
  const back = lookup(host, key);
  if (back.kind === 'unknown') return { answer: 'unknown', missing: back.missing };
  const missed = (says: string, at: readonly { source: number; line: number }[] = []): Judged =>
    back.assumptions[0] === undefined
      ? { answer: 'no', says, at, ...(back.kind === 'none' ? { searched: back.searched } : {}) }
      : { answer: 'unknown', missing: back.assumptions[0] };
  switch (back.kind) {
    case 'none':
      return missed(`${host.name} has no route back to ${packet.src}`);
    case 'unicast':
      break;
    case 'local':
      if (options.acceptLocal) break;
      return missed(`${packet.src} is an address of ${host.name} itself`, back.at);
    default:
      return missed(`the route back to ${packet.src} is of type ${back.kind}`, back.at);
  }
  const devs = back.kind === 'unicast' ? back.route.hops.map((hop) => hop.dev) : [back.dev];
  if (options.loose || devs.includes(iif)) {
    return { answer: 'yes', says: `the route back to ${packet.src} leaves by ${devs.join(', ')}`, at: back.at };
  }
  return missed(`the route back to ${packet.src} leaves by ${devs.join(', ')}, not by ${iif}`, back.at);
}
