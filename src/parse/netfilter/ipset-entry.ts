import { canonicalAddress } from '../../core/address.js';
import { ipsetMember } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';

/** Options that may follow an element (ipset(8)); the value tells how many words each takes. */
const OPTIONS = wordTable<number>({
  timeout: 1,
  nomatch: 0,
  packets: 1,
  bytes: 1,
  skbmark: 1,
  skbprio: 1,
  skbqueue: 1,
  wildcard: 0,
  comment: 1,
  before: 1,
  after: 1,
});

/** Canonical text of one part of an element: addresses and prefixes; ports, devices, marks and MACs stay as printed. */
function part(text: string): string {
  const slash = text.indexOf('/');
  const address = canonicalAddress(slash < 0 ? text : text.slice(0, slash));
  return address === undefined ? text : address + (slash < 0 ? '' : text.slice(slash));
}

const isAddress = (text: string): boolean => canonicalAddress(text.replace(/[/-].*$/, '')) !== undefined;
const isMac = (text: string): boolean => /^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/.test(text);

/**
 * An element in canonical form, or undefined when the text cannot be an element of that type of set (of any type with
 * addresses, MACs or ports when the type is not known). Elements have no blanks, and their first part tells them.
 */
export function ipsetElement(text: string, type?: string): string | undefined {
  if (!/^[\w.:,/@%+~*#-]+$/.test(text)) return undefined;
  const first = text.split(',')[0]!;
  const kind = type === undefined ? '' : type.slice(type.indexOf(':') + 1).split(',')[0]!;
  const fits =
    kind === 'set'
      ? true
      : kind === 'mac'
        ? isMac(first)
        : kind === 'port'
          ? /^\d+(-\d+)?$/.test(first)
          : isAddress(first) || (kind === '' && isMac(first));
  return fits ? text.split(',').map(part).join(',') : undefined;
}

/**
 * Reads `element [timeout N] [nomatch] [packets N bytes N] [comment "…"] …`, in any order, and emits the member. False
 * when the line is not an entry. The comment is a quoted text without quotes inside; it goes first, as it has blanks.
 */
export function readIpsetEntry(sink: Sink, set: string, type: string | undefined, text: string, at: Line): boolean {
  const quoted = / comment "([^"]*)"/.exec(text);
  const plain = quoted === null ? text : text.slice(0, quoted.index) + text.slice(quoted.index + quoted[0].length);
  const words = plain.trim().split(/\s+/);
  let member = ipsetElement(words[0]!, type);
  if (member === undefined) return false;
  let nomatch = false;
  let timeout: number | undefined;
  let comment = quoted?.[1];
  for (let i = 1; i < words.length; i++) {
    const name = words[i]!;
    const values = OPTIONS[name];
    if (values === undefined || i + values >= words.length) return false;
    if (name === 'nomatch') nomatch = true;
    // The device is a prefix of names: part of what the entry says.
    if (name === 'wildcard') member += ' wildcard';
    if (name === 'timeout' && /^\d+$/.test(words[i + 1]!)) timeout = Number(words[i + 1]);
    if (name === 'comment') comment = words[i + 1]!.replace(/^"|"$/g, '');
    i += values;
  }
  sink.emit(ipsetMember, { set, member, nomatch, timeout, comment }, at);
  return true;
}

/** `hash:net`, `bitmap:port`, `list:set`, …: the types of ipset(8); a blank after the colon is a retyped screenshot's. */
export const IPSET_TYPE =
  /^(hash|bitmap|list): ?(ip|net|mac|port|set|ip,port|ip,mark|ip,mac|net,net|net,port|net,iface|ip,port,ip|ip,port,net|net,port,net|ip,port,ip,mark)$/;
