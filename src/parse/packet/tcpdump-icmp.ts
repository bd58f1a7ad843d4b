import type { AddressTable } from '../../core/address.js';
import { type Frame, Proto } from '../../core/frame.js';
import { wordTable } from '../../core/word-table.js';
import { readPort } from './port-name.js';

const PORT_PROTOCOLS = wordTable<number>({ tcp: Proto.tcp, udp: Proto.udp });

/** Codes of "unreachable" by what stands after the dash; two where `net` and `host` differ. */
const REASONS = wordTable<readonly [net: number, host: number]>({
  '': [0, 1],
  'need to frag': [4, 4],
  'source route failed': [5, 5],
  unknown: [6, 7],
  'source host isolated': [8, 8],
  'admin prohibited': [9, 10],
  'tos prohibited': [11, 12],
  'admin prohibited filter': [13, 13],
  'host precedence violation': [14, 14],
  'precedence cutoff': [15, 15],
});

function echo(text: string, frame: Frame, request: number, reply: number): boolean {
  const m = /^echo (request|reply)(?:, id (\d+))?(?:, seq (\d+))?(?:, length:? (\d+))?/.exec(text);
  if (m === null) return false;
  frame.icmpType = m[1] === 'request' ? request : reply;
  frame.icmpCode = 0;
  if (m[2] !== undefined) frame.icmpId = Number(m[2]);
  if (m[3] !== undefined) frame.icmpSeq = Number(m[3]);
  // The printed length is the ICMP message's.
  if (m[4] !== undefined && Number(m[4]) >= 8) frame.payloadLen = Number(m[4]) - 8;
  // -v of ICMPv6 leaves the length to the header's line.
  else if (frame.ipLen >= 48 && request === 128) frame.payloadLen = frame.ipLen - 48;
  return true;
}

function type(frame: Frame, icmpType: number, icmpCode: number): void {
  frame.icmpType = icmpType;
  frame.icmpCode = icmpCode;
}

/**
 * What follows `ICMP ` (tcpdump print-icmp.c). The address of an "unreachable" is the quoted packet's destination:
 * without -v all that is known of that packet.
 */
export function readIcmp(text: string, frame: Frame, addresses: AddressTable): void {
  if (echo(text, frame, 8, 0)) return;
  let m = /^(\S+) (tcp|udp|protocol (\d+)) port (\S+) unreachable/.exec(text);
  if (m !== null) {
    type(frame, 3, 3);
    frame.quotedDst = addresses.internText(m[1]!);
    frame.quotedProto = m[3] !== undefined ? Number(m[3]) : PORT_PROTOCOLS[m[2]!]!;
    frame.quotedDport = readPort(m[4]!);
    return;
  }
  m = /^(\S+) protocol (\d+)\S* unreachable/.exec(text);
  if (m !== null) {
    type(frame, 3, 2);
    frame.quotedDst = addresses.internText(m[1]!);
    frame.quotedProto = Number(m[2]);
    return;
  }
  m = /^(?:(net|host) )?(\S+) unreachable(?: - ([a-z ]+?))?(?: \(mtu (\d+)\))?(?:,|$)/.exec(text);
  if (m !== null) {
    const codes = REASONS[m[3] ?? ''];
    type(frame, 3, codes === undefined ? -1 : codes[m[1] === 'net' ? 0 : 1]);
    frame.quotedDst = addresses.internText(m[2]!);
    if (m[4] !== undefined) frame.icmpMtu = Number(m[4]);
    return;
  }
  m = /^redirect(-tos)? (\S+) to (net|host) /.exec(text);
  if (m !== null) {
    type(frame, 5, (m[1] === undefined ? 0 : 2) + (m[3] === 'host' ? 1 : 0));
    frame.quotedDst = addresses.internText(m[2]!);
    return;
  }
  if (text.startsWith('time exceeded in-transit')) type(frame, 11, 0);
  else if (text.startsWith('ip reassembly time exceeded')) type(frame, 11, 1);
  else if (text.startsWith('source quench')) type(frame, 4, 0);
  else if (text.startsWith('parameter problem')) type(frame, 12, 0);
  else if (text.startsWith('router advertisement')) type(frame, 9, 0);
  else if (text.startsWith('router solicitation')) type(frame, 10, 0);
  else if (text.startsWith('time stamp query')) type(frame, 13, 0);
  else if (text.startsWith('time stamp reply')) type(frame, 14, 0);
  else if (text.startsWith('address mask request')) type(frame, 17, 0);
  else if (text.startsWith('address mask is')) type(frame, 18, 0);
}

const TYPES6: readonly (readonly [string, number])[] = [
  ['packet too big', 2],
  ['time exceeded', 3],
  ['parameter problem', 4],
  ['multicast listener report v2', 143],
  ['multicast listener query', 130],
  ['multicast listener report', 131],
  ['multicast listener done', 132],
  ['router solicitation', 133],
  ['router advertisement', 134],
  ['neighbor solicitation', 135],
  ['neighbor advertisement', 136],
  ['redirect', 137],
];

/** What follows `ICMP6, ` (tcpdump print-icmp6.c). */
export function readIcmp6(text: string, frame: Frame, addresses: AddressTable): void {
  if (echo(text, frame, 128, 129)) return;
  const m =
    /^destination unreachable, +(?:unreachable (route|prohibited|address|port)|beyond scope),? ?(\S+?)?(?:,.*| (?:(tcp|udp)|protocol (\d+)) port (\S+).*| .*)?$/.exec(
      text,
    );
  if (m !== null) {
    type(frame, 1, { route: 0, prohibited: 1, address: 3, port: 4 }[m[1] ?? ''] ?? 2);
    frame.quotedDst = addresses.internText(m[2] ?? '');
    if (m[3] !== undefined) frame.quotedProto = PORT_PROTOCOLS[m[3]]!;
    else if (m[4] !== undefined) frame.quotedProto = Number(m[4]);
    if (m[5] !== undefined) frame.quotedDport = readPort(m[5].replace(/,$/, ''));
    return;
  }
  const known = TYPES6.find(([words]) => text.startsWith(words));
  if (known === undefined) return;
  type(frame, known[1], known[1] === 3 && text.includes('reassembly') ? 1 : 0);
  const mtu = known[1] === 2 ? /mtu (\d+)/.exec(text) : null;
  if (mtu !== null) frame.icmpMtu = Number(mtu[1]);
  const target = known[1] === 3 ? /in-transit for (\S+?),?(?: |$)/.exec(text) : null;
  if (target !== null) frame.quotedDst = addresses.internText(target[1]!);
}
