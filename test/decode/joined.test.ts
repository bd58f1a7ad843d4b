import { describe, expect, it } from 'vitest';
import { analyzed } from '../bundle-folder.js';
import { ethernet, LINK, pcap, unansweredSyn } from '../capture-writer.js';
import { Pcapng } from './craft.js';

const T = 1_700_000_000;
const syns = (port: number) => unansweredSyn(T, `10.0.0.1:${port}`, '10.0.0.2:80');
const onEthernet = pcap(syns(40000).map(({ at, bytes }) => ({ at, bytes: ethernet(bytes) })));
const raw = pcap(syns(41000), LINK.raw);

/** Three frames in a file of the newer format. */
function pcapng(little = true): Buffer {
  const file = new Pcapng(little).section().interface(LINK.raw);
  for (const { bytes } of syns(42000)) file.packet(0, 0, 1, [...bytes]);
  return Buffer.from(file.bytes());
}

async function read(capture: Buffer) {
  const { bundle, notRead } = await analyzed({ 'n1.pcap': capture });
  return { packets: bundle.packets, notes: notRead.map(({ reason }) => reason) };
}

/** Header of a capture that was written by a machine of the other byte order. */
function bigEndian(capture: Buffer): Buffer {
  const turned = Buffer.from(capture);
  turned.subarray(0, 4).swap32();
  turned.subarray(4, 8).swap16();
  turned.subarray(8, 24).swap32();
  for (let at = 24; at < turned.length; at += 16 + capture.readUInt32LE(at + 8)) turned.subarray(at, at + 16).swap32();
  return turned;
}

describe('a pcap behind which lies', () => {
  it('nothing is read without a note', async () => {
    expect(await read(onEthernet)).toEqual({ packets: 3, notes: [] });
  });

  it.each([
    ['another', onEthernet],
    ['another of another link type', raw],
    ['another of the other byte order', bigEndian(raw)],
  ])('%s is read with it', async (_, second) => {
    expect(await read(Buffer.concat([onEthernet, second]))).toEqual({
      packets: 6,
      notes: ['another capture begins behind frame 3: it was read, too'],
    });
  });

  it('half a header of another is read and says so', async () => {
    const { packets, notes } = await read(Buffer.concat([onEthernet, raw.subarray(0, 20)]));
    expect(packets).toBe(3);
    expect(notes).toEqual([
      'another capture begins behind frame 3: it was read, too',
      'file ends inside the pcap file header',
    ]);
  });

  it('a hundred thousand headers of others costs no more than a thousand', async () => {
    const { packets, notes } = await read(
      Buffer.concat([onEthernet, ...Array<Buffer>(100_000).fill(onEthernet.subarray(0, 24))]),
    );
    expect(packets).toBe(3);
    expect(notes).toEqual([
      'another capture begins behind frame 3: it was read, too',
      'more than 1000 captures one behind the other: the rest was left out',
    ]);
  });

  // What a file system leaves of a file that was not written to its end.
  it('zeros has no empty frames of 1970', async () => {
    expect(await read(Buffer.concat([onEthernet, Buffer.alloc(5000)]))).toEqual({
      packets: 3,
      notes: ['zero bytes behind frame 3, where the next should be: what follows was not read'],
    });
  });
});

// As `cat *.pcap*` leaves them.
describe('captures of both formats in one file', () => {
  const CHANGE = 'a capture of another format begins behind frame 3: it was read, too';

  it.each([
    ['a pcapng behind a pcap', [onEthernet, pcapng()], 6],
    ['a pcapng of the other byte order behind a pcap', [onEthernet, pcapng(false)], 6],
    ['a pcap behind a pcapng', [pcapng(), raw], 6],
    ['a pcap of the other byte order behind a pcapng', [pcapng(), bigEndian(raw)], 6],
    ['one after the other and once more', [pcapng(), raw, pcapng(), onEthernet], 12],
  ])('%s: all are read', async (_, files, packets) => {
    expect(await read(Buffer.concat(files))).toEqual({ packets, notes: [CHANGE] });
  });

  it('a file that ends behind the first bytes of the other format says so', async () => {
    const { packets, notes } = await read(Buffer.concat([onEthernet, pcapng().subarray(0, 20)]));
    expect(packets).toBe(3);
    expect(notes).toEqual([CHANGE, 'file ends inside the pcapng section header']);
  });

  it('ten thousand changes cost no more than a hundred', async () => {
    const heads = Buffer.concat([pcapng().subarray(0, 28), onEthernet.subarray(0, 24)]);
    const { packets, notes } = await read(Buffer.concat([onEthernet, ...Array<Buffer>(5000).fill(heads)]));
    expect(packets).toBe(3);
    expect(notes).toEqual([CHANGE, 'more than 100 changes between pcap and pcapng: the rest was left out']);
  });
});
