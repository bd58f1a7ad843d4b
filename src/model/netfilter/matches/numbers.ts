import { wordTable } from '../../../core/word-table.js';

/** Names that iptables-save writes where the packet has numbers. */

const PROTOCOLS = wordTable<number>({
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  ipip: 4,
  'ip-in-ip': 4,
  tcp: 6,
  egp: 8,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  'ipv6-icmp': 58,
  ospf: 89,
  ospfigp: 89,
  pim: 103,
  ipcomp: 108,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  mh: 135,
  'mobility-header': 135,
  udplite: 136,
});

/** Protocol number of a name or number; undefined when it is neither. */
export function protocolNumber(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  return PROTOCOLS[text.toLowerCase()];
}

/** True for a protocol whose header begins with two ports. */
export const hasPorts = (proto: number): boolean =>
  proto === 6 || proto === 17 || proto === 33 || proto === 132 || proto === 136;

const PORTS = wordTable<number>({
  ftp: 21,
  ssh: 22,
  domain: 53,
  bootps: 67,
  bootpc: 68,
  http: 80,
  https: 443,
});

/** `80`, `80:90`, `:90`, `80:`, `80-90`: lowest and highest port; undefined when it is none. */
export function portRange(text: string): readonly [number, number] | undefined {
  const ends = text.split(/[:-]/);
  if (ends.length > 2) return undefined;
  const number = (end: string, absent: number): number =>
    end === '' ? absent : /^\d{1,5}$/.test(end) ? Number(end) : (PORTS[end] ?? Number.NaN);
  const low = number(ends[0]!, 0);
  const high = ends.length === 1 ? low : number(ends[1]!, 65_535);
  return Number.isNaN(low) || Number.isNaN(high) ? undefined : [low, high];
}

/** `0x4000/0xff00`: value and mask; the mask is all ones when there is none. */
export function valueMask(text: string): readonly [number, number] | undefined {
  const parts = text.split('/');
  const numbers = parts.map((part) => (/^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(part) ? Number(part) >>> 0 : Number.NaN));
  if (parts.length > 2 || numbers.some(Number.isNaN)) return undefined;
  return [numbers[0]!, numbers[1] ?? 0xffffffff];
}

/** `80`, `100:1500`, `100:`: lowest and highest number. */
export function numberRange(text: string): readonly [number, number] | undefined {
  const match = /^(\d*)(?::(\d*))?$/.exec(text);
  if (match === null || text === '') return undefined;
  const low = match[1] === '' ? 0 : Number(match[1]);
  return [low, match[2] === undefined ? low : match[2] === '' ? Number.POSITIVE_INFINITY : Number(match[2])];
}
