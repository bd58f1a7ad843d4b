import { canonicalAddress, formatIpv4, parseIpv4 } from '../../core/address.js';
import { route } from '../../core/event/network.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';
import type { RowOf } from '../../core/table.js';
import type { Parser } from '../parser.js';
import { asPrinted, wordsOf } from '../pasted.js';

type Row = RowOf<typeof route>;
type Form = 'v4' | 'v6' | 'proc';
/** What the fifth column of IPv4 is: `route -n` has Metric, Ref and Use where `netstat -rn` and `route -e` have MSS, Window and irtt. */
type Fifth = 'metric' | 'mss' | 'unknown';

const TITLE = /^Kernel (?:IP|IPv6|IPv4) routing (?:table|cache)\s*$/;
const HEADING_V4 = /^Destination\s+Gateway\s+Genmask\s+Flags\b.*\bIface\s*$/;
const HEADING_V6 = /^Destination\s+Next Hop\s+Flags?\s+Met(?:ric)?\s+Ref\s+Use\s+If(?:ace)?\s*$/;
const HEADING_PROC = /^Iface\s+Destination\s+Gateway\s+Flags\s+RefCnt\s+Use\s+Metric\s+Mask\b/;
const FLAGS = /^[UGHRDMACBFLe!mnaf]+$/;

function formOf(line: string): Form | undefined {
  return HEADING_V4.test(line) ? 'v4' : HEADING_V6.test(line) ? 'v6' : HEADING_PROC.test(line) ? 'proc' : undefined;
}

/** Prefix length of a netmask, or -1 when its ones are not together. */
export function maskLength(mask: number): number {
  if (mask < 0) return -1;
  const ones = Math.clz32(~mask >>> 0);
  return mask >>> 0 === (ones === 0 ? 0 : (0xffffffff << (32 - ones)) >>> 0) ? ones : -1;
}

/** net-tools prints metrics from 2^31 on as negative numbers. */
const unsigned = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d+$/.test(text) ? Number(text) >>> 0 : undefined;

/** What the flags and the device tell of the type; unreachable and prohibit look alike, and so do blackhole and throw. */
function shape(flags: string, iface: string): Pick<Row, 'type' | 'dev'> {
  const dev = iface === '*' || iface === '-' ? undefined : iface;
  if (flags.includes('!')) return { type: 'unreachable', dev };
  return { type: iface === '*' ? 'blackhole' : 'unicast', dev };
}

/** A gateway that was printed by name (`route` without `-n`) is no address: the flag says that there is one. */
function gateway(flags: string, via: string): Pick<Row, 'via' | 'flags'> {
  if (!flags.includes('G')) return {};
  const address = canonicalAddress(via);
  if (address === undefined) return { flags: ['gateway-by-name'] };
  // The old tools know no gateway of the other family and print zeros.
  return address === '0.0.0.0' || address === '::' ? { flags: ['gateway-not-shown'] } : { via: address };
}

function readV4(words: readonly string[], fifth: Fifth): Row | undefined {
  const [target, via, genmask, flags] = words;
  const iface = words[7];
  if (words.length !== 8 || iface === undefined || !FLAGS.test(flags!)) return undefined;
  const length = maskLength(parseIpv4(genmask!));
  const dst = target === 'default' ? '0.0.0.0/0' : length < 0 ? undefined : canonicalPrefix(`${target}/${length}`);
  if (dst === undefined) return undefined;
  const mtu = fifth === 'mss' ? unsigned(words[4]) : undefined;
  const metric = fifth === 'metric' ? unsigned(words[4]) : undefined;
  return {
    family: 4,
    table: 'main',
    dst,
    metric,
    onlink: false,
    hop: 0,
    mtu: mtu === 0 ? undefined : mtu,
    ...shape(flags!, iface),
    ...gateway(flags!, via!),
  };
}

function readV6(words: readonly string[]): Row | undefined {
  const [target, via, flags, metric] = words;
  const iface = words[6];
  if (words.length !== 7 || iface === undefined || !FLAGS.test(flags!)) return undefined;
  const dst = canonicalPrefix(target!.replace(/^\[(.*)\]/, '$1').replace(/^default$/, '::/0'));
  if (dst === undefined || !dst.includes(':')) return undefined;
  // The kernel's list holds all tables; addresses of this host are the ones with a full prefix and no next hop.
  const own = flags!.includes('n') && !flags!.includes('!') && dst.endsWith('/128');
  const multicast = /^ff00::\/8$/.test(dst);
  return {
    family: 6,
    table: own || multicast ? 'local' : 'main',
    dst,
    metric: unsigned(metric),
    onlink: false,
    hop: 0,
    ...shape(flags!, iface),
    ...(own ? { type: 'local' } : multicast ? { type: 'multicast' } : {}),
    ...gateway(flags!, via!.replace(/^\[(.*)\]$/, '$1')),
  };
}

/** /proc/net/route: addresses as the bytes lie in memory, read as a little-endian number. */
function readProc(words: readonly string[]): Row | undefined {
  if (
    words.length < 8 ||
    !/^[0-9A-F]{4}$/i.test(words[3]!) ||
    ![words[1], words[2], words[7]].every((word) => /^[0-9A-F]{8}$/i.test(word!))
  )
    return undefined;
  const swap = (hex: string): number => {
    const v = Number.parseInt(hex, 16);
    return (((v & 255) << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24)) >>> 0;
  };
  const bits = Number.parseInt(words[3]!, 16);
  const flags = `U${bits & 2 ? 'G' : ''}${bits & 0x200 ? '!' : ''}`;
  const length = maskLength(swap(words[7]!));
  const dst = length < 0 ? undefined : canonicalPrefix(`${formatIpv4(swap(words[1]!))}/${length}`);
  if (dst === undefined) return undefined;
  const mtu = unsigned(words[8]);
  return {
    family: 4,
    table: 'main',
    dst,
    metric: unsigned(words[6]),
    onlink: false,
    hop: 0,
    mtu: mtu === 0 ? undefined : mtu,
    ...shape(flags, words[0]!),
    ...gateway(flags, formatIpv4(swap(words[2]!))),
  };
}

function emit(sink: Sink, row: Row | undefined, at: Line): boolean {
  if (row !== undefined) sink.emit(route, row, at);
  return row !== undefined;
}

/**
 * `route -n`, `netstat -rn`, both also with -6, and /proc/net/route: net-tools `lib/inet_gr.c`, `lib/inet6_gr.c`; kernel
 * `net/ipv4/fib_trie.c`. They show table main only (IPv6: all), and of a multipath route only the first next hop.
 */
export const routeN: Parser = {
  id: 'route-n',
  title: 'route -n, netstat -rn (-4, -6), /proc/net/route',
  command: /^route(?!\s+(?:add|del|flush))(?:\s|$)|^netstat\s+(?:\S+\s+)*-(?:\w*r|-route)|^cat \/proc\/net\/route$/,
  path: /(?:^|[/!])proc\/net\/route$/,
  starts: (line) => TITLE.test(asPrinted(line).trim()) || formOf(asPrinted(line).trim()) !== undefined,
  open(sink) {
    let form: Form | undefined;
    let fifth: Fifth = 'unknown';
    return {
      line(at) {
        const text = asPrinted(at.text).trim();
        if (text === '' || TITLE.test(text)) return true;
        const heading = formOf(text);
        if (heading !== undefined) {
          form = heading;
          fifth = /\bMetric\b/.test(text) ? 'metric' : 'mss';
          return true;
        }
        const words = wordsOf(text);
        if (form === 'v6') return emit(sink, readV6(words), at);
        if (form === 'proc') return emit(sink, readProc(words), at);
        // Also without its heading, which people leave out of what they paste below the command.
        return emit(sink, readV4(words, fifth), at);
      },
    };
  },
};
