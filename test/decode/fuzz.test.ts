import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as c from './craft.js';
import { dump } from './dump.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const files = readdirSync(FIXTURES)
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(FIXTURES, name))) }));

const LINK_TYPES = [0, 1, 12, 14, 101, 108, 113, 228, 229, 239, 276, 9];

describe('any bytes', () => {
  it('as a file', async () => {
    const heads = ['', 'd4c3b2a102000400', 'a1b23c4d00020004', '0a0d0d0a1c0000004d3c2b1a'];
    const file = fc.tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 2000 }));
    await fc.assert(
      fc.asyncProperty(file, async ([head, rest]) => {
        await dump(Uint8Array.from([...Buffer.from(head, 'hex'), ...rest]), 97);
      }),
      { numRuns: 500 },
    );
  });
  it('as a frame of every link type', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const lead = fc.constantFrom('', '0200000000020200000000010800', '450000', '60000000', '4500003c0000000040110000');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...LINK_TYPES), lead, bytes, async (linkType, start, rest) => {
        const frame = [...Buffer.from(start, 'hex'), ...rest];
        const { frames } = await dump(c.pcap([{ bytes: frame, wire: frame.length + (rest[0] ?? 0) }], { linkType }));
        expect(frames.length).toBe(1);
        for (const value of Object.values(frames[0]!)) expect(value).not.toBeNaN();
      }),
      { numRuns: 3000 },
    );
  });
  it('flipped in a capture', async () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), flips, async ({ bytes }, changes) => {
        const copy = bytes.slice();
        for (const [at, mask] of changes) copy[at % copy.length]! ^= mask;
        const { frames } = await dump(copy);
        frames.forEach((frame, i) => {
          expect(frame.place).toBe(i + 1);
        });
      }),
      { numRuns: 400 },
    );
  });
  it('flipped in the frames of a capture never change their number', async () => {
    const { bytes } = files.find((f) => f.name === 'vxlan.pcap')!;
    const whole = (await dump(bytes)).frames;
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const copy = bytes.slice();
        const starts: number[] = [];
        let at = 24;
        for (const frame of whole) {
          starts.push(at + 16);
          at += 16 + Number(frame.capLen);
        }
        for (const [frame, byte, mask] of list) {
          const i = frame % whole.length;
          copy[starts[i]! + (byte % Number(whole[i]!.capLen))]! ^= mask;
        }
        expect((await dump(copy)).frames.length).toBe(whole.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a capture cut at every byte', () => {
  for (const name of ['vxlan-refused.pcap', 'any-v1.pcap']) {
    it(`${name} keeps every frame before the cut`, async () => {
      const { bytes } = files.find((f) => f.name === name)!;
      const whole = (await dump(bytes)).frames;
      const ends: number[] = [];
      let at = 24;
      for (const frame of whole) {
        at += 16 + Number(frame.capLen);
        ends.push(at);
      }
      for (let cut = 0; cut <= bytes.length; cut++) {
        const { frames, notes } = await dump(bytes.subarray(0, cut));
        const complete = ends.filter((end) => end <= cut).length;
        expect(frames).toEqual(whole.slice(0, complete));
        expect(notes.length).toBe(cut === 24 || ends.includes(cut) ? 0 : 1);
      }
    });
  }
  it('pcapng keeps every frame before the cut', async () => {
    const b = new c.Pcapng();
    b.section().interface(1, b.option(2, [...Buffer.from('eth0')]));
    for (let i = 0; i < 5; i++) b.packet(0, 0, i, c.eth(0x0800, c.ip4(17, c.udp(i, 53, [1, 2, 3]))));
    const bytes = Uint8Array.from(b.bytes());
    const whole = (await dump(bytes)).frames;
    let last = 0;
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { frames } = await dump(bytes.subarray(0, cut));
      expect(frames).toEqual(whole.slice(0, frames.length));
      expect(frames.length).toBeGreaterThanOrEqual(last);
      last = frames.length;
    }
    expect(last).toBe(5);
  });
});

describe('chunks of any size give the same', () => {
  for (const { name, bytes } of files) {
    it(name, async () => {
      const whole = await dump(bytes, bytes.length);
      for (const size of [1, 7, 61, 4096]) expect(await dump(bytes, size)).toEqual(whole);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 }),
          async (sizes) => {
            expect(await dump(bytes, sizes)).toEqual(whole);
          },
        ),
        { numRuns: 5 },
      );
    });
  }
});
