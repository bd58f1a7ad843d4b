import { describe, expect, it } from 'vitest';
import { analyzed, symptoms } from '../bundle-folder.js';
import { conversation, framed, type Packet, pcap, tcp } from '../capture-writer.js';

const T = 1_700_000_000;
const [CLIENT, SERVER] = ['10.61.1.5:41000', '10.61.2.7:8080'];
const open = conversation(T, CLIENT, SERVER).slice(0, 3);
const data = (at: number, length: number, id: number): Packet => {
  const bytes = tcp(CLIENT, SERVER, { flags: 'PA', seq: 1001, ack: 7014, length });
  bytes.writeUInt16BE(id, 4);
  return { at: T + at, bytes };
};
const codes = async (packets: readonly Packet[]): Promise<string[]> =>
  symptoms(await analyzed({ 'a.pcap': pcap(framed([...packets].sort((a, b) => a.at - b.at))) }));

describe('tcp-retransmission', () => {
  it('fires on a segment sent again and again', async () => {
    expect(await codes([...open, ...[0.1, 0.3, 0.7, 1.5, 3.1].map((at, i) => data(at, 1400, 10 + i))])).toContain(
      'tcp-retransmission',
    );
  });

  it('is silent on keep-alives', async () => {
    expect(await codes([...open, ...[15, 30, 45, 60, 75].map((at, i) => data(at, 1, 10 + i))])).toEqual([]);
  });

  it('is silent on one packet that a merged capture shows several times', async () => {
    expect(await codes([...open, ...[0.1, 5.1, 10.1, 15.1].map((at) => data(at, 1400, 10))])).toEqual([]);
  });
});
