/**
 * Captures of one kind of packet only, so that one table of the database gets all of it. The same bytes for the same seed.
 *
 *   node bench/generate-shapes.mjs SHAPE FRAMES FILE [SEED]
 */
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { CaptureFile, distinctFlows, pod, randomBits, SYN, trafficMix } from './generate.mjs';

const [ACK, RST_ACK, SYN_ACK, PSH_ACK] = [16, 20, 18, 24];
const [ECHO, ECHO_REPLY, UNREACHABLE, PORT] = [8, 0, 3, 3];
const [QUERY, ANSWER] = [0x0100, 0x8180];

/** One conversation after another, each between other pods or from another port, every second in VXLAN. */
const talks = (frames) => (path, count, seed) => {
  const random = randomBits(seed);
  const file = new CaptureFile(path, random);
  for (let i = 0; file.frames < count; i++) {
    const client = pod(i % 16, (i >>> 4) % 60);
    const server = pod((i + 1 + ((i >>> 8) % 15)) % 16, (i >>> 12) % 60);
    const port = 1024 + (Math.floor(i / 256) % 60_000);
    const tunnel = (i & 1) === 1;
    frames({
      i,
      client,
      server,
      port,
      seq: random(),
      ack: random(),
      ask: (body) => file.packet(client, server, body, tunnel),
      answer: (body) => file.packet(server, client, body, tunnel),
    });
  }
  file.close();
};

const tcp = (sport, dport, flags, seq, ack, payload = 0) => ({
  proto: 6,
  sport,
  dport,
  flags,
  seq: seq >>> 0,
  ack: ack >>> 0,
  payload,
});
const dns = (sport, dport, id, flags, payload) => ({ proto: 17, sport, dport, id: id & 0xffff, flags, payload });
const echo = (id, flags, i) => ({ proto: 1, id: id & 0xffff, flags, seq: i & 0xffff, payload: 56 });

/** The beginning of a packet as an ICMP error quotes it: IPv4 header and eight bytes of TCP. */
function quoteOf(src, dst, { sport, dport, seq }) {
  const quote = Buffer.alloc(28);
  quote.writeUInt32BE(0x4500003c, 0);
  quote.writeUInt32BE(0x00004000, 4);
  quote.writeUInt32BE(0x3e060000, 8);
  quote.writeUInt32BE(src >>> 0, 12);
  quote.writeUInt32BE(dst >>> 0, 16);
  quote.writeUInt16BE(sport, 20);
  quote.writeUInt16BE(dport, 22);
  quote.writeUInt32BE(seq, 24);
  return quote;
}

/** Each writes a capture of at least so many frames: path, frames, seed. */
export const SHAPES = {
  'connection attempts without an answer': distinctFlows,
  'a mix of conversations': trafficMix,
  'connections that were opened': talks(({ port, seq, ack, ask, answer }) => {
    ask(tcp(port, 8080, SYN, seq, 0));
    answer(tcp(8080, port, SYN_ACK, ack, seq + 1));
    ask(tcp(port, 8080, ACK, seq + 1, ack + 1));
  }),
  'connections that were reset': talks(({ port, seq, ack, ask, answer }) => {
    ask(tcp(port, 8080, SYN, seq, 0));
    answer(tcp(8080, port, RST_ACK, ack, seq + 1));
  }),
  'connections that an ICMP error refused': talks(({ client, server, port, seq, ask, answer }) => {
    const syn = tcp(port, 8080, SYN, seq, 0);
    ask(syn);
    answer({ ...echo(0, UNREACHABLE, 0), code: PORT, payload: 28, quotes: quoteOf(client, server, syn) });
  }),
  'data with a wrong checksum': talks(({ port, seq, ack, ask }) =>
    ask({ ...tcp(port, 8080, PSH_ACK, seq, ack, 100), damaged: true }),
  ),
  'connections seen from their middle': talks(({ port, seq, ack, ask, answer }) => {
    ask(tcp(port, 8080, PSH_ACK, seq, ack, 700));
    answer(tcp(8080, port, ACK, ack, seq + 700));
  }),
  'one segment sent again and again': (path, count, seed) => {
    const file = new CaptureFile(path, randomBits(seed));
    for (let i = 0; i < count; i++)
      file.packet(pod(1, 1), pod(2, 2), tcp(40_000, 8080, PSH_ACK, 1000 * (1 + (i % 50)), 77, 900), false);
    file.close();
  },
  'lookups with an answer': talks(({ i, port, ask, answer }) => {
    ask(dns(port, 53, i, QUERY, 44));
    answer(dns(53, port, i, ANSWER, 90));
  }),
  'lookups without an answer': talks(({ i, port, ask }) => ask(dns(port, 53, i, QUERY, 44))),
  'UDP both ways': talks(({ port, ask, answer }) => {
    ask(dns(port, 9999, 0, 0, 44));
    answer(dns(9999, port, 0, 0, 44));
  }),
  'pings with an answer': talks(({ i, port, ask, answer }) => {
    ask(echo(port, ECHO, i));
    answer(echo(port, ECHO_REPLY, i));
  }),
  'pings without an answer': talks(({ i, port, ask }) => ask(echo(port, ECHO, i))),
};

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  const [, , shape, frames, path, seed = '1'] = argv;
  if (!(shape in SHAPES) || path === undefined) {
    process.stderr.write(
      `node bench/generate-shapes.mjs SHAPE FRAMES FILE [SEED]; shapes: ${Object.keys(SHAPES).join(', ')}\n`,
    );
    process.exit(2);
  }
  SHAPES[shape](path, Number(frames), Number(seed));
}
