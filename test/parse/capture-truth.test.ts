import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AddressTable } from '../../src/core/address.js';
import { Frame, Stop } from '../../src/core/frame.js';
import type { Sink } from '../../src/core/sink.js';
import { decodeCapture } from '../../src/decode/capture.js';
import { packetCsv } from '../../src/parse/packet/packet-csv.js';
import { tcpdumpText } from '../../src/parse/packet/tcpdump-text.js';
import type { Parser } from '../../src/parse/parser.js';

/** What tcpdump and tshark print of a capture must give the frames that our decoder reads from the capture itself. */

const ALWAYS = ['src', 'dst', 'sport', 'dport', 'proto', 'etherType'] as const;
const TCP = ['tcpFlags', 'seq', 'ack', 'window', 'mss', 'windowScale', 'tsVal', 'tsEcr', 'payloadLen'] as const;
const ICMP = ['icmpType', 'icmpCode', 'icmpId', 'icmpSeq', 'icmpMtu'] as const;
const TUNNEL = ['tunnel', 'tunnelDepth', 'vni', 'outerSrc', 'outerDst', 'outerSport', 'outerDport'] as const;
const OTHER = [
  'dnsId',
  'arpOp',
  'ipId',
  'ttl',
  'ipLen',
  'vlan',
  'macSrc',
  'macDst',
  'innerMacSrc',
  'innerMacDst',
  'wireLen',
] as const;
const QUOTED = ['quotedSrc', 'quotedDst', 'quotedProto', 'quotedSport', 'quotedDport', 'quotedSeq'] as const;

function collect(): { sink: Sink; frames: Frame[]; addresses: AddressTable } {
  const frames: Frame[] = [];
  const addresses = new AddressTable();
  const sink: Sink = {
    addresses,
    tap: () => 0,
    packet: (frame: Frame) => frames.push(Object.assign(new Frame(), frame)),
    packetIn: (_bytes, _from, _to, _number, frame: Frame) => frames.push(Object.assign(new Frame(), frame)),
    capture: () => undefined,
    note: () => undefined,
    emit: () => undefined,
    host: () => undefined,
    of: () => sink,
  } as Sink;
  return { sink, frames, addresses };
}

function show(frame: Frame, addresses: AddressTable, keys: readonly (keyof Frame)[]): Record<string, unknown> {
  return Object.fromEntries(
    keys.map((key) => [
      key,
      /src$|dst$/i.test(key) && !key.includes('ac') ? addresses.text(frame[key] as number) : frame[key],
    ]),
  );
}

async function both(
  parser: Parser,
  capture: string,
  text: string,
): Promise<[ReturnType<typeof collect>, ReturnType<typeof collect>]> {
  const truth = collect();
  const bytes = readFileSync(`test/parse/captures/${capture}`);
  await decodeCapture(
    (async function* () {
      yield bytes;
    })(),
    { ...truth.sink, packet: (frame) => truth.sink.packet(frame, 0, { text: '', number: 0, offset: 0 }) },
  );
  const read = collect();
  const reader = parser.open(read.sink, { path: text });
  const lines = readFileSync(`samples/formats/${parser.id}/${text}`, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#!'));
  for (const [i, line] of lines.entries()) reader.line({ text: line, number: i + 1, offset: 0 });
  reader.end?.();
  return [truth, read];
}

for (const [parser, capture, text, keys] of [
  [tcpdumpText, 'crafted.pcap', 'plain.txt', [...ALWAYS, ...TCP, ...ICMP, ...TUNNEL]],
  [tcpdumpText, 'crafted.pcap', 'link-header.txt', [...ALWAYS, ...TCP, ...ICMP, ...TUNNEL]],
  [tcpdumpText, 'crafted.pcap', 'verbose.txt', [...ALWAYS, ...TCP, ...ICMP, ...TUNNEL]],
  [
    tcpdumpText,
    'crafted.pcap',
    'verbose-link-header.txt',
    [...ALWAYS, ...TCP, ...ICMP, ...TUNNEL, ...OTHER, ...QUOTED],
  ],
  [tcpdumpText, 'overlay.pcap', 'overlay-epoch.txt', [...ALWAYS, ...TCP, ...ICMP, ...TUNNEL, 'sec', 'nsec']],
  [
    packetCsv,
    'crafted.pcap',
    'fields.csv',
    [...ALWAYS, ...TCP, ...ICMP, ...TUNNEL, ...OTHER, ...QUOTED, 'sec', 'nsec'],
  ],
] as const) {
  it(`${text} equals ${capture}`, async () => {
    const [truth, read] = await both(parser, capture, text);
    // tshark shows a reassembled datagram at its last fragment, the inner tag of two, and a cut segment by its bytes.
    const excused = (frame: Frame) =>
      parser === packetCsv && (frame.fragOffset >= 0 || frame.vlan === 200 || frame.ipLen > frame.wireLen);
    // A CSV row without addresses says nothing.
    const frames = truth.frames.filter((f) => parser !== packetCsv || f.src !== 0 || f.dst !== 0 || f.arpOp >= 0);
    expect(read.frames).toHaveLength(frames.length);
    const differences: unknown[] = [];
    frames.forEach((frame, i) => {
      const [a, b] = [show(frame, truth.addresses, keys), show(read.frames[i]!, read.addresses, keys)];
      if (excused(frame)) return;
      for (const key of keys) {
        // What a text without -v, or a printer, does not say stays unknown.
        // An ARP reply's text has no target; a fragment's has the length of the whole datagram.
        if ((key === 'dst' && frame.arpOp === 2) || (key === 'payloadLen' && frame.fragOffset === 0)) continue;
        const unknown = b[key] === -1 || b[key] === '' || (key === 'wireLen' && b[key] === 0);
        if (a[key] !== b[key] && !unknown)
          differences.push(`${i + 1} ${key}: ${String(a[key])} read as ${String(b[key])}`);
        if (unknown && a[key] !== b[key] && (ALWAYS as readonly string[]).includes(key) && frame.stop === Stop.none) {
          differences.push(`${i + 1} ${key}: ${String(a[key])} not read`);
        }
      }
    });
    expect(differences).toEqual([]);
  });
}
