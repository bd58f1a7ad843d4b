import type { AddressTable } from '../../core/address.js';
import { type Frame, Stop } from '../../core/frame.js';
import { parseMac } from './mac.js';

/** `Request who-has A tell B`, `Reply A is-at MAC`; `src` and `dst` are sender and target. */
export function readArp(text: string, f: Frame, addresses: AddressTable): boolean {
  const rest = text.replace(/^Ethernet \(len \d+\), (?:IPv4|unknown[^,]*) \(len \d+\), /, '');
  const request = /^(?:Request )?who-has (\S+)(?: \([^)]*\))? tell ([^\s,]+)/i.exec(rest);
  if (request !== null) {
    f.arpOp = 1;
    f.dst = addresses.internText(request[1]!);
    f.src = addresses.internText(request[2]!);
    return true;
  }
  const reply = /^reply (\S+) is-at ([0-9a-f:]+)/i.exec(rest);
  if (reply !== null) {
    f.arpOp = 2;
    f.src = addresses.internText(reply[1]!);
    // Without -e the sender's hardware address stands here alone.
    if (f.macSrc === -1 && f.tunnelDepth === 0) f.macSrc = parseMac(reply[2]!);
    return true;
  }
  const own = /^(?:Request )?(Announcement|Probe) ([^\s,]+)/.exec(rest);
  if (own !== null) {
    f.arpOp = 1;
    f.dst = addresses.internText(own[2]!);
    if (own[1] === 'Announcement') f.src = f.dst;
    return true;
  }
  if (rest.includes('[|')) f.stop = Stop.snaplen;
  else if (!/^(?:Unknown|Reverse|Inverse|Request|Reply)/.test(rest)) return false;
  return true;
}
