import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Line } from '../../src/core/sink.js';
import { MAX_TEXT, readLines } from '../../src/intake/lines.js';

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const cut of [...cuts].map((c) => c % (bytes.length + 1)).sort((a, b) => a - b)) {
    yield bytes.slice(at, cut);
    at = cut;
  }
  yield bytes.slice(at);
}

async function read(bytes: Uint8Array | string, cuts: readonly number[] = []) {
  const lines: Line[] = [];
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  const result = await readLines(pieces(buffer, cuts), (line) => lines.push(line));
  return { lines, result, texts: lines.map((line) => line.text) };
}

/** What the lines of UTF-8 bytes are, the slow and plain way. */
function reference(bytes: Buffer): Line[] {
  const lines: Line[] = [];
  let start = bytes.subarray(0, 3).equals(Buffer.from('\ufeff')) ? 3 : 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    let text = bytes.subarray(start, end).toString();
    if (text.endsWith('\r')) text = text.slice(0, -1);
    lines.push({ text: text.replaceAll('\0', ''), number: lines.length + 1, offset: start });
    start = end + 1;
  }
  return lines;
}

describe('lines', () => {
  it('of any text, in any chunks, are those of a plain split', async () => {
    const part = fc.constantFrom(
      'a',
      'bc',
      '\n',
      '\r\n',
      '\r',
      '\0',
      'ö',
      '漢字',
      '😀',
      '\ufeff',
      '\xff',
      'x'.repeat(700),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 40 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.boolean(),
        async (parts, cuts, latin) => {
          // Latin-1 bytes are mostly no UTF-8: replaced, but never lost or shifted.
          const bytes = Buffer.from(parts.join(''), latin ? 'latin1' : 'utf8');
          // The beginning decides the encoding; here it must be UTF-8.
          const plain = Buffer.concat([Buffer.from('plain text\n'), bytes]);
          const { lines, result } = await read(plain, cuts);
          expect(lines).toEqual(reference(plain));
          expect(result).toMatchObject({ lines: lines.length, bytes: plain.length, encoding: 'utf-8', notes: [] });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('offsets point at the line in the bytes', async () => {
    const bytes = Buffer.from('\ufeffone\r\ntwö\n\nfour');
    const { lines } = await read(bytes);
    expect(lines).toEqual([
      { text: 'one', number: 1, offset: 3 },
      { text: 'twö', number: 2, offset: 8 },
      { text: '', number: 3, offset: 13 },
      { text: 'four', number: 4, offset: 14 },
    ]);
  });

  it.each(['le', 'be'] as const)('UTF-16 %s, with and without a mark, in any chunks', async (order) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 8 }), fc.boolean(), async (cuts, mark) => {
        const text = `${mark ? '\ufeff' : ''}default via 10.0.0.1\r\nö 10.42.0.0/24 dev cni0 proto kernel\r\n\r\nlast`;
        const bytes = Buffer.from(text, 'utf16le');
        if (order === 'be') bytes.swap16();
        const { lines, result } = await read(bytes, cuts);
        const start = mark ? 2 : 0;
        expect(result.encoding).toBe(`utf-16${order}`);
        expect(lines.map((line) => line.text)).toEqual([
          'default via 10.0.0.1',
          'ö 10.42.0.0/24 dev cni0 proto kernel',
          '',
          'last',
        ]);
        expect(lines.map((line) => line.offset)).toEqual([start, start + 44, start + 44 + 76, start + 44 + 76 + 4]);
      }),
    );
  });

  it('terminal sequences are no text', async () => {
    const { texts } = await read(
      '\x1b[32m10.0.0.0/8\x1b[0m dev \x1b[1;31meth0\x1b[K\n\x1b]0;root@node1: ~\x07[root@node1 ~]# \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n\x1b(B\x1b[?2004hx\x1b\n\x1b]unterminated stays\nend\x1b[',
    );
    expect(texts).toEqual(['10.0.0.0/8 dev eth0', '[root@node1 ~]# link', 'x', 'unterminated stays', 'end']);
  });

  it('NULs are dropped, lone carriage returns stay', async () => {
    expect((await read('a\0\0b\rc\r\n\0\0\0\n')).texts).toEqual(['ab\rc', '']);
  });

  it('a huge line is cut, counted, and what follows keeps its number and offset', async () => {
    const huge = 100 * 1024 * 1024;
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('first\n');
      const part = Buffer.alloc(1024 * 1024, 'ö');
      for (let i = 0; i < 100; i++) yield part;
      yield Buffer.from('\r\nlast\n');
    }
    const lines: Line[] = [];
    const result = await readLines(source(), (line) => lines.push(line));
    expect(lines.map((line) => [line.number, line.offset])).toEqual([
      [1, 0],
      [2, 6],
      [3, 6 + huge + 2],
    ]);
    expect(lines[1]!.text).toBe('ö'.repeat(MAX_TEXT / 2));
    expect(result.notes).toEqual([
      { reason: 'line longer than 256 KiB: only its beginning was read', count: 1, firstLine: 2 },
    ]);
  });

  it('a line just as long as allowed is whole, however it arrives', async () => {
    for (const ending of ['\n', '\r\n', '']) {
      const bytes = Buffer.from(`${'x'.repeat(MAX_TEXT)}${ending}`);
      for (const cuts of [[], [MAX_TEXT], [MAX_TEXT + 1], [5, 700]]) {
        const { texts, result } = await read(bytes, cuts);
        expect(texts.map((text) => text.length)).toEqual([MAX_TEXT]);
        expect(result.notes).toEqual([]);
      }
    }
  });

  it('a long line is whole where it is asked for by its beginning, and others are cut', async () => {
    const long = `{"list": [${'1, '.repeat(MAX_TEXT)}`;
    const other = 'x'.repeat(3 * MAX_TEXT);
    const bytes = Buffer.from(`${long}\n${other}\n${long}\n`);
    const asked: string[] = [];
    for (const cuts of [[], [3], [MAX_TEXT, MAX_TEXT + 1], [long.length, long.length + 1, bytes.length - 1]]) {
      const lengths: number[] = [];
      const { notes } = await readLines(pieces(bytes, cuts), (line) => lengths.push(line.text.length), {
        long: (beginning) => {
          asked.push(beginning);
          return beginning.startsWith('{"list"') ? 4 * MAX_TEXT : 0;
        },
      });
      expect(lengths).toEqual([long.length, MAX_TEXT, long.length]);
      expect(notes).toEqual([
        { reason: 'line longer than 256 KiB: only its beginning was read', count: 1, firstLine: 2 },
      ]);
    }
    expect(Math.max(...asked.map((beginning) => beginning.length))).toBeLessThanOrEqual(2000);
  });

  it('nothing has no lines', async () => {
    expect((await read('')).result).toEqual({ lines: 0, bytes: 0, encoding: 'utf-8', notes: [] });
  });

  it('pauses between chunks', async () => {
    let pauses = 0;
    await readLines(pieces(Buffer.alloc(5 * 1024 * 1024, 'line\n'), [600]), () => {}, { pause: () => void pauses++ });
    expect(pauses).toBeGreaterThanOrEqual(5);
  });
});
