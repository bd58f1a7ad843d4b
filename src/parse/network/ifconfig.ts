import { canonicalAddress, parseIpv4 } from '../../core/address.js';
import { interfaceAddress, link } from '../../core/event/network.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { emitDeviceCounter, type LinkFacts } from './link-rows.js';
import { maskLength } from './route-n.js';

/** `eth0: flags=4163<UP,BROADCAST>  mtu 1500` (net-tools 2) */
const NEW = /^\s{0,3}([^\s:]+(?::[^\s:]+)?):\s+flags=\d+<([A-Z0-9_,-]*)>\s+(?:metric \d+\s+)?mtu (\d+)/;
/** `eth0      Link encap:Ethernet  HWaddr 52:54:00:12:34:56` (net-tools 1, busybox) */
const OLD = /^\s{0,3}(\S+)\s+Link encap:./;
const HARDWARE = /(?<!\s)\s{2,}HWaddr\s+([0-9A-Fa-f:]+)\s*$/;
const SHORT = /^Iface\s+MTU\s+(?:Met\s+)?RX-OK\s/;
const FLAG_LINE = /^\s+((?:[A-Z]+\s+)*)MTU:(\d+)\s+Metric:\d+/;
const SCOPES = wordTable<string>({
  Global: 'global',
  global: 'global',
  Link: 'link',
  link: 'link',
  Host: 'host',
  host: 'host',
  Site: 'site',
  site: 'site',
});
/** Words of ifconfig as the keys of `ip -j -s link`. */
const NAMES = wordTable<string>({
  overruns: 'fifo_errors',
  frame: 'frame_errors',
  carrier: 'carrier_errors',
});

function emitAddress(
  sink: Sink,
  ifname: string,
  at: Line,
  local: string,
  length: number,
  peer?: string,
  scope?: string,
): boolean {
  const address = canonicalAddress(local);
  if (address === undefined || length < 0 || Number.isNaN(length)) return false;
  sink.emit(
    interfaceAddress,
    {
      ifname,
      address,
      prefix_length: length,
      family: address.includes(':') ? 6 : 4,
      peer: peer === undefined ? undefined : canonicalAddress(peer),
      scope,
    },
    at,
  );
  return true;
}

function open(sink: Sink): LineReader {
  let current: { readonly facts: LinkFacts; readonly at: Line } | undefined;
  let ifname: string | undefined;

  const flush = (): void => {
    if (current !== undefined) sink.emit(link, current.facts, current.at);
    current = undefined;
  };
  /** `eth0:vip` is a second address of eth0, no interface. */
  const begin = (name: string, facts: Omit<LinkFacts, 'ifname'>, at: Line): boolean => {
    flush();
    ifname = name.split(':')[0]!;
    if (!name.includes(':')) current = { facts: { ifname, ...facts }, at };
    return true;
  };

  const counters = (text: string, at: Line): boolean => {
    if (ifname === undefined) return false;
    let side: 'rx' | 'tx' | undefined;
    let found = false;
    for (const match of text.matchAll(
      /\b(RX|TX)\b|\b(packets|bytes|errors|dropped|overruns|frame|carrier|collisions)[: ](\d+)/g,
    )) {
      if (match[1] !== undefined) side = match[1] === 'RX' ? 'rx' : 'tx';
      else {
        found = true;
        const word = match[2]!;
        const direction = word === 'collisions' ? 'tx' : side;
        if (direction !== undefined)
          emitDeviceCounter(sink, ifname, direction, NAMES[word] ?? word, BigInt(match[3]!), at);
      }
    }
    return found;
  };

  return {
    line(at) {
      const text = asPrinted(at.text);
      if (text.trim() === '' || SHORT.test(text)) return true;
      const modern = NEW.exec(text);
      if (modern !== null)
        return begin(modern[1]!, { flags: modern[2] === '' ? [] : modern[2]!.split(','), mtu: Number(modern[3]) }, at);
      const old = OLD.exec(text);
      if (old !== null)
        return begin(old[1]!, { mac: HARDWARE.exec(text)?.[1]?.replaceAll('-', ':').toLowerCase() }, at);
      if (ifname === undefined || !/^\s/.test(text)) return false;
      const mac = /^\s+ether\s+([0-9a-fA-F:]+)/.exec(text);
      if (mac !== null) {
        if (current !== undefined) current.facts.mac = mac[1]!.toLowerCase();
        return true;
      }
      const v4 = /^\s+inet (?:addr:)?([0-9.]+)/.exec(text)?.[1];
      const mask = /(?:netmask |Mask:)([0-9.]+)/.exec(text)?.[1];
      if (v4 !== undefined && mask !== undefined) {
        const peer = /\b(?:P-t-P:|destination )([0-9.]+)/.exec(text)?.[1];
        return emitAddress(sink, ifname, at, v4, maskLength(parseIpv4(mask)), peer);
      }
      const v6 =
        /^\s+inet6 (?:addr: ?)?([0-9a-fA-F:.]+)(?:\/(\d+)|\s+prefixlen (\d+))(?:.*?(?:<([a-z]+)>|Scope:(\w+)))?/.exec(
          text,
        );
      if (v6 !== null)
        return emitAddress(sink, ifname, at, v6[1]!, Number(v6[2] ?? v6[3]), undefined, SCOPES[v6[4] ?? v6[5] ?? '']);
      const flags = FLAG_LINE.exec(text);
      if (flags !== null) {
        if (current !== undefined) {
          current.facts.flags = flags[1]!.trim().split(/\s+/);
          current.facts.mtu = Number(flags[2]);
        }
        return true;
      }
      if (/^\s+(?:RX|TX|collisions)\b/.test(text)) return counters(text, at);
      return /^\s+(?!\s)(?:device |Interrupt:|Base address|Memory:|loop |tunnel |unspec |infiniband |sit |txqueuelen|EtherTalk|inet \d|[A-Z ]+$)/.test(
        text,
      );
    },
    end: flush,
  };
}

/** `ifconfig -a` in both styles: net-tools `lib/interface.c`, ife_print_long; busybox `networking/interface.c`. */
export const ifconfig: Parser = {
  id: 'ifconfig',
  title: 'ifconfig -a',
  command: /^ifconfig\b/,
  starts: (line) => NEW.test(asPrinted(line)) || OLD.test(asPrinted(line)),
  open,
};
