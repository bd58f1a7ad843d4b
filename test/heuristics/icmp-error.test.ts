import { describe, expect, it } from 'vitest';
import { analyzed, serious, symptoms } from '../bundle-folder.js';
import { conversation, framed, icmpError, type Packet, pcap, tcp, udp } from '../capture-writer.js';

const T = 1_700_000_000;
const POD = '10.61.1.5';
const idle = conversation(T + 20, `${POD}:40000`, '10.61.2.9:80');
const error = (at: number, type: number, code: number, quoted: Buffer, from = '10.61.1.1'): Packet => ({
  at: T + at,
  bytes: icmpError(from, POD, type, code, quoted),
});
const codes = async (packets: readonly Packet[]): Promise<string[]> =>
  symptoms(await analyzed({ 'a.pcap': pcap(framed([...packets].sort((a, b) => a.at - b.at))) }));

describe('icmp-error', () => {
  it('fires on a host that cannot be reached', async () => {
    const syn = tcp(`${POD}:41000`, '10.61.2.7:80', { flags: 'S', seq: 1 });
    const report = await analyzed({ 'a.pcap': pcap(framed([{ at: T, bytes: syn }, error(0.1, 3, 1, syn), ...idle])) });
    expect(symptoms(report)).toEqual(['icmp-error']);
    expect(serious(report)[0]?.subjects).toEqual(expect.arrayContaining(['10.61.2.7', '10.61.1.1']));
  });

  it('tells an error once that two captures show, and one before and after translation', async () => {
    const lost = (to: string): Buffer => udp(`${POD}:41000`, to, Buffer.from('x'));
    const errors = [1, 2].map((at) => error(at, 3, 1, lost('10.61.3.9:5000')));
    const translated = [1.0001, 2.0001].map((at) => error(at, 3, 1, lost('10.100.0.9:5000'), '10.100.0.9'));
    const report = await analyzed({
      'a.pcap': pcap(framed([...errors, ...translated].sort((a, b) => a.at - b.at).concat(idle))),
      'b.pcap': pcap(framed([...errors, ...idle])),
    });
    const found = serious(report).filter((f) => f.code === 'icmp-error');
    expect(found).toMatchObject([{ count: 2 }]);
    expect(found[0]?.subjects).toEqual(expect.arrayContaining(['10.61.3.9', '10.100.0.9', POD]));
  });

  it('is silent on traceroute', async () => {
    const probes = Array.from({ length: 9 }, (_, i) =>
      udp(`${POD}:4000${i}`, `198.51.100.7:${33434 + i}`, Buffer.alloc(32)),
    );
    const packets = probes.flatMap((bytes, i) => [
      { at: T + i * 0.1, bytes },
      error(i * 0.1 + 0.01, i < 8 ? 11 : 3, i < 8 ? 0 : 3, bytes),
    ]);
    expect(await codes([...packets, ...idle])).toEqual([]);
  });

  it('is silent on path MTU discovery', async () => {
    const big = tcp(`${POD}:41000`, '10.61.2.7:80', { flags: 'A', seq: 1, length: 1400 });
    expect(await codes([{ at: T, bytes: big }, error(0.1, 3, 4, big), ...idle])).toEqual([]);
  });
});
