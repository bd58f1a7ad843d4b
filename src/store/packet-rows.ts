import type { Frame } from '../core/frame.js';
import type { NumberValues } from './column-range.js';
import { PACKET_COLUMNS } from './packet-columns.js';
import type { NumberType } from './parquet-file.js';

/** Rows that are held until they are handed over: 14 MB. */
export const GROUP = 61_440;

/** A BIGINT is two 32-bit words, low word first: no bigint is made for a packet. */
interface ArrayOf extends Record<NumberType, unknown> {
  readonly INTEGER: Int32Array<ArrayBuffer>;
  readonly UINTEGER: Uint32Array<ArrayBuffer>;
  readonly BIGINT: Int32Array<ArrayBuffer>;
}

type Columns = { readonly [C in (typeof PACKET_COLUMNS)[number] as C['name']]: ArrayOf[C['type']] };

/**
 * All columns lie in one buffer, each a cache line further than a multiple of the page size: arrays of their own would all
 * begin in the same set of the processor's cache, and fifty writes a row would miss it.
 */
const STRIDE = 4 * GROUP + 64;

const isWide = <C extends { readonly type: NumberType }>(column: C): column is C & { readonly type: 'BIGINT' } =>
  column.type === 'BIGINT';

/** Writes a 48-bit number, or -1. */
function write64(words: Int32Array, row: number, value: number): void {
  words[2 * row] = value | 0;
  words[2 * row + 1] = Math.floor(value / 0x1_0000_0000);
}

/** Unsigned columns have no -1. */
const orZero = (value: number): number => (value < 0 ? 0 : value);

/** Frames as columns, as they are handed over. Written out, because a loop over columns costs three times as much. */
export class PacketRows implements Columns {
  readonly #buffer = new ArrayBuffer(STRIDE * (PACKET_COLUMNS.length + PACKET_COLUMNS.filter(isWide).length));
  #allocated = 0;
  readonly tap = this.#int();
  readonly place = this.#int();
  readonly time_ns = this.#words();
  readonly cap_len = this.#int();
  readonly wire_len = this.#int();
  readonly vlan = this.#int();
  readonly mac_src = this.#words();
  readonly mac_dst = this.#words();
  readonly tunnel = this.#int();
  readonly tunnel_depth = this.#int();
  readonly vni = this.#int();
  readonly outer_src = this.#int();
  readonly outer_dst = this.#int();
  readonly outer_sport = this.#int();
  readonly outer_dport = this.#int();
  readonly outer_checksum = this.#int();
  readonly inner_mac_dst = this.#words();
  readonly ether_type = this.#int();
  readonly src = this.#int();
  readonly dst = this.#int();
  readonly proto = this.#int();
  readonly ttl = this.#int();
  readonly ip_id = this.#int();
  readonly ip_len = this.#int();
  readonly frag_offset = this.#int();
  readonly more_fragments = this.#int();
  readonly dont_fragment = this.#int();
  readonly sport = this.#int();
  readonly dport = this.#int();
  readonly tcp_flags = this.#int();
  readonly seq = this.#uint();
  readonly ack = this.#uint();
  readonly ts_val = this.#uint();
  readonly payload_len = this.#int();
  readonly payload_hash = this.#uint();
  readonly icmp_type = this.#int();
  readonly icmp_code = this.#int();
  readonly icmp_id = this.#int();
  readonly icmp_seq = this.#int();
  readonly icmp_mtu = this.#int();
  readonly quoted_src = this.#int();
  readonly quoted_dst = this.#int();
  readonly quoted_proto = this.#int();
  readonly quoted_sport = this.#int();
  readonly quoted_dport = this.#int();
  readonly arp_op = this.#int();
  readonly dns_id = this.#int();
  readonly dns_flags = this.#int();
  readonly ip_checksum = this.#int();
  readonly l4_checksum = this.#int();
  readonly stop = this.#int();

  /** The second of the last frame, and its first nanosecond as two 32-bit halves. */
  #sec = -1;
  #secLow = 0;
  #secHigh = 0;

  /** The columns as they are written, in table order. */
  get values(): NumberValues[] {
    return PACKET_COLUMNS.map((column) =>
      isWide(column) ? { kind: 'words', values: this[column.name] } : { kind: 'narrow', values: this[column.name] },
    );
  }

  /** Copies one frame. A frame without a time gets -1. */
  set(row: number, frame: Frame, tap: number, place: number): void {
    this.tap[row] = tap;
    this.place[row] = place;
    this.#writeTime(row, frame.sec, frame.nsec);
    this.cap_len[row] = frame.capLen;
    this.wire_len[row] = frame.wireLen;
    this.vlan[row] = frame.vlan;
    write64(this.mac_src, row, frame.macSrc);
    write64(this.mac_dst, row, frame.macDst);
    this.tunnel[row] = frame.tunnel;
    this.tunnel_depth[row] = frame.tunnelDepth;
    this.vni[row] = frame.vni | 0;
    this.outer_src[row] = frame.outerSrc;
    this.outer_dst[row] = frame.outerDst;
    this.outer_sport[row] = frame.outerSport;
    this.outer_dport[row] = frame.outerDport;
    this.outer_checksum[row] = frame.outerChecksum;
    write64(this.inner_mac_dst, row, frame.innerMacDst);
    this.ether_type[row] = frame.etherType;
    this.src[row] = frame.src;
    this.dst[row] = frame.dst;
    this.proto[row] = frame.proto;
    this.ttl[row] = frame.ttl;
    this.ip_id[row] = frame.ipId;
    this.ip_len[row] = frame.ipLen;
    this.frag_offset[row] = frame.fragOffset;
    this.more_fragments[row] = frame.moreFragments;
    this.dont_fragment[row] = frame.dontFragment;
    this.sport[row] = frame.sport;
    this.dport[row] = frame.dport;
    this.tcp_flags[row] = frame.tcpFlags;
    this.seq[row] = orZero(frame.seq);
    this.ack[row] = orZero(frame.ack);
    this.ts_val[row] = orZero(frame.tsVal);
    this.payload_len[row] = frame.payloadLen;
    this.payload_hash[row] = orZero(frame.payloadHash);
    this.icmp_type[row] = frame.icmpType;
    this.icmp_code[row] = frame.icmpCode;
    this.icmp_id[row] = frame.icmpId;
    this.icmp_seq[row] = frame.icmpSeq;
    this.icmp_mtu[row] = frame.icmpMtu;
    this.quoted_src[row] = frame.quotedSrc;
    this.quoted_dst[row] = frame.quotedDst;
    this.quoted_proto[row] = frame.quotedProto;
    this.quoted_sport[row] = frame.quotedSport;
    this.quoted_dport[row] = frame.quotedDport;
    this.arp_op[row] = frame.arpOp;
    this.dns_id[row] = frame.dnsId;
    this.dns_flags[row] = frame.dnsFlags;
    this.ip_checksum[row] = frame.ipChecksum;
    this.l4_checksum[row] = frame.l4Checksum;
    this.stop[row] = frame.stop;
  }

  /** seconds * 1e9 + nanoseconds as 64 bits, in two exact halves: a double holds no nanosecond epoch. */
  #writeTime(row: number, sec: number, nsec: number): void {
    if (sec < 0) {
      this.time_ns[2 * row] = -1;
      this.time_ns[2 * row + 1] = -1;
      return;
    }
    if (sec !== this.#sec) {
      this.#sec = sec;
      // 1e9 = 2^9 * 1953125; sec * 1953125 is exact below 2^53 for the seconds of any year before 2116.
      const scaled = sec * 1953125;
      this.#secHigh = Math.floor(scaled / 0x80_0000);
      this.#secLow = (scaled % 0x80_0000) * 512;
    }
    const low = this.#secLow + nsec;
    this.time_ns[2 * row] = low | 0;
    this.time_ns[2 * row + 1] = this.#secHigh + Math.floor(low / 0x1_0000_0000);
  }

  #int(): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#buffer, STRIDE * this.#allocated++, GROUP);
  }

  #uint(): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.#buffer, STRIDE * this.#allocated++, GROUP);
  }

  #words(): Int32Array<ArrayBuffer> {
    const values = new Int32Array(this.#buffer, STRIDE * this.#allocated, 2 * GROUP);
    this.#allocated += 2;
    return values;
  }
}
