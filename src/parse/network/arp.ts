import { parseIpv4 } from '../../core/address.js';
import { neighbour } from '../../core/event/network.js';
import type { RowOf } from '../../core/table.js';
import type { Parser } from '../parser.js';
import { asPrinted, wordsOf } from '../pasted.js';

type Row = RowOf<typeof neighbour>;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2})+$/i;
const HEADING = /^(?:Address\s+HWtype\s+HWaddress\s+Flags|IP address\s+HW type\s+Flags\s+HW address)/;

/** ARP does not tell how fresh an entry is: `COMPLETE` stands for reachable, stale, delay and probe alike. */
const stateOf = (permanent: boolean, published: boolean, complete: boolean): string =>
  published ? 'proxy' : permanent ? 'PERMANENT' : complete ? 'COMPLETE' : 'INCOMPLETE';

/** `? (10.0.0.1) at 0e:… [ether] PERM on eth0`; BusyBox spells PUB as PUP. */
function bsd(line: string): Row | undefined {
  const match =
    /^\s*\S+ \(([0-9.]+)\) at (\S+)((?: \[\w+\])?(?: PERM| PU[BP]| TRAIL| netmask \S+)*)\s+on (\S+)\s*$/.exec(line);
  if (match === null || parseIpv4(match[1]!) < 0) return undefined;
  const mac = MAC.test(match[2]!) ? match[2]!.toLowerCase() : undefined;
  return {
    address: match[1]!,
    dev: match[4]!,
    mac,
    state: stateOf(/ PERM/.test(match[3]!), / PU[BP]/.test(match[3]!), mac !== undefined),
  };
}

/** A line of `arp -n`: `10.0.0.1  ether  0e:…  CM  eth0`, or `10.0.0.9  (incomplete)  eth0`. */
function table(words: readonly string[]): Row | undefined {
  const dev = words.at(-1);
  if (words[0] === undefined || dev === undefined || parseIpv4(words[0]) < 0) return undefined;
  if (words[1] === '(incomplete)' && words.length === 3) return { address: words[0], dev, state: 'INCOMPLETE' };
  if (words.length < 5) return undefined;
  const flags = words[3]!;
  const mac = MAC.test(words[2]!) ? words[2]!.toLowerCase() : undefined;
  if (!/^[CMP!]+$/.test(flags) || (mac === undefined && words[2] !== '<from_interface>' && words[2] !== '*'))
    return undefined;
  return { address: words[0], dev, mac, state: stateOf(flags.includes('M'), flags.includes('P'), flags.includes('C')) };
}

/** A line of /proc/net/arp: `10.0.0.1  0x1  0x2  0e:…  *  eth0` (flags: 2 complete, 4 permanent, 8 published). */
function proc(words: readonly string[]): Row | undefined {
  if (words.length !== 6 || parseIpv4(words[0]!) < 0 || !/^0x\w+$/.test(words[1]!) || !/^0x\w+$/.test(words[2]!))
    return undefined;
  const flags = Number(words[2]);
  // After a failure the kernel still shows the address it last knew; without the complete bit it is not used.
  const mac =
    (flags & 2) !== 0 && MAC.test(words[3]!) && words[3] !== '00:00:00:00:00:00' ? words[3]!.toLowerCase() : undefined;
  return {
    address: words[0]!,
    dev: words[5]!,
    mac,
    state: stateOf((flags & 4) !== 0, (flags & 8) !== 0, (flags & 2) !== 0),
  };
}

/** The ARP cache: net-tools `arp.c` (both styles; arp(8)), BusyBox `networking/arp.c` and the kernel's `net/ipv4/arp.c` (/proc/net/arp). */
export const arp: Parser = {
  id: 'arp',
  title: 'arp -n, arp -an, /proc/net/arp',
  command: /^arp\b|^cat \/proc\/net\/arp\b/,
  path: /(?:^|[/!])proc\/net\/arp$/,
  starts: (line) => HEADING.test(asPrinted(line).trimStart()) || bsd(asPrinted(line)) !== undefined,
  open: (sink) => ({
    line(at) {
      const text = asPrinted(at.text);
      const words = wordsOf(text);
      if (words.length === 0 || HEADING.test(text.trimStart()) || /^Entries: \d+/.test(text)) return true;
      const row = proc(words) ?? table(words) ?? bsd(text);
      if (row !== undefined) sink.emit(neighbour, row, at);
      return row !== undefined;
    },
  }),
};
