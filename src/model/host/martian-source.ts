import type { Packet } from '../journey/packet.js';
import type { Judged } from './answer.js';
import type { Host } from './host.js';
import { no, yes } from './judgement.js';
import { eitherSetting } from './settings.js';

/** True for IPv4 multicast groups. */
export const isMulticast = (address: string): boolean => /^(?:22[4-9]|23\d)\./.test(address);

/**
 * Sources that no host can have, checked before any route is looked up (ip_route_input_slow, net/ipv4/route.c); undefined
 * when the routes have to tell.
 */
export function martianSource(host: Host, { src, dst }: Packet, iif: string): Judged | undefined {
  if (isMulticast(src) || src === '255.255.255.255') return no(`${src} is no host's address`, []);
  if (dst === '255.255.255.255') return yes('limited broadcast is for everybody on the link');
  if (/^0\./.test(src)) return no(`${src} is no host's address`, []);
  if (/^127\./.test(src)) {
    const allowed = eitherSetting(host, iif, 'route_localnet');
    if (allowed.kind === 'unknown') return { answer: 'unknown', missing: allowed.missing };
    if (!allowed.value) return no(`${src} is a loopback address and route_localnet is off`, allowed.at);
  }
  return undefined;
}
