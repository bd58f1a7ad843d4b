import { canonicalAddress, familyOf } from '../../core/address.js';
import { bgpPeer } from '../../core/event/cni.js';
import { route } from '../../core/event/network.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';
import { peerOf } from '../log/calico-facts.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

const BANNER = /^(?:BIRD v?\d+\.\d+\S* ready\.|Access restricted)$/;
/** `show status`. */
const STATUS =
  /^(?:BIRD v?\d+\.\d+\S*|Router ID is \S+|Hostname is \S+|Current server time is .+|Last (?:reboot|reconfiguration) on .+|Daemon is up and running|Graceful restart .+|Reconfiguration in progress)$/;
const HEADING = /^name\s+proto\s+table\s+state\s+since\s+info\s*$/i;
const PROTOCOL =
  /^([A-Za-z]\w*)\s+([A-Z]\w+)\s+(\S+)\s+(up|down|start|stop|flush|feed)\s+(\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?(?:\.\d+)?)?|\d\d:\d\d(?::\d\d)?(?:\.\d+)?)\s*(.*)$/;
const DETAIL = /^\s{2,}([A-Z][\w ./-]*):\s*(.*)$/;
/** `10.244.2.128/26    via 10.250.86.218 on eth0 [Mesh_10_250_86_218 14:04:05] * (100/0) [i]`; BIRD 2 puts the hop on a line of its own. */
const ROUTE =
  /^(\S+\/\d+|default)?\s+(?:via (\S+) on (\S+)|dev (\S+)|(blackhole|unreachable|prohibited?|unicast|multipath))(?: (?:onlink|mpls \S+))* \[(\w+) ([^\]]*)\]\s*([*!]?)\s*\((\d+)/;
const HOP = /^\t(?:via (\S+) on (\S+)|dev (\S+))(?: weight (\d+))?(?: onlink)?$/;

interface Peer {
  readonly at: Line;
  readonly name: string;
  readonly state: string;
  readonly since: string;
  info: string;
  address?: string | undefined;
}

class BirdReader implements LineReader {
  #peer: Peer | undefined;
  #prefix: string | undefined;
  /** The route whose hops follow on lines of their own. */
  #open: { readonly dst: string; readonly proto: string; readonly selected: string; hops: number } | undefined;

  constructor(private readonly sink: Sink) {}

  line(at: Line): boolean {
    const text = asPrinted(at.text).trimEnd();
    if (text === '' || BANNER.test(text) || STATUS.test(text) || HEADING.test(text) || /^Table \w+:$/.test(text))
      return true;
    const protocol = PROTOCOL.exec(text);
    if (protocol !== null) {
      this.end();
      if (protocol[2] === 'BGP')
        this.#peer = {
          at,
          name: protocol[1]!,
          state: protocol[4]!,
          since: protocol[5]!,
          info: protocol[6]!.replace(/\s+/g, ' ').trim(),
        };
      return true;
    }
    if (this.#route(text, at)) return true;
    const detail = DETAIL.exec(text);
    if (detail === null) return /^\t(?:Type|BGP|Kernel|OSPF)[:.]|^\s{2,}\S|^\d+ of \d+ routes/.test(text);
    if (this.#peer !== undefined) {
      if (detail[1] === 'Neighbor address') this.#peer.address = canonicalAddress(detail[2]!.replace(/%\w+$/, ''));
      if (detail[1] === 'Last error' && !this.#peer.info.includes(detail[2]!)) this.#peer.info += ` ${detail[2]}`;
    }
    return true;
  }

  end(): void {
    const peer = this.#peer;
    this.#peer = undefined;
    const named = peer === undefined ? undefined : peerOf(peer.name);
    const address = peer?.address ?? named?.peer;
    if (peer === undefined || address === undefined) return;
    const { state, since, info, at } = peer;
    this.sink.emit(bgpPeer, { peer: address, peer_type: named?.peer_type, state, since, info: info || undefined }, at);
  }

  #route(text: string, at: Line): boolean {
    const m = ROUTE.exec(text);
    if (m !== null) {
      const printed = m[1] === 'default' ? '0.0.0.0/0' : m[1];
      this.#prefix = printed === undefined ? this.#prefix : canonicalPrefix(printed);
      if (this.#prefix === undefined) return false;
      const type = m[5]?.replace(/^prohibited$/, 'prohibit') ?? 'unicast';
      const one = { dst: this.#prefix, proto: m[6]!, selected: m[8]! };
      this.#open = undefined;
      if (m[5] === 'unicast' || m[5] === 'multipath') this.#open = { ...one, hops: 0 };
      else this.#emit(one, type, m[2], m[3] ?? m[4], 0, undefined, at);
      return true;
    }
    const hop = HOP.exec(text);
    if (hop === null || this.#open === undefined) return false;
    const weight = hop[4] === undefined ? undefined : Number(hop[4]);
    this.#emit(this.#open, 'unicast', hop[1], hop[2] ?? hop[3], this.#open.hops++, weight, at);
    return true;
  }

  #emit(
    one: { readonly dst: string; readonly proto: string; readonly selected: string },
    type: string,
    via: string | undefined,
    dev: string | undefined,
    hop: number,
    weight: number | undefined,
    at: Line,
  ): void {
    const family = familyOf(one.dst.replace(/\/.*/, '')) ?? 4;
    const flags = one.selected === '*' ? ['selected'] : one.selected === '!' ? ['rejected-by-kernel'] : undefined;
    this.sink.emit(
      route,
      {
        family,
        // BIRD's own table: what it knows, not what the kernel has.
        table: 'bird',
        type,
        dst: one.dst,
        via: via === undefined ? undefined : canonicalAddress(via),
        dev,
        proto: one.proto,
        onlink: false,
        hop,
        weight,
        flags,
      },
      at,
    );
  }
}

/**
 * `birdcl show protocols [all]` and `show route [all]` of BIRD 1.6 (Calico's) and 2. Gives `bgp_peer` rows, and `route` rows of table
 * `bird`: what BIRD knows; flag `selected` marks the best, `rejected-by-kernel` one that the kernel refused.
 * Source: BIRD nest/proto.c proto_cmd_show, nest/rt-show.c.
 */
export const birdcl: Parser = {
  id: 'birdcl',
  title: 'birdcl show protocols, show route',
  command: /^bird(?:cl?|c)6? .*show (?:protocols?|routes?)\b/,
  path: /birdcl?[-_ ]?6?[-_ ].*(?:protocols?|routes?)/,
  starts(line) {
    const text = asPrinted(line).trimEnd();
    return (
      /^BIRD v?\d+\.\d+\S* ready\.$/.test(text) ||
      HEADING.test(text) ||
      (PROTOCOL.test(text) && /^\w+\s+(?:BGP|Kernel|Device|Direct|Static)\s/.test(text))
    );
  },
  open: (sink) => new BirdReader(sink),
};
