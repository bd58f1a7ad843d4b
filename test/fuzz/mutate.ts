import type { Random } from './random.js';

/** What strangers put into names and lines: terminal escapes, markup, direction marks, bytes that are no UTF-8. */
export const HOSTILE: readonly Buffer[] = [
  '\x1b[2J\x1b]0;owned\x07',
  '\x9b31m',
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  '](javascript:alert(1))',
  '| a | `b` |\r| --- |',
  '\u202eevil\u2066',
  '\ufeff\u200b\u2028',
  '\0\0',
  '__proto__',
  'constructor',
  '-1',
  '99999999999999999999999',
  '1e999',
  'NaN',
  '0x',
  '255.255.255.255/33',
  '1.2.3.4.5',
  '::ffff:1.2.3.4%eth0/129',
  '/../../../../etc/passwd',
  '{{{{[[[[',
  '&a [*a,*a]',
  "' OR 1=1; --",
]
  .map((text) => Buffer.from(text))
  .concat(Buffer.from([0xff, 0xfe, 0x80, 0xc0, 0xaf, 0xed, 0xa0, 0x80]));

/** Bytes that a sloppy regular expression tries again and again when there are many of them. */
const REPEATED = [
  ' ',
  '\t',
  'a',
  '1',
  '.',
  ':',
  '-',
  ',',
  '/',
  '"',
  '(',
  '[',
  '{',
  '=',
  '1.',
  'a ',
  'a=',
  ' 1',
  '\\',
  '-A ',
  'ab:',
];

const LONGEST = 200_000;

const splice = (bytes: Buffer, at: number, removed: number, added: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);

/** One change to any bytes: flips, a cut, a piece lost, doubled, moved in from another input, or overwritten. */
export function damage(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const some = random.below(Math.min(bytes.length, 300) + 1);
  switch (random.below(7)) {
    case 0: {
      const copy = Buffer.from(bytes);
      for (let n = 1 + random.below(20); n > 0 && copy.length > 0; n--)
        copy[random.below(copy.length)]! ^= 1 << random.below(8);
      return copy;
    }
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return splice(bytes, at, some, Buffer.alloc(0));
    case 3:
      return splice(bytes, at, 0, bytes.subarray(at, at + some));
    case 4: {
      const from = random.below(other.length + 1);
      return splice(bytes, at, random.below(some + 1), other.subarray(from, from + random.below(2000)));
    }
    case 5:
      return splice(bytes, at, some, Buffer.alloc(some, random.pick([0, 0xff, 0x80, 0x7f])));
    default:
      return splice(bytes, at, random.below(8), random.pick(HOSTILE));
  }
}

/** One change to a text that keeps most of its lines readable: lines lost, doubled, swapped, made hostile or endless. */
export function disturb(text: Buffer, other: Buffer, random: Random): Buffer {
  const lines = text.toString('latin1').split('\n');
  const i = random.below(lines.length);
  const line = lines[i]!;
  const at = random.below(line.length + 1);
  const words = line.split(' ');
  switch (random.below(8)) {
    case 0:
      lines.splice(i, 1 + random.below(4));
      break;
    case 1:
      lines.splice(i, 0, ...lines.slice(random.below(lines.length)).slice(0, 1 + random.below(5)));
      break;
    case 2:
      lines.splice(i, 0, random.pick(other.toString('latin1').split('\n')));
      break;
    case 3:
      lines[i] = line.slice(0, at) + random.pick(HOSTILE).toString('latin1') + line.slice(at + random.below(6));
      break;
    case 4:
      lines[i] = line.slice(0, at) + random.pick(REPEATED).repeat(1 + random.below(LONGEST / 3)) + line.slice(at);
      break;
    case 5:
      words[random.below(words.length)] = random.pick(HOSTILE).toString('latin1');
      lines[i] = words.join(' ');
      break;
    case 6:
      lines[i] = line.slice(0, at);
      break;
    default:
      lines[i] = line.replace(/\d+/g, (n) =>
        random.oneIn(3) ? random.pick(['0', '-1', '4294967296', '18446744073709551616', '']) : n,
      );
  }
  return Buffer.from(lines.join('\n'), 'latin1');
}

/** Applies one to four changes. */
export function several(
  change: (bytes: Buffer, other: Buffer, random: Random) => Buffer,
  bytes: Buffer,
  other: Buffer,
  random: Random,
): Buffer {
  let result = bytes;
  for (let n = 1 + random.below(4); n > 0; n--) result = change(result, other, random);
  return result.subarray(0, 4 * LONGEST);
}
