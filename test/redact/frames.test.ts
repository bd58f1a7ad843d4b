import { createReadStream, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../../src/core/address.js';
import { type CutFrame, cutFrames } from '../../src/decode/cut-frames.js';
import { framesFile } from '../../src/evidence/frames-file.js';
import { redactFrame } from '../../src/redact/frame/redact-frame.js';
import type { Images } from '../../src/redact/frame/rewriting.js';
import { tsharkMissing } from '../decode/tshark.js';
import { CHECKS, holds, type Seen, SHAPE, seenIn } from './shape.js';

/**
 * Frames of every link type and tunnel, redacted: tshark reads both and must see the same conversation, no address may be left in
 * the bytes, and with the payload put back each checksum must be as good or as bad as it was.
 */

const FOLDER = 'test/decode/fixtures';
const FIXTURES = readdirSync(FOLDER).filter((name) => /\.pcap(ng)?$/.test(name));
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-frames-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Images that nobody can take for the addresses, in the order of asking. */
function images(): Images & { readonly met: () => readonly Uint8Array[] } {
  const met = new Map<string, number>();
  const numberOf = (address: string): number => {
    if (!met.has(address)) met.set(address, met.size + 1);
    return met.get(address)!;
  };
  return {
    ip4: (address) => (address >>> 28 >= 14 ? address : 0xc613_0000 + numberOf(formatIpv4(address))),
    ip6: (address) => {
      if (address[0] === 0xff) return address;
      return parseIpv6(`2001:db8:ffff::${numberOf(formatIpv6(address)).toString(16)}`)!;
    },
    mac: (address) => {
      if ((Number.parseInt(address.slice(0, 2), 16) & 1) === 1 || address === '00:00:00:00:00:00') return address;
      return `06:aa:aa:aa:aa:${numberOf(address).toString(16).padStart(2, '0').slice(-2)}`;
    },
    met: () =>
      [...met.keys()].map((address) => {
        if (/^(?:..:){5}..$/.test(address))
          return Uint8Array.from(address.split(':'), (octet) => Number.parseInt(octet, 16));
        const v4 = parseIpv4(address);
        return v4 < 0 ? parseIpv6(address)! : Uint8Array.of(v4 >>> 24, v4 >>> 16, v4 >>> 8, v4);
      }),
  };
}

async function framesOf(name: string): Promise<CutFrame[]> {
  const frames: CutFrame[] = [];
  const all = new Set(Array.from({ length: 5000 }, (_, i) => i + 1));
  await cutFrames(createReadStream(join(FOLDER, name)), all, (frame) => frames.push(frame));
  return frames;
}

let files = 0;
function seen(frames: readonly CutFrame[], fields: readonly string[]): Seen[] {
  const path = join(scratch, `${files++}.pcapng`);
  const found = frames.map((frame) => ({ file: 'x', frame, cited: { number: frame.number, quote: '', by: [] } }));
  writeFileSync(path, framesFile(found, 'test'));
  const rows = seenIn(path, fields);
  expect(rows.length).toBe(frames.length);
  return rows;
}

interface Rewritten {
  readonly fixture: string;
  readonly frame: CutFrame;
  readonly bytes: Uint8Array;
}

describe.skipIf(tsharkMissing() !== undefined)('redacted frames', () => {
  const used = images();
  const left = new Map<string, number>();
  const kept: Rewritten[] = [];
  let shapes: { before: Seen[]; after: Seen[] };
  let checks: { before: Seen[]; restored: Seen[] };
  const written = (how: (one: Rewritten) => Uint8Array): CutFrame[] =>
    kept.map((one) => ({ ...one.frame, bytes: how(one) }));

  beforeAll(async () => {
    for (const fixture of FIXTURES) {
      for (const frame of await framesOf(fixture)) {
        const bytes = redactFrame(frame, used);
        if (bytes === undefined) left.set(fixture, (left.get(fixture) ?? 0) + 1);
        else kept.push({ fixture, frame, bytes });
      }
    }
    const before = written(({ frame }) => frame.bytes);
    shapes = {
      before: seen(before, SHAPE),
      after: seen(
        written(({ bytes }) => bytes),
        SHAPE,
      ),
    };
    const restored = written(({ frame, bytes }) => Buffer.concat([bytes, frame.bytes.subarray(bytes.length)]));
    checks = { before: seen(before, CHECKS), restored: seen(restored, CHECKS) };
  }, 120_000);

  const of = <T>(fixture: string, rows: readonly T[]): T[] => rows.filter((_, i) => kept[i]!.fixture === fixture);

  it.each(FIXTURES)('of %s are the same conversation', (fixture) => {
    expect(of(fixture, kept).length, 'frames').toBeGreaterThan(7);
    expect(left.get(fixture) ?? 0, 'frames left out').toBe(0);
    expect(of(fixture, shapes.after)).toEqual(of(fixture, shapes.before));
  });

  it.each(FIXTURES)('of %s have checksums as good and as bad as they were', (fixture) => {
    expect(of(fixture, checks.restored)).toEqual(of(fixture, checks.before));
  });

  it('hold none of the addresses', () => {
    const addresses = used.met().filter((address) => address.some((octet) => octet !== 0));
    expect(addresses.length).toBeGreaterThan(40);
    for (const { fixture, frame, bytes } of kept)
      for (const address of addresses)
        expect(holds(bytes, address), `${fixture} frame ${frame.number}: ${address.join('.')}`).toBe(false);
  });
});
