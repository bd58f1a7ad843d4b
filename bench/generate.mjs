/**
 * Inputs of the benchmark: captures and logs of any size, the same bytes for the same seed. Addresses are those of a
 * cluster with 16 nodes and 16 pods on each; checksums are right; payloads are random, so that files compress as real
 * traffic does.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

const START = 1_760_000_000;
/** Frames of one second. */
export const SECOND = 10_000;
const NODES = 16;
const PODS = 16;
const VXLAN_PORT = 8472;
const BUFFER = 1 << 20;
const LARGEST_FRAME = 2048;
const POOL = 1 << 22;

export const SYN = 2;
const FIN_ACK = 17;
const ACK = 16;
const PSH_ACK = 24;
const SYN_ACK = 18;

/** Marsaglia's xorshift32: 32 random bits a call. */
export function randomBits(seed) {
  let x = seed | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

export const node = (n) => (192 << 24) | (168 << 16) | (10 << 8) | (n + 10);
export const pod = (n, p) => (10 << 24) | (244 << 16) | (n << 8) | (p + 2);
export const dotted = (a) => `${a >>> 24}.${(a >>> 16) & 255}.${(a >>> 8) & 255}.${a & 255}`;

function checksum(bytes, from, to, start) {
  let sum = start;
  for (let i = from; i + 1 < to; i += 2) sum += (bytes[i] << 8) | bytes[i + 1];
  if (((to - from) & 1) === 1) sum += bytes[to - 1] << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** A classic pcap file that is written frame by frame. */
export class CaptureFile {
  #fd;
  #buffer = Buffer.alloc(BUFFER);
  #at = 0;
  #pool;
  frames = 0;

  constructor(path, random) {
    this.random = random;
    this.#fd = openSync(path, 'w');
    this.#pool = Buffer.alloc(POOL);
    for (let i = 0; i < POOL; i += 4) this.#pool.writeUInt32LE(random(), i);
    this.#buffer.writeUInt32LE(0xa1b2c3d4, 0);
    this.#buffer.writeUInt16LE(2, 4);
    this.#buffer.writeUInt16LE(4, 6);
    this.#buffer.writeUInt32LE(262144, 16);
    this.#buffer.writeUInt32LE(1, 20);
    this.#at = 24;
  }

  close() {
    writeSync(this.#fd, this.#buffer, 0, this.#at);
    closeSync(this.#fd);
  }

  /**
   * Writes a packet; in VXLAN between its nodes when `tunnel`. `body` is { proto, sport, dport, flags, seq, ack, payload }; of ICMP the flags
   * are the type. `quotes` stands at the beginning of the payload instead of random bytes; `damaged` makes the checksum wrong.
   */
  packet(src, dst, body, tunnel) {
    if (this.#at > BUFFER - LARGEST_FRAME) {
      writeSync(this.#fd, this.#buffer, 0, this.#at);
      this.#at = 0;
    }
    const b = this.#buffer;
    const record = this.#at;
    let at = record + 16;
    const inner = 14 + 20 + (body.proto === 6 ? 32 : 8) + body.payload;
    const length = inner + (tunnel ? 50 : 0);
    if (tunnel) {
      const from = node((src >>> 8) & 255);
      const to = node((dst >>> 8) & 255);
      at = this.#ethernet(at, from, to);
      const ip = at;
      at = this.#ip4(at, from, to, 17, 36 + inner);
      b.writeUInt16BE(32768 + (this.random() & 0x3fff), at);
      b.writeUInt16BE(VXLAN_PORT, at + 2);
      b.writeUInt16BE(16 + inner, at + 4);
      // flannel's outer UDP checksum is absent.
      b.writeUInt16BE(0, at + 6);
      b.writeUInt32BE(0x08000000, at + 8);
      b.writeUInt32BE(1 << 8, at + 12);
      at = ip + 36;
    }
    at = this.#ethernet(at, src, dst);
    at = this.#ip4(at, src, dst, body.proto, length - (at - record - 16));
    const end = this.#transport(at, body);
    const pseudo = (src >>> 16) + (src & 0xffff) + (dst >>> 16) + (dst & 0xffff) + body.proto + (end - at);
    const sum = checksum(b, at, end, body.proto === 1 ? 0 : pseudo) ^ (body.damaged === true ? 0x5a5a : 0);
    b.writeUInt16BE(sum === 0 ? 0xffff : sum, at + (body.proto === 6 ? 16 : body.proto === 17 ? 6 : 2));
    b.writeUInt32LE(START + Math.floor(this.frames / SECOND), record);
    b.writeUInt32LE((this.frames % SECOND) * (1_000_000 / SECOND), record + 4);
    b.writeUInt32LE(length, record + 8);
    b.writeUInt32LE(length, record + 12);
    this.#at = end;
    this.frames++;
  }

  #ethernet(at, src, dst) {
    const b = this.#buffer;
    b.writeUInt16BE(0x0242, at);
    b.writeUInt32BE(dst >>> 0, at + 2);
    b.writeUInt16BE(0x0242, at + 6);
    b.writeUInt32BE(src >>> 0, at + 8);
    b.writeUInt16BE(0x0800, at + 12);
    return at + 14;
  }

  #ip4(at, src, dst, proto, length) {
    const b = this.#buffer;
    b.writeUInt16BE(0x4500, at);
    b.writeUInt16BE(length, at + 2);
    b.writeUInt16BE(this.random() & 0xffff, at + 4);
    b.writeUInt16BE(0x4000, at + 6);
    b.writeUInt16BE((63 << 8) | proto, at + 8);
    b.writeUInt16BE(0, at + 10);
    b.writeUInt32BE(src >>> 0, at + 12);
    b.writeUInt32BE(dst >>> 0, at + 16);
    b.writeUInt16BE(checksum(b, at, at + 20, 0), at + 10);
    return at + 20;
  }

  /** Transport header with a zero checksum, and the payload; returns the end. */
  #transport(at, { proto, sport, dport, flags, seq, ack, payload, id, code = 0, quotes }) {
    const b = this.#buffer;
    let data = at + 8;
    if (proto === 6) {
      b.writeUInt16BE(sport, at);
      b.writeUInt16BE(dport, at + 2);
      b.writeUInt32BE(seq, at + 4);
      b.writeUInt32BE(ack, at + 8);
      b.writeUInt16BE(0x8000 | flags, at + 12);
      b.writeUInt32BE((64240 << 16) >>> 0, at + 14);
      b.writeUInt16BE(0, at + 18);
      b.writeUInt32BE(0x0101080a, at + 20);
      b.writeUInt32BE(1_000_000 + (this.frames >>> 3), at + 24);
      b.writeUInt32BE(flags === SYN ? 0 : 900_000 + (this.frames >>> 3), at + 28);
      data = at + 32;
    } else if (proto === 17) {
      b.writeUInt16BE(sport, at);
      b.writeUInt16BE(dport, at + 2);
      b.writeUInt16BE(8 + payload, at + 4);
      b.writeUInt16BE(0, at + 6);
    } else {
      b.writeUInt32BE(((flags << 24) | (code << 16)) >>> 0, at);
      b.writeUInt16BE(id, at + 4);
      b.writeUInt16BE(seq, at + 6);
    }
    const from = this.random() % (POOL - LARGEST_FRAME);
    this.#pool.copy(b, data, from, from + payload);
    quotes?.copy(b, data);
    if (proto === 17) {
      b.writeUInt16BE(id, data);
      b.writeUInt16BE(flags, data + 2);
    }
    return data + payload;
  }
}

/** Every frame a SYN of a flow of its own, half of them in VXLAN. */
export function distinctFlows(path, frames, seed) {
  const random = randomBits(seed);
  const file = new CaptureFile(path, random);
  for (let i = 0; i < frames; i++) {
    // The flow's number is in port and addresses, so no two are the same.
    const src = pod(i % NODES, (i >>> 4) % PODS);
    const dst = pod((i + 1 + ((i >>> 8) % (NODES - 1))) % NODES, (i >>> 12) % PODS);
    const sport = 1024 + (Math.floor(i / 256) % 60_000);
    const body = { proto: 6, sport, dport: 8080, flags: SYN, seq: random(), ack: 0, payload: 0 };
    file.packet(src, dst, body, (i & 1) === 1);
  }
  file.close();
}

/** Conversations: TCP with handshake, data and acknowledgements, DNS queries and pings; half of the frames in VXLAN. */
export function trafficMix(path, frames, seed) {
  const random = randomBits(seed);
  const file = new CaptureFile(path, random);
  const open = [];
  while (file.frames < frames) {
    const i = random() % 256;
    const talk = open[i];
    if (talk === undefined) open[i] = startTalk(random);
    else if (!talk.step(file)) open[i] = undefined;
  }
  file.close();
}

function startTalk(random) {
  const from = random() % NODES;
  const to = (from + 1 + (random() % (NODES - 1))) % NODES;
  const src = pod(from, random() % PODS);
  const dst = pod(to, random() % PODS);
  const tunnel = (random() & 1) === 1;
  const kind = random() % 100;
  if (kind < 20) return dnsTalk(src, dst, tunnel, random);
  if (kind < 25) return pingTalk(src, dst, tunnel, random);
  return tcpTalk(src, dst, tunnel, random);
}

function dnsTalk(src, dst, tunnel, random) {
  const sport = 32768 + (random() % 28_000);
  const id = random() & 0xffff;
  let asked = false;
  return {
    step(file) {
      if (!asked) file.packet(src, dst, { proto: 17, sport, dport: 53, id, flags: 0x0100, payload: 44 }, tunnel);
      else file.packet(dst, src, { proto: 17, sport: 53, dport: sport, id, flags: 0x8180, payload: 92 }, tunnel);
      asked = !asked;
      return asked;
    },
  };
}

function pingTalk(src, dst, tunnel, random) {
  const id = random() & 0xffff;
  let n = 0;
  return {
    step(file) {
      const [a, b, flags] = (n & 1) === 0 ? [src, dst, 8] : [dst, src, 0];
      file.packet(a, b, { proto: 1, id, flags, seq: 1 + (n >>> 1), payload: 56 }, tunnel);
      return ++n < 8;
    },
  };
}

function tcpTalk(src, dst, tunnel, random) {
  const sport = 32768 + (random() % 28_000);
  const dport = [80, 443, 8080, 5432, 6379][random() % 5];
  const length = 8 + (random() % 56);
  let seq = random();
  let ack = random();
  let n = 0;
  const client = (flags, payload) => [src, dst, { proto: 6, sport, dport, flags, seq, ack, payload }];
  const server = (flags, payload) => [
    dst,
    src,
    { proto: 6, sport: dport, dport: sport, flags, seq: ack, ack: seq, payload },
  ];
  const next = (number, by) => (number + by) >>> 0;
  return {
    step(file) {
      const size = random() % 100 < 30 ? 1358 : random() % 100 < 50 ? 20 + (random() % 280) : 0;
      if (n === 0) {
        const [a, b, body] = client(SYN, 0);
        file.packet(a, b, { ...body, ack: 0 }, tunnel);
        seq = next(seq, 1);
      } else if (n === 1) {
        file.packet(...server(SYN_ACK, 0), tunnel);
        ack = next(ack, 1);
      } else if (n === 2) file.packet(...client(ACK, 0), tunnel);
      else if (n >= length) file.packet(...(n === length ? client : server)(FIN_ACK, 0), tunnel);
      else if (random() % 3 === 0) {
        file.packet(...client(size === 0 ? ACK : PSH_ACK, size), tunnel);
        seq = next(seq, size);
      } else {
        file.packet(...server(size === 0 ? ACK : PSH_ACK, size), tunnel);
        ack = next(ack, size);
      }
      return ++n <= length + 1;
    },
  };
}

/** Lines of an iptables LOG rule as syslog writes them. */
export function logLines(path, lines, seed) {
  const random = randomBits(seed);
  const fd = openSync(path, 'w');
  let text = '';
  for (let i = 0; i < lines; i++) {
    const from = random() % NODES;
    const p = random() % PODS;
    const src = dotted(pod(from, p));
    const dst = dotted(pod((from + 1 + (random() % (NODES - 1))) % NODES, random() % PODS));
    const clock = new Date((START + Math.floor(i / 100)) * 1000).toISOString();
    const boot = (4000 + i / 100).toFixed(6);
    text +=
      `Oct ${String(Number(clock.slice(8, 10))).padStart(2)} ${clock.slice(11, 19)} node-1 kernel: [${boot.padStart(12)}] pod-out: IN=cni0 OUT=eth0 PHYSIN=veth${(0x1a2b3c00 + p).toString(16)} ` +
      `MAC=0a:58:0a:f4:01:01:0a:58:0a:f4:01:02:08:00 SRC=${src} DST=${dst} LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=${random() & 0xffff} DF ` +
      `PROTO=TCP SPT=${32768 + (random() % 28_000)} DPT=8080 WINDOW=64240 RES=0x00 SYN URGP=0\n`;
    if (text.length > BUFFER) {
      writeSync(fd, text);
      text = '';
    }
  }
  writeSync(fd, text);
  closeSync(fd);
}
