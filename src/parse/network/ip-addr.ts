import { canonicalAddress } from '../../core/address.js';
import { interfaceAddress, link as linkTable } from '../../core/event/network.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { ipText } from './ip-command.js';
import {
  emitDeviceCounter,
  emitLink,
  endpoint,
  type LinkFacts,
  parentName,
  portOf,
  type Settings,
  type TunnelFacts,
} from './link-rows.js';

/** `5: flannel.1@NONE: <BROADCAST,UP> mtu 1450 …` */
const HEADER = /^\s*(\d+):\s+([^\s:@]+)(?:@([^\s:]+))?:\s+<([A-Z0-9_,-]*)>\s+(?:mtu\s+(\d+)\b)?(.*)$/;
/** `5: flannel.1    inet 10.244.1.0/32 …`: the one-line form of an address. */
const ONE_LINE = /^\s*(\d+):\s+([^\s:@]+)(?:@\S+)?\s+((?:inet6?|link\/\S+)\s.*)$/;
const STATES = 'UNKNOWN|NOTPRESENT|DOWN|LOWERLAYERDOWN|TESTING|DORMANT|UP';
/** `eth0@if5   UP   …`: the brief form. */
const BRIEF = new RegExp(String.raw`^\s*([^\s:@]{1,15})(?:@(\S+))?\s+(${STATES})(?:\s+(.*\S|))?\s*$`);
const BRIEF_LINK = /^(?:((?:[0-9a-f]{2}:)+[0-9a-f]{2})\s+|[0-9a-f.:]+\s+)?<([A-Z0-9_,-]*)>$/i;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2})+$/i;
/** Address flags (iproute2 `ip/ipaddress.c`, ifa_flag_names). */
const ADDRESS_FLAGS = new Set(
  'secondary temporary nodad optimistic dadfailed home deprecated tentative permanent mngtmpaddr noprefixroute autojoin dynamic stable-privacy mcautojoin'.split(
    ' ',
  ),
);
export const isAddressFlag = (word: string): boolean => ADDRESS_FLAGS.has(word);

/** Device kinds whose detail line does not end in words that give it away. */
const KIND = /^[a-z][a-z0-9_-]{1,15}$/;
/** First words of detail lines that are no device kind. */
const NOT_KIND =
  /^(?:[a-z]+_slave|valid_lft|alias|altname|altnames|vf|prog|parentbus|addrgenmode|promiscuity|minmtu|permaddr|numtxqueues|xdp|proto_down|protodown)\b/;
const TUNNELS =
  /^(?:vxlan|geneve|ipip|sit|gre|gretap|erspan|ip6tnl|ip6gre|ip6gretap|ip6erspan|vti|vti6|gtp|fou|bareudp)$/;

/** Reads the detail line of a tunnel device (iproute2 `ip/iplink_vxlan.c`, `ip/link_iptnl.c`, `ip/iplink_geneve.c`). */
function readTunnel(kind: string, words: readonly string[]): TunnelFacts {
  const after = (word: string): string | undefined => {
    const at = words.indexOf(word);
    return at < 0 ? undefined : words[at + 1];
  };
  const number = (word: string | undefined): number | undefined =>
    word !== undefined && /^\d+$/.test(word) ? Number(word) : undefined;
  const facts: TunnelFacts = {};
  if (kind === 'vxlan' || kind === 'geneve') facts.vxlan_vni = number(after('id'));
  facts.vxlan_local = endpoint(after('local'));
  facts.vxlan_remote = endpoint(after('remote') ?? after('group'));
  facts.vxlan_dev = after('dev');
  facts.vxlan_port = kind === 'vxlan' || kind === 'geneve' ? number(after('dstport')) : undefined;
  if (kind === 'vxlan') facts.vxlan_learning = !words.includes('nolearning');
  return facts;
}

/** Reads `inet 10.0.0.1/24 brd … scope global secondary eth0` and emits the address. False when it is none. */
export function emitAddress(
  sink: Sink,
  ifname: string,
  words: readonly string[],
  at: Line,
  ifindex?: number | undefined,
): boolean {
  const family = words[0] === 'inet' ? 4 : words[0] === 'inet6' ? 6 : undefined;
  const [local, own] = words[1]?.split('/') ?? [];
  const address = local === undefined ? undefined : canonicalAddress(local);
  if (family === undefined || address === undefined) return false;
  // ifconfig's `inet 10.0.0.1  netmask …` has neither length nor scope.
  if (own === undefined && !words.includes('scope') && words[2] !== 'peer') return false;
  const peer = words[2] === 'peer' ? words[3]?.split('/') : undefined;
  const length = own ?? peer?.[1] ?? (family === 4 ? '32' : '128');
  const scopeAt = words.indexOf('scope');
  const flags = words.slice(2).filter((word) => ADDRESS_FLAGS.has(word) && word !== ifname);
  sink.emit(
    interfaceAddress,
    {
      ifname,
      address,
      prefix_length: Number(length),
      family,
      peer: peer?.[0] === undefined ? undefined : canonicalAddress(peer[0]),
      scope: scopeAt > 0 ? words[scopeAt + 1] : undefined,
      flags: flags.length === 0 ? undefined : flags,
      ifindex,
    },
    at,
  );
  return true;
}

interface Interface {
  readonly facts: LinkFacts;
  readonly at: Line;
  readonly settings: Settings[];
}

/**
 * Link layers that one kind of device alone has, so that they tell it without `-d` (iproute2 `lib/ll_types.c`). `link/ipip` does not:
 * an IPsec device (vti) has it as well as an IPIP one, and is no overlay.
 */
const KIND_OF_LAYER = /^link\/(gre|sit)$/;

function open(sink: Sink): LineReader {
  let current: Interface | undefined;
  let ifname: string | undefined;
  /** `-o` shows addresses without their link: then the address row carries the index. */
  let ifindex: number | undefined;
  let kindMayFollow = false;
  let kindOfLayer: string | undefined;
  let endsOfLayer: Settings | undefined;
  let headings: { readonly direction: 'rx' | 'tx'; readonly words: readonly string[] } | undefined;

  const flush = (): void => {
    if (current !== undefined) {
      current.facts.kind ??= kindOfLayer;
      if (endsOfLayer !== undefined && !current.settings.some(({ facts }) => 'vxlan_remote' in facts))
        current.settings.push(endsOfLayer);
      emitLink(sink, current.facts, current.at, current.settings);
    }
    kindOfLayer = undefined;
    endsOfLayer = undefined;
    current = undefined;
  };

  const header = (match: RegExpExecArray, at: Line): void => {
    flush();
    const rest = match[6]!.trim().split(/\s+/);
    const word = (name: string): string | undefined => {
      const i = rest.indexOf(name);
      return i < 0 ? undefined : rest[i + 1];
    };
    ifname = match[2]!;
    // `ip -6 addr` looks the peer's index up in the wrong namespace; its lines have neither qdisc nor group.
    const whole = rest.includes('qdisc') || rest.includes('group') || rest.includes('mode');
    const facts: LinkFacts = {
      ifname,
      ifindex: Number(match[1]),
      mtu: match[5] === undefined ? undefined : Number(match[5]),
      state: word('state'),
      flags: match[4] === '' ? [] : match[4]!.split(','),
      master: word('master'),
      // BusyBox always looks it up in its own, and so names a veth in a pod as its own peer.
      parent: whole && match[3] !== ifname ? parentName(match[3]) : undefined,
    };
    current = { facts, at, settings: [] };
  };

  const detail = (text: string, at: Line): boolean => {
    const words = text.trim().split(/\s+/);
    const first = words[0]!;
    if (ifname === undefined) return false;
    if (first.startsWith('link/')) {
      if (current !== undefined && words[1] !== undefined && MAC.test(words[1]))
        current.facts.mac = words[1].toLowerCase();
      kindOfLayer = KIND_OF_LAYER.exec(first)?.[1];
      // The layer's addresses are the tunnel's ends, as its own detail line has them (net/ipv4/ip_tunnel.c, ip_tunnel_init).
      const ends = {
        vxlan_local: endpoint(words[1]),
        vxlan_remote: words[2] === 'peer' ? endpoint(words[3]) : undefined,
      };
      endsOfLayer = kindOfLayer === undefined || ends.vxlan_remote === undefined ? undefined : { facts: ends, at };
      return true;
    }
    if (first === 'inet' || first === 'inet6') return emitAddress(sink, ifname, words, at, ifindex);
    const stats = /^(RX|TX)(?: errors)?:$/.exec(words[1] === 'errors:' ? `${first} errors:` : first);
    if (stats !== null) {
      headings = { direction: stats[1] === 'RX' ? 'rx' : 'tx', words: words.slice(words[1] === 'errors:' ? 2 : 1) };
      return headings.words.every((heading) => /^[a-z_]+$/.test(heading));
    }
    if (headings !== undefined && words.every((word) => /^[\d.]+[kKMGTPi]*$/.test(word))) {
      const { direction, words: names } = headings;
      headings = undefined;
      names.forEach((name, i) => {
        // `-h` rounds to 4.47k: that is no count.
        const value = words[i];
        if (value !== undefined && /^\d+$/.test(value))
          emitDeviceCounter(sink, ifname!, direction, name, BigInt(value), at);
      });
      return true;
    }
    if (first === 'bridge_slave') current?.settings.push({ facts: portOf(words), at });
    if (NOT_KIND.test(first)) return true;
    if (current === undefined || !KIND.test(first)) return false;
    // The kind starts the line that `-d` adds right after the link-layer address (with -6, after the header).
    if (!kindMayFollow || !/^\s/.test(text)) return false;
    current.facts.kind ??= first;
    if (TUNNELS.test(first)) current.settings.push({ facts: readTunnel(first, words), at });
    return true;
  };

  const brief = (match: RegExpExecArray, at: Line): boolean => {
    const rest = match[4] ?? '';
    const ifname = match[1]!;
    const facts: LinkFacts = { ifname, state: match[3], parent: parentName(match[2]) };
    const device = BRIEF_LINK.exec(rest);
    if (device !== null) {
      flush();
      sink.emit(linkTable, { ...facts, mac: device[1]?.toLowerCase(), flags: device[2]!.split(',') }, at);
      return true;
    }
    const words = rest === '' ? [] : rest.split(/\s+/);
    const starts = words.flatMap((word, i) =>
      /^[0-9a-f.:]+(?:\/\d{1,3})?$/i.test(word) && /[.:]/.test(word) && words[i - 1] !== 'peer' ? [i] : [],
    );
    if (words.length > 0 && starts[0] !== 0) return false;
    flush();
    sink.emit(linkTable, facts, at);
    return starts.every((from, i) => {
      const own = words.slice(from, starts[i + 1]);
      return emitAddress(sink, ifname, [own[0]!.includes(':') ? 'inet6' : 'inet', ...own], at);
    });
  };

  const piece = (text: string, at: Line): boolean => {
    const head = HEADER.exec(text);
    if (head !== null) {
      ifindex = undefined;
      header(head, at);
      kindMayFollow = true;
      return true;
    }
    const oneLine = ONE_LINE.exec(text);
    if (oneLine !== null) {
      flush();
      ifname = oneLine[2]!;
      ifindex = Number(oneLine[1]);
      return detail(`    ${oneLine[3]!}`, at);
    }
    if (current === undefined && ifname === undefined) {
      const match = BRIEF.exec(text);
      return match !== null && brief(match, at);
    }
    const understood = detail(text, at);
    kindMayFollow = /^\s*link\//.test(text);
    return understood;
  };

  return {
    line(at) {
      const text = asPrinted(at.text);
      if (text.trim() === '') return true;
      // `-o` puts the following lines behind a backslash. A backslash in an alias is no separator: it has no blank after it.
      return text
        .split(/\\(?=\s)/)
        .filter((part) => part.trim() !== '')
        .map((part) => piece(part, at))
        .every(Boolean);
    },
    end: flush,
  };
}

/** `ip addr`, `ip link` in words, with all of `-d -s -o -br`: iproute2 `ip/ipaddress.c`; ip-address(8), ip-link(8); BusyBox `libiproute/ipaddress.c`. */
export const ipAddr: Parser = {
  id: 'ip-addr',
  title: 'ip addr, ip link, with -d, -s, -o, -br (text)',
  command: ipText(['address', 'addr', 'link']),
  starts(text) {
    const line = asPrinted(text);
    const head = HEADER.exec(line);
    if (head !== null) return head[5] !== undefined;
    const oneLine = ONE_LINE.exec(line);
    if (oneLine !== null) return /^(?:inet6? [0-9a-f.:]+[/ ]|link\/)/.test(oneLine[3]!);
    const match = BRIEF.exec(line);
    if (match === null) return false;
    const rest = match[4] ?? '';
    return BRIEF_LINK.test(rest) || /^[0-9a-f.:]+\/\d{1,3}(?: |$)/i.test(rest) || /^[0-9.]+ peer /.test(rest);
  },
  open,
};
