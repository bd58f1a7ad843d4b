import { describe, expect, it } from 'vitest';
import { analyzed, symptoms } from '../bundle-folder.js';
import { conversation, framed, type Packet, pcap, tcp } from '../capture-writer.js';

const line = (second: string, ifname: string, way: 'In' | 'Out', from: string, to: string, rest: string): string =>
  `10:00:${second} ${ifname} ${way.padEnd(3)} IP ${from} > ${to}: ${rest}\n`;
const [C, S] = ['192.168.5.9.40000', '192.168.77.10.443'];
const talk = (inner: string, outer: string, through: boolean): string =>
  '[root@alpha ~]# tcpdump -nn -i any port 443\n' +
  line('00.000001', inner, 'In', C, S, 'Flags [S], seq 100, win 1, length 0') +
  line('00.000101', outer, 'Out', S, C, 'Flags [S.], seq 900, ack 101, win 1, length 0') +
  (through
    ? line('00.000201', inner, 'In', C, S, 'Flags [.], ack 901, win 1, length 0') +
      line('00.000301', outer, 'Out', S, C, 'Flags [P.], seq 901:950, ack 101, win 1, length 49')
    : line('01.000001', inner, 'In', C, S, 'Flags [S], seq 100, win 1, length 0') +
      line('01.000101', outer, 'Out', S, C, 'Flags [S.], seq 900, ack 101, win 1, length 0') +
      line('03.000001', inner, 'In', C, S, 'Flags [S], seq 100, win 1, length 0'));

describe('asymmetric-flow', () => {
  it('fires when replies leave by another interface and the client does not get them', async () => {
    expect(symptoms(await analyzed({ 'paste.txt': talk('eth1', 'eth0', false) }))).toContain('asymmetric-flow');
  });

  it('only informs when both ways succeed', async () => {
    const report = await analyzed({ 'paste.txt': talk('eth1', 'eth0', true) });
    expect(symptoms(report)).toEqual([]);
    expect(report.findings.map((f) => f.code)).toEqual(['asymmetric-flow']);
  });

  it('is silent when both ways use one interface', async () => {
    expect((await analyzed({ 'paste.txt': talk('eth1', 'eth1', true) })).findings).toEqual([]);
  });
});

describe('replies alone', () => {
  const T = 1_700_000_000;
  const whole = Array.from({ length: 5 }, (_, i) =>
    conversation(T + i, `10.61.1.5:${41000 + i}`, '10.61.2.7:80', 1000 + i * 999),
  ).flat();
  const half = (port: number, tries: number): Packet[] =>
    Array.from({ length: tries }, (_, i) => ({
      at: T + 4 + i,
      bytes: tcp('192.168.77.10:443', `10.9.8.7:${port}`, { flags: 'SA', seq: port, ack: port * 3 }),
    }));
  const seen = async (packets: readonly Packet[]) =>
    analyzed({ 'tap.pcap': pcap(framed([...packets].sort((a, b) => a.at - b.at))) });

  it('fires on SYN-ACKs without their SYNs that the server repeats, beside whole handshakes', async () => {
    const report = await seen([...whole, ...half(50001, 3), ...half(50002, 3)]);
    expect(report.findings.find((f) => f.code === 'asymmetric-flow')).toMatchObject({ severity: 'warning', count: 2 });
  });

  it('takes the answer to a SYN with data, which acknowledges them too, for its answer', async () => {
    const fast = (port: number, acked: number): Packet[] => [
      { at: T + 4, bytes: tcp(`10.9.8.7:${port}`, '192.168.77.10:443', { flags: 'S', seq: port, length: 5 }) },
      ...[0, 1].map((i) => ({
        at: T + 4.1 + i,
        bytes: tcp('192.168.77.10:443', `10.9.8.7:${port}`, { flags: 'SA', seq: 77, ack: port + acked }),
      })),
    ];
    const codes = async (acked: number) =>
      (await seen([...whole, ...fast(50001, acked), ...fast(50002, acked)])).findings
        .filter((f) => f.code === 'asymmetric-flow')
        .map((f) => f.severity);
    expect(await codes(6)).toEqual([]);
    expect(await codes(1)).toEqual([]);
    expect(await codes(3000)).toEqual(['warning']);
  });

  it('only informs when they are not repeated, and is silent on one, at the start, and without whole handshakes', async () => {
    const codes = async (packets: readonly Packet[]) =>
      (await seen(packets)).findings.filter((f) => f.code === 'asymmetric-flow').map((f) => f.severity);
    expect(await codes([...whole, ...half(50001, 1), ...half(50002, 1)])).toEqual(['info']);
    expect(await codes([...whole, ...half(50001, 3)])).toEqual([]);
    expect(await codes([...half(50001, 3), ...half(50002, 3)])).toEqual([]);
    const early = [...half(50001, 1), ...half(50002, 1)].map((p) => ({ ...p, at: p.at - 3 }));
    expect(await codes([...whole, ...early])).toEqual([]);
  });
});
