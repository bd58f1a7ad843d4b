import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../src/core/address.js';
import type { Frame } from '../../src/core/frame.js';
import type { Sink } from '../../src/core/sink.js';
import type { Tap } from '../../src/core/tap.js';
import { readLines } from '../../src/intake/lines.js';
import { PARSERS } from '../../src/parse/index.js';
import { TextRouter } from '../../src/parse/routing/router.js';

interface Told {
  readonly found: readonly string[];
  /** Lines that were read from their bytes. */
  readonly asBytes: number;
}

/** Everything that the parsers make of a text; `templates`: lines may be read from their bytes. */
async function told(text: string, templates: boolean): Promise<Told> {
  const addresses = new AddressTable();
  const found: string[] = [];
  let asBytes = 0;
  const taps: string[] = [];
  const packet = (host: string, number: number, frame: Frame, tap: number): void => {
    const { src, dst, quotedSrc, quotedDst, ...rest } = frame;
    const ends = [src, dst, quotedSrc, quotedDst].map((id) => addresses.text(id));
    found.push(JSON.stringify([host, number, taps[tap], ends, rest]));
  };
  const sinkOf = (host: string): Sink => ({
    addresses,
    tap: (tap: Tap) => taps.push(JSON.stringify([host, tap])) - 1,
    packet: (frame, tap, at) => packet(host, at.number, frame, tap),
    packetIn: (bytes, from, to, number, frame, tap) => {
      asBytes++;
      // The line that is kept for quoting.
      expect(Buffer.from(bytes.subarray(from, to)).toString('latin1')).toBe(text.split('\n')[number - 1]);
      packet(host, number, frame, tap);
    },
    capture: () => {},
    note: (reason, line) => found.push(JSON.stringify([host, reason, line])),
    emit: (table, row, at) =>
      found.push(
        JSON.stringify([host, table.name, row, at.number], (_, value) =>
          typeof value === 'bigint' ? `${value}n` : value,
        ),
      ),
    host: (name, how) => found.push(JSON.stringify([name, how])),
    of: (name) => sinkOf(name),
  });
  const router = new TextRouter(PARSERS, 'input.txt', {
    open: (piece) => {
      found.push(JSON.stringify(piece));
      return sinkOf('');
    },
    finished: () => found.push('finished'),
    unread: () => {},
    notUnderstood: (parser, line) => found.push(`${parser} does not understand ${line}`),
    crashed: (parser, line, error) => found.push(`${parser} failed at ${line}: ${String(error)}`),
  });
  const bytes = async function* () {
    yield Buffer.from(text);
  };
  const { lines } = await readLines(bytes(), (line) => router.line(line), {
    ...(templates ? { bytes: (...line) => router.bytes(...line) } : {}),
  });
  router.end(lines);
  return { found, asBytes };
}

const FOLDER = 'samples/formats/kernel-log';
const SAMPLES = readdirSync(FOLDER).filter((name) => !name.includes('.expected'));
const textOf = (name: string): string => readFileSync(`${FOLDER}/${name}`, 'utf8');
/** Lines of netfilter logs in all carriers that the samples have. */
const LINES = [
  ...new Set(
    SAMPLES.flatMap((name) => textOf(name).split('\n')).filter(
      (line) => /IN=\S* OUT=/.test(line) && line.length < 1000,
    ),
  ),
];

describe('lines of a netfilter log read from their bytes say what they say as text', () => {
  it.each(SAMPLES)('%s, twice over', async (name) => {
    const text = `${textOf(name)}\n${textOf(name)}`;
    expect((await told(text, true)).found).toEqual((await told(text, false)).found);
  });

  it('with other digits in them, whatever they are', async () => {
    const number = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 255 }).map(String) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 99 }).map((value) => String(value).padStart(2, '0')) },
      fc.integer({ min: 0, max: 2 ** 32 }).map(String),
      fc.constantFrom('', '0', '00', '007', '256', '61', '12345678901234', '0x1f', '1.5', '1,', '-1', 'a', '[', '1 2'),
    );
    const changed = fc
      .tuple(fc.constantFrom(...LINES), fc.array(fc.tuple(fc.nat(60), number), { maxLength: 3 }))
      .map(([line, changes]) => {
        let text = line;
        for (const [which, digits] of changes) {
          const numbers = [...text.matchAll(/\d+/g)];
          const at = numbers[which % Math.max(1, numbers.length)];
          if (at !== undefined) text = text.slice(0, at.index) + digits + text.slice(at.index + at[0].length);
        }
        return text;
      });
    const log = fc.tuple(fc.constantFrom(...LINES), fc.array(changed, { minLength: 1, maxLength: 12 })).map(
      // The same line before each, so that its template is there.
      ([line, others]) => others.flatMap((other) => [line, other, other]).join('\n'),
    );
    await fc.assert(
      fc.asyncProperty(log, async (text) => {
        expect((await told(text, true)).found).toEqual((await told(text, false)).found);
      }),
      { numRuns: 400 },
    );
  });
});

const LINE =
  'Oct  9 08:53:20 node-1 kernel: [ 4000.000001] out: IN=cni0 OUT=eth0 MAC=0a:58:0a:f4:01:01:0a:58:0a:f4:01:02:08:00 SRC=10.244.1.3 DST=10.96.0.10 LEN=84 TOS=0x00 PREC=0x00 TTL=63 ID=7 DF PROTO=ICMP TYPE=8 CODE=0 ID=5 SEQ=1';

it.each([
  ['another echo payload', '84', '1400'],
  ['an hour that is none', '08:53', '24:53'],
  ['a minute that is none', ':53:', ':60:'],
  ['a leap second', ':20 ', ':60 '],
  ['a fraction of a second', ':20 ', ':20.5 '],
  ['more digits than an uptime has', ' 4000.000001', '123456789.000001'],
  ['less digits than an uptime has', '.000001', '.00001'],
  ['a name that is none', 'IN=cni0', 'IN=a=b'],
  ['a name with a sign', 'OUT=eth0', 'OUT=a=b'],
  ['no name', 'OUT=eth0', 'OUT='],
  ['no names', 'IN=cni0 OUT=eth0', 'IN= OUT='],
  ['names that end elsewhere', 'IN=cni0 OUT=eth0', 'IN=cni OUT=0eth0'],
  ['an address that is none', '10.96.0.10', '10.96.0.310'],
  ['an address with a zero before it', '10.96.0.10', '10.96.0.010'],
  ['an address that goes on', '10.96.0.10', '10.96.0.10.1'],
  ['an address of the other family', '10.96.0.10', 'fd00::1'],
  ['a number that is none', 'TTL=63', 'TTL=0x3f'],
  ['no number', 'TTL=63', 'TTL='],
  ['a number that goes on', 'ID=7', 'ID=7,'],
  ['a number beyond 32 bits', 'ID=7', 'ID=99999999999'],
  ['a MAC that is none', '0a:58:0a:f4:01:02', '0a:58:0a:f4:01:0g'],
  ['a MAC in other letters', '0a:58:0a:f4:01:02', '0A:58:0A:F4:01:02'],
  ['one more field', 'CODE=0', 'CODE=0 MARK=0x1'],
  ['one less', ' DF', ''],
  ['more behind it', 'SEQ=1', 'SEQ=1 MARK=0x1'],
  ['an end before it', ' SEQ=1', ''],
  ['what an error quotes', 'SEQ=1', 'SEQ=1 [SRC=10.1.1.1 DST=10.1.1.2 LEN=60 PROTO=TCP SPT=1 DPT=2 ]'],
])('%s is read as it is in a text', async (_, from, to) => {
  const other = LINE.replace(from, to);
  expect(other).not.toBe(LINE);
  const text = [LINE, LINE, other, other, LINE, other, ''].join('\n');
  expect((await told(text, true)).found).toEqual((await told(text, false)).found);
});

it('is how the lines of one rule are read after the first', async () => {
  const line = (i: number): string =>
    `Oct  9 08:53:${String(i % 60).padStart(2, '0')} node-1 kernel: [ 40${String(i).padStart(2, '0')}.000001] pod-out: IN=cni0 OUT=eth${i % 3} PHYSIN=veth${i % 7} MAC=0a:58:0a:f4:01:01:0a:58:0a:f4:01:${String(10 + (i % 80))}:08:00 SRC=10.244.1.${i} DST=10.96.0.10 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=${i * 7} DF PROTO=TCP SPT=${40000 + i} DPT=53 WINDOW=64240 RES=0x00 SYN URGP=0`;
  const text = Array.from({ length: 200 }, (_, i) => line(i)).join('\n');
  const { found, asBytes } = await told(text, true);
  expect(found).toEqual((await told(text, false)).found);
  // Each pair of devices comes once as text; the last line, without an end, does too.
  expect(asBytes).toBe(200 - 21 - 1);
});

it('has no part in lines whose secrets are taken out', async () => {
  const line = (i: number): string =>
    `Oct  9 08:53:20 node-1 kernel: token=abcdef${i} IN=cni0 OUT=eth0 SRC=10.244.1.3 DST=10.96.0.10 LEN=60 TTL=63 ID=1 PROTO=UDP SPT=1 DPT=2 LEN=40`;
  const text = [line(1), line(1), line(1)].join('\n');
  expect((await told(text, true)).asBytes).toBe(0);
});
