import { describe, expect, it } from 'vitest';
import { analyzed, symptoms } from '../bundle-folder.js';
import { conversation, framed, type Packet, pcap, tcp } from '../capture-writer.js';

const T = 1_700_000_000;
const refused = (n: number, client: string, server: string): Packet[] =>
  Array.from({ length: n }, (_, i) => [
    { at: T + i, bytes: tcp(`${client}:${41000 + i}`, server, { flags: 'S', seq: 100 + i }) },
    { at: T + i + 0.001, bytes: tcp(server, `${client}:${41000 + i}`, { flags: 'RA', ack: 101 + i }) },
  ]).flat();
const idle = conversation(T + 20, '10.61.1.5:40000', '10.61.2.9:80');
const codes = async (packets: readonly Packet[]): Promise<string[]> =>
  symptoms(await analyzed({ 'a.pcap': pcap(framed([...packets].sort((a, b) => a.at - b.at))) }));

describe('connection-reset', () => {
  it('fires when a port refuses again and again', async () => {
    expect(await codes([...refused(4, '10.61.1.5', '10.61.2.7:8080'), ...idle])).toEqual(['connection-reset']);
  });

  it('is silent on one try, and on a server that accepts others', async () => {
    expect(await codes([...refused(1, '10.61.1.5', '10.61.2.7:8080'), ...idle])).toEqual([]);
    expect(
      await codes([
        ...refused(3, '10.61.1.5', '10.61.2.7:8080'),
        ...conversation(T + 9, '10.61.1.5:42000', '10.61.2.7:8080'),
      ]),
    ).toEqual([]);
  });

  it('is silent on a connection that is reset after its data', async () => {
    const talk = conversation(T, '10.61.1.5:41000', '10.61.2.7:8080').slice(0, 7);
    expect(
      await codes([
        ...talk,
        { at: T + 1, bytes: tcp('10.61.2.7:8080', '10.61.1.5:41000', { flags: 'RA', seq: 7214, ack: 1081 }) },
        ...idle,
      ]),
    ).toEqual([]);
  });
});
