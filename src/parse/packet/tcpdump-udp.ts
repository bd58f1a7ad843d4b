import { type Frame, Proto, Tunnel } from '../../core/frame.js';
import { numberAfter } from './number-after.js';
import { markOpaque } from './tcpdump-envelope.js';

/** `UDP, length 64`: a port without a printer of its own. */
export function readUdp(text: string, f: Frame): void {
  f.proto = Proto.udp;
  f.payloadLen = numberAfter(text, /length (\d+)/);
  const length = f.payloadLen;
  const port = f.dport === 51820 || f.dport === 51821 || f.sport === 51820 || f.sport === 51821;
  // Sizes of WireGuard's four message types; tcpdump does not know it.
  if (port && (length === 148 || length === 92 || length === 64 || (length >= 32 && length % 16 === 0))) {
    markOpaque(f, Tunnel.wireguard);
  }
}

/** DNS by its text; what other printers of UDP say is known by `length`. */
export function readDomain(text: string, f: Frame): void {
  f.proto = Proto.udp;
  const m = /^(\d{1,5})([-+*|$%]*)(?= |$)/.exec(text);
  if (m === null) {
    f.payloadLen = numberAfter(text, /\blength:? (\d+)/);
    return;
  }
  f.payloadLen = numberAfter(text, / \((\d+)\)$/);
  f.dnsId = Number(m[1]);
  const counts = / \d+\/\d+\/\d+/.test(text);
  if (!counts && text.includes('[|')) return;
  f.dnsFlags = counts ? 0x8000 : m[2]!.includes('+') ? 0x0100 : 0;
  if (!counts) return;
  if (m[2]!.includes('*')) f.dnsFlags |= 0x0400;
  if (m[2]!.includes('|')) f.dnsFlags |= 0x0200;
  if (!m[2]!.includes('-')) f.dnsFlags |= 0x0080;
  const status = /^\S+ (FormErr|ServFail|NXDomain|NotImp|Refused)\b/.exec(text)?.[1];
  if (status !== undefined) f.dnsFlags |= ['FormErr', 'ServFail', 'NXDomain', 'NotImp', 'Refused'].indexOf(status) + 1;
}
