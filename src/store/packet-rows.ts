import type { Frame } from '../core/frame.js';
import type { PACKET_COLUMNS, RawType } from './packet-columns.js';

/** Rows of one DuckDB vector. */
export const ROWS = 2048;

/** A BIGINT is two 32-bit words, low word first: no bigint is made for a packet. */
interface ArrayOf extends Record<RawType, unknown> {
  readonly INTEGER: Int32Array<ArrayBuffer>;
  readonly UINTEGER: Uint32Array<ArrayBuffer>;
  readonly SMALLINT: Int16Array<ArrayBuffer>;
  readonly UTINYINT: Uint8Array<ArrayBuffer>;
  readonly BIGINT: Int32Array<ArrayBuffer>;
}

type Columns = { readonly [C in (typeof PACKET_COLUMNS)[number] as C['name']]: ArrayOf[C['type']] };

/** Writes a 48-bit number, or -1. */
function write64(words: Int32Array, row: number, value: number): void {
  words[2 * row] = value | 0;
  words[2 * row + 1] = Math.floor(value / 0x1_0000_0000);
}

/** Unsigned columns have no -1. */
const orZero = (value: number): number => (value < 0 ? 0 : value);

/** Frames as columns, to be copied into a data chunk. Written out, because a loop over columns costs three times as much. */
export class PacketRows implements Columns {
  readonly cap_len = new Int32Array(ROWS);
  readonly wire_len = new Int32Array(ROWS);
  readonly vlan = new Int16Array(ROWS);
  readonly mac_src = new Int32Array(2 * ROWS);
  readonly mac_dst = new Int32Array(2 * ROWS);
  readonly tunnel = new Uint8Array(ROWS);
  readonly tunnel_depth = new Uint8Array(ROWS);
  readonly vni = new Int32Array(ROWS);
  readonly outer_src = new Int32Array(ROWS);
  readonly outer_dst = new Int32Array(ROWS);
  readonly outer_sport = new Int32Array(ROWS);
  readonly outer_dport = new Int32Array(ROWS);
  readonly outer_checksum = new Uint8Array(ROWS);
  readonly inner_mac_dst = new Int32Array(2 * ROWS);
  readonly ether_type = new Int32Array(ROWS);
  readonly src = new Int32Array(ROWS);
  readonly dst = new Int32Array(ROWS);
  readonly proto = new Int16Array(ROWS);
  readonly ttl = new Int16Array(ROWS);
  readonly ip_id = new Int32Array(ROWS);
  readonly ip_len = new Int32Array(ROWS);
  readonly frag_offset = new Int32Array(ROWS);
  readonly more_fragments = new Uint8Array(ROWS);
  readonly dont_fragment = new Uint8Array(ROWS);
  readonly sport = new Int32Array(ROWS);
  readonly dport = new Int32Array(ROWS);
  readonly tcp_flags = new Int16Array(ROWS);
  readonly seq = new Uint32Array(ROWS);
  readonly ack = new Uint32Array(ROWS);
  readonly ts_val = new Uint32Array(ROWS);
  readonly payload_len = new Int32Array(ROWS);
  readonly payload_hash = new Uint32Array(ROWS);
  readonly icmp_type = new Int16Array(ROWS);
  readonly icmp_code = new Int16Array(ROWS);
  readonly icmp_id = new Int32Array(ROWS);
  readonly icmp_seq = new Int32Array(ROWS);
  readonly icmp_mtu = new Int32Array(ROWS);
  readonly quoted_src = new Int32Array(ROWS);
  readonly quoted_dst = new Int32Array(ROWS);
  readonly quoted_proto = new Int16Array(ROWS);
  readonly quoted_sport = new Int32Array(ROWS);
  readonly quoted_dport = new Int32Array(ROWS);
  readonly arp_op = new Int16Array(ROWS);
  readonly dns_id = new Int32Array(ROWS);
  readonly dns_flags = new Int32Array(ROWS);
  readonly ip_checksum = new Uint8Array(ROWS);
  readonly l4_checksum = new Uint8Array(ROWS);
  readonly stop = new Uint8Array(ROWS);

  /** Copies one frame. */
  set(row: number, frame: Frame): void {
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
}
