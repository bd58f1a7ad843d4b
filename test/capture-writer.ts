/**
 * Writes small captures for tests: just enough of each header for a decoder to read it, from scratch, so that a mistake in
 * the product's decoder is not repeated here. Checksums are left zero.
 */

export interface Packet {
  /** Seconds. */
  readonly at: number;
  readonly bytes: Buffer;
  /** Bytes that the snap length leaves; without it all. */
  readonly kept?: number;
}

const ip4 = (address: string): Buffer => Buffer.from(address.split('.').map(Number));

function ip6(address: string): Buffer {
  const [head, tail] = address.split('::') as [string, string | undefined];
  const words = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const all = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  const out = Buffer.alloc(16);
  all.forEach((word, i) => {
    out.writeUInt16BE(Number.parseInt(word, 16), i * 2);
  });
  return out;
}

/** An IP packet of either family around a payload. */
export function ip(src: string, dst: string, proto: number, payload: Buffer, ttl = 64): Buffer {
  if (src.includes(':')) {
    const header = Buffer.alloc(8);
    header[0] = 0x60;
    header.writeUInt16BE(payload.length, 4);
    header[6] = proto;
    header[7] = ttl;
    return Buffer.concat([header, ip6(src), ip6(dst), payload]);
  }
  const header = Buffer.alloc(12);
  header[0] = 0x45;
  header.writeUInt16BE(20 + payload.length, 2);
  header[8] = ttl;
  header[9] = proto;
  return Buffer.concat([header, ip4(src), ip4(dst), payload]);
}

const FLAGS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 };

export interface Segment {
  readonly flags: string;
  readonly seq?: number;
  readonly ack?: number;
  readonly length?: number;
  readonly ttl?: number;
}

/** `10.0.0.1:40000` or `[fd00::1]:40000`. */
function endOf(text: string): { address: string; port: number } {
  const at = text.lastIndexOf(':');
  return { address: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

/** A TCP segment; flags in letters: S, SA, A, PA, FA, R, RA. */
export function tcp(from: string, to: string, { flags, seq = 0, ack = 0, length = 0, ttl = 64 }: Segment): Buffer {
  const [source, target] = [endOf(from), endOf(to)];
  const header = Buffer.alloc(20);
  header.writeUInt16BE(source.port, 0);
  header.writeUInt16BE(target.port, 2);
  header.writeUInt32BE(seq >>> 0, 4);
  header.writeUInt32BE(ack >>> 0, 8);
  header[12] = 0x50;
  header[13] = [...flags].reduce((sum, letter) => sum | FLAGS[letter]!, 0);
  header.writeUInt16BE(29200, 14);
  return ip(source.address, target.address, 6, Buffer.concat([header, Buffer.alloc(length, 0x61)]), ttl);
}

export function udp(from: string, to: string, payload: Buffer): Buffer {
  const [source, target] = [endOf(from), endOf(to)];
  const header = Buffer.alloc(8);
  header.writeUInt16BE(source.port, 0);
  header.writeUInt16BE(target.port, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return ip(source.address, target.address, 17, Buffer.concat([header, payload]));
}

/** A DNS message with one question for `a.b.`. `rcode` makes it an answer. */
export function dns(id: number, rcode?: number): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(rcode === undefined ? 0x0100 : 0x8180 | rcode, 2);
  header.writeUInt16BE(1, 4);
  return Buffer.concat([header, Buffer.from([1, 0x61, 1, 0x62, 0, 0, 1, 0, 1])]);
}

/** ICMP echo; `reply` swaps nothing but the type. */
export function echo(src: string, dst: string, id: number, seq: number, reply = false, ttl = 64): Buffer {
  const six = src.includes(':');
  const body = Buffer.alloc(8 + 56);
  body[0] = six ? (reply ? 129 : 128) : reply ? 0 : 8;
  body.writeUInt16BE(id, 4);
  body.writeUInt16BE(seq, 6);
  return ip(src, dst, six ? 58 : 1, body, ttl);
}

/** An ICMP error that quotes a packet. */
export function icmpError(src: string, dst: string, type: number, code: number, quoted: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = type;
  header[1] = code;
  return ip(src, dst, 1, Buffer.concat([header, quoted.subarray(0, 28)]));
}

const mac = (text: string): Buffer => Buffer.from(text.split(':').map((part) => Number.parseInt(part, 16)));

/** An Ethernet frame around an IP packet. */
export function ethernet(packet: Buffer, src = '02:00:00:00:00:01', dst = '02:00:00:00:00:02'): Buffer {
  return Buffer.concat([mac(dst), mac(src), Buffer.from(packet[0]! >> 4 === 6 ? [0x86, 0xdd] : [8, 0]), packet]);
}

export function arp(op: 1 | 2, src: string, dst: string): Buffer {
  const body = Buffer.alloc(28);
  body.writeUInt16BE(1, 0);
  body.writeUInt16BE(0x0800, 2);
  body[4] = 6;
  body[5] = 4;
  body.writeUInt16BE(op, 6);
  mac('02:00:00:00:00:01').copy(body, 8);
  ip4(src).copy(body, 14);
  ip4(dst).copy(body, 24);
  return Buffer.concat([mac('ff:ff:ff:ff:ff:ff'), mac('02:00:00:00:00:01'), Buffer.from([8, 6]), body]);
}

/** A VXLAN envelope around an IP packet, itself an IP packet. */
export function vxlan(from: string, to: string, vni: number, inner: Buffer, port = 8472): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 8;
  header.writeUInt32BE((vni << 8) >>> 0, 4);
  return udp(`${from}:45678`, `${to}:${port}`, Buffer.concat([header, ethernet(inner)]));
}

/** Linux cooked v1: no interface; `out` is type 4, `in` type 0. */
export function cooked(direction: 'in' | 'out', packet: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16BE(direction === 'out' ? 4 : 0, 0);
  header.writeUInt16BE(1, 2);
  header.writeUInt16BE(6, 4);
  header.writeUInt16BE(packet[0]! >> 4 === 6 ? 0x86dd : 0x0800, 14);
  return Buffer.concat([header, packet]);
}

/** Linux cooked v2: with the interface's index. */
export function cooked2(ifindex: number, direction: 'in' | 'out', packet: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(packet[0]! >> 4 === 6 ? 0x86dd : 0x0800, 0);
  header.writeUInt32BE(ifindex, 4);
  header.writeUInt16BE(1, 8);
  header[10] = direction === 'out' ? 4 : 0;
  header[11] = 6;
  return Buffer.concat([header, packet]);
}

export const LINK = { ethernet: 1, raw: 101, cooked: 113, cooked2: 276 } as const;

/** A classic capture with microseconds. */
export function pcap(packets: readonly Packet[], linkType: number = LINK.ethernet): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262144, 16);
  header.writeUInt32LE(linkType, 20);
  const parts: Buffer[] = [header];
  for (const { at, bytes, kept = bytes.length } of packets) {
    const record = Buffer.alloc(16);
    const micros = Math.round(at * 1e6);
    record.writeUInt32LE(Math.floor(micros / 1e6), 0);
    record.writeUInt32LE(micros % 1e6, 4);
    record.writeUInt32LE(Math.min(kept, bytes.length), 8);
    record.writeUInt32LE(bytes.length, 12);
    parts.push(record, bytes.subarray(0, kept));
  }
  return Buffer.concat(parts);
}

/** A whole short conversation that succeeds: handshake, request, response, end. */
export function conversation(at: number, client: string, server: string, seq = 1000): Packet[] {
  const reply = seq * 7 + 13;
  const there = (offset: number, s: Segment): Packet => ({ at: at + offset, bytes: tcp(client, server, s) });
  const back = (offset: number, s: Segment): Packet => ({ at: at + offset, bytes: tcp(server, client, s) });
  return [
    there(0, { flags: 'S', seq }),
    back(0.001, { flags: 'SA', seq: reply, ack: seq + 1 }),
    there(0.002, { flags: 'A', seq: seq + 1, ack: reply + 1 }),
    there(0.003, { flags: 'PA', seq: seq + 1, ack: reply + 1, length: 80 }),
    back(0.004, { flags: 'A', seq: reply + 1, ack: seq + 81 }),
    back(0.005, { flags: 'PA', seq: reply + 1, ack: seq + 81, length: 200 }),
    there(0.006, { flags: 'A', seq: seq + 81, ack: reply + 201 }),
    there(0.007, { flags: 'FA', seq: seq + 81, ack: reply + 201 }),
    back(0.008, { flags: 'FA', seq: reply + 201, ack: seq + 82 }),
    there(0.009, { flags: 'A', seq: seq + 82, ack: reply + 202 }),
  ];
}

/** A SYN and its retransmissions after 1, 3, 7 s, unanswered. */
export function unansweredSyn(at: number, client: string, server: string, seq = 5000, tries = 3): Packet[] {
  return [0, 1, 3, 7, 15]
    .slice(0, tries)
    .map((offset) => ({ at: at + offset, bytes: tcp(client, server, { flags: 'S', seq }) }));
}

export const framed = (packets: readonly Packet[]): Packet[] =>
  packets.map(({ at, bytes }) => ({ at, bytes: ethernet(bytes) }));
