import { fieldsOf } from '../decode/tshark.js';

/** What of a packet redaction leaves, and what tshark says of it. */

export type Seen = Record<string, string>;

export const SHAPE =
  `frame.time_epoch frame.len frame.encap_type eth.type vlan.id arp.opcode vxlan.vni vxlan.flags geneve.vni gre.key
  ip.len ip.id ip.ttl ip.proto ip.flags ip.frag_offset ipv6.plen ipv6.hlim ipv6.nxt ipv6.fraghdr.offset
  tcp.srcport tcp.dstport tcp.seq_raw tcp.ack_raw tcp.flags tcp.window_size_value tcp.hdr_len tcp.options.mss_val
  tcp.options.timestamp.tsval udp.srcport udp.dstport udp.length icmp.type icmp.code icmp.seq icmp.mtu
  icmpv6.type icmpv6.code sctp.srcport esp.spi`.split(/\s+/);

export const CHECKS = [
  'ip.checksum.status',
  'tcp.checksum.status',
  'udp.checksum.status',
  'icmp.checksum.status',
  'icmpv6.checksum.status',
];

/** What tshark says of each frame of a capture, by field. */
export const seenIn = (path: string, fields: readonly string[]): Seen[] =>
  fieldsOf(path, fields).map((row) => Object.fromEntries(row.map((value, i) => [fields[i]!, value])));

/** TCP time stamps and what is before them: any four bytes, and now and then those of 10.0.0.1. */
const STAMPS = /(?:0101|0402)080a[0-9a-f]{16}/g;
/** Whether the bytes of a frame hold those of an address. */
export const holds = (bytes: Uint8Array, part: Uint8Array): boolean =>
  Buffer.from(
    Buffer.from(bytes)
      .toString('hex')
      .replace(STAMPS, (hex) => '0'.repeat(hex.length)),
    'hex',
  ).includes(Buffer.from(part));
