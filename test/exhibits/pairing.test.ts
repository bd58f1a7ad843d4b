import { describe, expect, it } from 'vitest';
import type { PacketRow } from '../../src/exhibits/ladder-packets.js';
import { labelOf, repeatKey } from '../../src/exhibits/ladder-words.js';
import { paired, type Sighting } from '../../src/exhibits/pairing.js';

const NONE: PacketRow = {
  tap: 1,
  place: 1,
  timeNs: 0n,
  leg: 'request',
  proto: 6,
  src: 1,
  dst: 2,
  sport: 40000,
  dport: 80,
  tcpFlags: 2,
  seq: 1000,
  ack: 0,
  tsVal: -1,
  payloadLen: 0,
  payloadHash: -1,
  ttl: 64,
  ipId: 0,
  icmpType: -1,
  icmpCode: -1,
  icmpId: -1,
  icmpSeq: -1,
  dnsId: -1,
  dnsFlags: -1,
  fragOffset: -1,
};

/** At a lifeline with its own tap, after so many milliseconds. */
const at = (line: number, ms: number, more: Partial<PacketRow> = {}): Sighting => ({
  line,
  ns: BigInt(Math.round(ms * 1e6)),
  row: { ...NONE, tap: line + 1, place: Math.round(ms) + 1, ...more },
});

/** Lifelines and milliseconds of each packet. */
const shown = (sightings: readonly Sighting[], fits = (_a: number, _b: number) => true): string[] =>
  paired(sightings, fits).map((packet) =>
    packet.sightings.map(({ line, ns }) => `${line}@${Number(ns) / 1e6}`).join(' '),
  );

describe('copies of one packet', () => {
  it('are put together by what NAT and tunnels leave alone', () => {
    expect(shown([at(0, 0), at(1, 1, { src: 7, sport: 61000 }), at(2, 2, { src: 7, dst: 9, dport: 8080 })])).toEqual([
      '0@0 1@1 2@2',
    ]);
  });

  it('are not other segments, nor the other direction', () => {
    expect(shown([at(0, 0), at(1, 1, { seq: 1001 }), at(1, 2, { leg: 'answer' })])).toEqual(['0@0', '1@1', '1@2']);
  });

  it('sent again are packets of their own', () => {
    expect(shown([at(0, 0), at(1, 1), at(0, 1000), at(1, 1001), at(0, 3000)])).toEqual([
      '0@0 1@1',
      '0@1000 1@1001',
      '0@3000',
    ]);
  });

  it('lost on the first try are not the second try elsewhere', () => {
    expect(shown([at(0, 0), at(0, 1000), at(1, 1001)])).toEqual(['0@0', '0@1000 1@1001']);
  });

  it('are taken in their order where the clocks cannot be compared', () => {
    const apart = (a: number, b: number): boolean => a === b;
    expect(shown([at(0, 0), at(0, 1000), at(1, 70_000), at(1, 71_000)], apart)).toEqual([
      '0@0 1@70000',
      '0@1000 1@71000',
    ]);
  });

  it('are put together again where offload split them', () => {
    const data = { tcpFlags: 16, ack: 5 };
    const whole = at(0, 0, { ...data, payloadLen: 2796 });
    const first = at(1, 1, { ...data, payloadLen: 1398 });
    const second = at(1, 1.1, { ...data, payloadLen: 1398, seq: 2398 });
    expect(shown([whole, first, second])).toEqual(['0@0 1@1 1@1.1']);
    // Not at the same tap: that is a segment sent again in smaller pieces.
    expect(shown([whole, at(0, 50, { ...data, payloadLen: 1398 })])).toEqual(['0@0', '0@50']);
  });

  it('of echo requests survive a new identifier', () => {
    const echo = { proto: 1, icmpType: 8, icmpCode: 0, icmpSeq: 3, payloadHash: 77 };
    expect(shown([at(0, 0, { ...echo, icmpId: 5 }), at(1, 1, { ...echo, icmpId: 999 })])).toEqual(['0@0 1@1']);
  });
});

describe('a packet in words', () => {
  it.each([
    ['SYN', {}],
    ['SYN-ACK', { tcpFlags: 18 }],
    ['ACK', { tcpFlags: 16 }],
    ['data 1398 bytes', { tcpFlags: 24, payloadLen: 1398 }],
    ['FIN-ACK', { tcpFlags: 17 }],
    ['RST-ACK', { tcpFlags: 20 }],
    ['echo request 4', { proto: 1, icmpType: 8, icmpCode: 0, icmpSeq: 4 }],
    ['host unreachable', { proto: 1, icmpType: 3, icmpCode: 1, leg: 'error' as const }],
    ['DNS query 40 bytes', { proto: 17, dnsId: 7, dnsFlags: 256, payloadLen: 40 }],
    ['UDP 48 bytes', { proto: 17, payloadLen: 48 }],
    ['fragment at 1480', { proto: 17, fragOffset: 1480 }],
  ])('%s', (words, more) => {
    expect(labelOf({ ...NONE, ...more })).toBe(words);
  });

  it('is no repetition when it is a bare ACK', () => {
    expect(repeatKey({ ...NONE, tcpFlags: 16 })).toBeUndefined();
    expect(repeatKey(NONE)).toBe(repeatKey({ ...NONE, tsVal: 5, place: 9 }));
  });
});
