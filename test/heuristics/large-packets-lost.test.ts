import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/finding.js';
import { analyzed, serious } from '../bundle-folder.js';
import { framed, icmpError, type Packet, pcap, tcp } from '../capture-writer.js';
import { recorded } from './recorded.js';

/** What the check says of these files; `quiet` when it looked and found nothing. */
async function found(files: Readonly<Record<string, string | Buffer>>): Promise<readonly Finding[]> {
  const report = await analyzed(files);
  expect(report.checks.filter((check) => check.outcome === 'crashed')).toEqual([]);
  return serious(report).filter((f) => f.code === 'large-packets-lost');
}

const T = 1_700_000_000;
const [CLIENT, SERVER] = ['10.61.1.5:41000', '10.61.2.7:8080'];
const there = (at: number, s: Parameters<typeof tcp>[2]): Packet => ({ at: T + at, bytes: tcp(CLIENT, SERVER, s) });
const back = (at: number, s: Parameters<typeof tcp>[2]): Packet => ({ at: T + at, bytes: tcp(SERVER, CLIENT, s) });
/** Handshake, a request of 80 bytes, and an answer of 200 bytes that is acknowledged. */
const begun = [
  there(0, { flags: 'S', seq: 1000 }),
  back(0.001, { flags: 'SA', seq: 7000, ack: 1001 }),
  there(0.002, { flags: 'A', seq: 1001, ack: 7001 }),
  there(0.003, { flags: 'PA', seq: 1001, ack: 7001, length: 80 }),
  back(0.004, { flags: 'PA', seq: 7001, ack: 1081, length: 200 }),
  there(0.005, { flags: 'A', seq: 1081, ack: 7201 }),
];
const TRIES = [0.01, 0.22, 0.65, 1.5, 3.2];
const sent = (length: number): Packet[] => TRIES.map((at) => back(at, { flags: 'A', seq: 7201, ack: 1081, length }));
const capture = (...packets: readonly Packet[]): Buffer => pcap(framed([...packets].sort((a, b) => a.at - b.at)));

describe('large-packets-lost fires', () => {
  it('on the sender of a real connection behind a smaller MTU that nobody tells', async () => {
    const [finding, ...more] = await found({ 'b.pcap': recorded('mtu-sender.pcap') });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'critical', confidence: 'proven', count: 6 });
    expect(finding?.title).toContain('255 bytes pass, 1500 do not');
    expect(finding?.evidence[0]).toMatchObject({ file: 'b.pcap', frame: 27 });
    expect(finding?.subjects).toEqual(expect.arrayContaining(['10.61.1.5', '10.61.2.7']));
  });

  it('where segmentation offload shows frames larger than any MTU', async () => {
    const [finding] = await found({ 'b.pcap': recorded('mtu-sender-offload.pcap') });
    expect(finding?.title).toContain('255 bytes pass, 1500 do not');
  });

  it('on pings of two sizes, captured and typed', async () => {
    const [captured] = await found({ 'a.pcap': recorded('mtu-receiver.pcap') });
    expect(captured).toMatchObject({ severity: 'critical', confidence: 'proven', count: 3 });
    expect(captured?.title).toContain('1028 bytes pass, 1428 do not');
    const [typed] = await found({ 'pings.txt': recorded('mtu-pings.txt') });
    expect(typed).toMatchObject({ confidence: 'likely' });
    expect(typed?.title).toContain('1028 bytes pass, 1428 do not');
    expect(typed?.evidence[0]).toMatchObject({ file: 'pings.txt', line: 12 });
  });

  it('on a sender that is told and does not act on it, citing who told', async () => {
    const big = tcp(SERVER, CLIENT, { flags: 'A', seq: 7201, ack: 1081, length: 1448 });
    const told = TRIES.map((at) => ({
      at: T + at + 0.001,
      bytes: icmpError('10.61.2.1', '10.61.2.7', 3, 4, big),
    }));
    const [finding] = await found({ 'b.pcap': capture(...begun, ...sent(1448), ...told) });
    expect(finding?.explanation).toContain('10.61.2.1 says that they are too big');
  });

  it('on the receiving side, where what comes after the missing bytes arrives', async () => {
    const tail = back(0.02, { flags: 'PA', seq: 10_097, ack: 1081, length: 300 });
    const asks = [0.021, 0.3, 0.8, 1.7, 3.4].map((at) => there(at, { flags: 'A', seq: 1081, ack: 7201 }));
    const [finding] = await found({ 'a.pcap': capture(...begun, tail, ...asks) });
    expect(finding?.explanation).toContain('2896 bytes are missing');
  });
});

describe('large-packets-lost stays silent', () => {
  it('on path MTU discovery that works', async () => {
    expect(await found({ 'b.pcap': recorded('mtu-obeyed.pcap') })).toEqual([]);
    expect(await found({ 'a.pcap': recorded('mtu-obeyed-pings.pcap') })).toEqual([]);
    expect(await found({ 'pings.txt': recorded('mtu-obeyed-pings.txt') })).toEqual([]);
  });

  it('when the same bytes get through at last', async () => {
    const late = there(3.3, { flags: 'A', seq: 1081, ack: 8649 });
    expect(await found({ 'b.pcap': capture(...begun, ...sent(1448), late) })).toEqual([]);
  });

  it('when a segment as large was acknowledged before: the peer is gone', async () => {
    const before = [
      back(0.006, { flags: 'A', seq: 7201, ack: 1081, length: 1448 }),
      there(0.007, { flags: 'A', seq: 1081, ack: 8649 }),
    ];
    const gone = TRIES.map((at) => back(at, { flags: 'A', seq: 8649, ack: 1081, length: 1448 }));
    expect(await found({ 'b.pcap': capture(...begun, ...before, ...gone) })).toEqual([]);
  });

  it('when small segments are lost, too, and when the loss is short', async () => {
    expect(await found({ 'b.pcap': capture(...begun, ...sent(300)) })).toEqual([]);
    expect(await found({ 'b.pcap': capture(...begun, ...sent(1448).slice(0, 2)) })).toEqual([]);
  });

  it('on a hole that reordering leaves for a moment', async () => {
    const tail = back(0.02, { flags: 'PA', seq: 10_097, ack: 1081, length: 300 });
    const asks = [0.021, 0.022, 0.023].map((at) => there(at, { flags: 'A', seq: 1081, ack: 7201 }));
    const late = back(0.03, { flags: 'A', seq: 7201, ack: 1081, length: 2896 });
    const all = there(0.031, { flags: 'A', seq: 1081, ack: 10_397 });
    expect(await found({ 'a.pcap': capture(...begun, tail, ...asks, late, all) })).toEqual([]);
  });
});
