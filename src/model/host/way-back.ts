import type { Placed } from '../facts.js';
import type { Missing } from '../journey/missing.js';
import type { Packet } from '../journey/packet.js';
import type { Judged, RouteAnswer } from './answer.js';
import { isWhole } from './choose-dump.js';
import type { Host, HostRoute } from './host.js';
import { no } from './judgement.js';
import { eitherSetting, rpFilter } from './settings.js';

/** A packet on a device, with the device by which it would go on (absent: to the host) and the filter's value. */
export interface Arrival {
  readonly host: Host;
  readonly packet: Packet;
  readonly iif: string;
  readonly oif: string | undefined;
  readonly filter: number;
}

/** A route back, whichever way it was judged. */
type Way = Pick<Extract<RouteAnswer, { kind: 'unicast' }>, 'at' | 'assumptions'> & {
  readonly route?: HostRoute | undefined;
};

/** There is a route back: the filter asks whether it leaves by the device that the packet came by. */
export function byDevice(given: Arrival, back: Way, setting: readonly Placed[]): Judged {
  const { packet, iif, filter } = given;
  if (back.route?.hops.some((hop) => hop.dev === iif) === true) {
    return { answer: 'yes', says: `the route back to ${packet.src} leaves by ${iif}`, at: back.at };
  }
  const [assumed] = back.assumptions;
  return assumed !== undefined && filter !== 0
    ? { answer: 'unknown', missing: assumed }
    : anotherDevice(given, back, setting);
}

/** The route back leaves elsewhere: 1 drops; 2 drops only on a device without an IPv4 address. */
function anotherDevice({ host, packet, iif, filter }: Arrival, back: Way, setting: readonly Placed[]): Judged {
  const routeLines = back.at;
  const devs = back.route?.hops.map((hop) => hop.dev).join(', ') ?? '';
  const elsewhere = `the route back to ${packet.src} leaves by ${devs || 'another device'}, not by ${iif}`;
  if (filter === 0) return { answer: 'yes', says: 'rp_filter is 0', at: setting };
  if (filter === 1) return no(`rp_filter of ${iif} is 1 and ${elsewhere}`, [...setting, ...routeLines]);
  const own = host.addresses[4];
  if (own.value.some((address) => address.ifname === iif)) {
    return {
      answer: 'yes',
      says: `rp_filter of ${iif} is 2 and there is a route back to ${packet.src}`,
      at: [...setting, ...routeLines],
    };
  }
  if (!isWhole(own, iif))
    return unknownJudgement(`whether ${iif} has an address on ${host.name}`, `ip addr    # on ${host.name}`);
  return {
    answer: 'no',
    says: `rp_filter of ${iif} is 2, ${iif} has no IPv4 address, and ${elsewhere}`,
    at: [...setting, ...routeLines],
    searched: own.sources,
  };
}

/** No route back at all. */
export function lastResort(
  { host, packet, iif, filter }: Arrival,
  back: RouteAnswer,
  setting: readonly Placed[],
): Judged {
  if (filter === 0) return { answer: 'yes', says: 'rp_filter is 0', at: setting };
  if (back.kind === 'none' && back.assumptions[0] !== undefined)
    return { answer: 'unknown', missing: back.assumptions[0] };
  return {
    answer: 'no',
    says: `rp_filter of ${iif} is ${filter} and ${host.name} has no route back to ${packet.src}`,
    at: [...setting, ...('at' in back ? back.at : [])],
    searched: back.kind === 'none' ? back.searched : undefined,
  };
}

/** Without a filter only the host's own addresses are refused: `accept_local` is off by default, and hardly ever on. */
export function ownSource({ host, packet, iif }: Arrival): Judged {
  const own = host.addresses[4].value.find((address) => address.address === packet.src);
  if (own === undefined) return { answer: 'yes', says: `rp_filter of ${iif} is 0`, at: settingLines(host, iif) };
  const accepted = eitherSetting(host, iif, 'accept_local');
  // The kernel's own default is off, and hardly anybody turns it on.
  if (accepted.kind === 'known' && accepted.value)
    return { answer: 'yes', says: 'accept_local is on', at: accepted.at };
  return no(`${packet.src} is an address of ${host.name} itself`, [{ source: own.at.source, line: own.at.line }]);
}

/** Lines that give the filter's value on a device. */
export const settingLines = (host: Host, dev: string): readonly Placed[] => {
  const setting = rpFilter(host, dev);
  return setting.kind === 'known' ? setting.at : [];
};

export const unknownJudgement = (what: string, collect: string): Judged => ({
  answer: 'unknown',
  missing: { what, collect } satisfies Missing,
});
