import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as pcapParser from 'pcap-parser';
import { describe, expect, it } from 'vitest';
import * as c from './craft.js';
import { dump } from './dump.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');

interface Seen {
  time: string;
  captured: number;
  original: number;
}

const PIECE = 4096;

/** What pcap-parser, which shares no line with us, reads. It keeps pieces. */
function independent(bytes: Uint8Array): Promise<Seen[]> {
  return new Promise((resolve, reject) => {
    const seen: Seen[] = [];
    const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
      bytes.subarray(i * PIECE, (i + 1) * PIECE),
    );
    const parser = pcapParser.parse(Readable.from(pieces, { objectMode: false }));
    parser.on('packet', ({ header, data }: { header: pcapParser.PacketHeader; data: Buffer }) => {
      const time = `${header.timestampSeconds}.${String(header.timestampMicroseconds * 1000).padStart(9, '0')}`;
      seen.push({ time, captured: data.length, original: header.originalLength });
    });
    parser.on('end', () => resolve(seen));
    parser.on('error', reject);
  });
}

async function ours(bytes: Uint8Array): Promise<Seen[]> {
  const { frames } = await dump(bytes);
  return frames.map((f) => ({
    time: `${f.sec}.${String(f.nsec).padStart(9, '0')}`,
    captured: Number(f.capLen),
    original: Number(f.wireLen),
  }));
}

/** Microsecond magic of either byte order: all that pcap-parser knows. */
function isClassic(bytes: Uint8Array): boolean {
  return ['d4c3b2a1', 'a1b2c3d4'].includes(Buffer.from(bytes.subarray(0, 4)).toString('hex'));
}

describe('pcap-parser reads the same frames', () => {
  const files = readdirSync(FIXTURES)
    .filter((name) => name.endsWith('.pcap'))
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(FIXTURES, name))) }))
    .filter(({ bytes }) => isClassic(bytes));
  const big = c.pcap([c.eth(0x0806, c.zeros(28)), { bytes: c.zeros(3), wire: 99 }, []], { little: false });
  for (const { name, bytes } of [...files, { name: 'big-endian', bytes: big }]) {
    it(name, async () => {
      const theirs = await independent(bytes);
      expect(theirs.length).toBeGreaterThan(0);
      expect(await ours(bytes)).toEqual(theirs);
    });
  }
});
