/**
 * What a member is, told from its first bytes. Names are never asked: people rename files, and collectors leave
 * extensions out.
 */
import { isUtf8 } from 'node:buffer';
import { isTarHeader } from './tar-header.js';

/** Compressed streams that hold one file. */
export const COMPRESSIONS = ['gzip', 'xz', 'zstd', 'bzip2'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Containers that hold many files. */
export const ARCHIVES = ['tar', 'zip'] as const;
export type Archive = (typeof ARCHIVES)[number];

/** The closed set of answers. `reason` says in a few words what a binary file is, for the list of files not read. */
export type Content =
  | { readonly kind: 'pcap' | 'pcapng' | 'text' | 'empty' | Compression | Archive }
  | { readonly kind: 'binary'; readonly reason: string };

/** Bytes that are enough for a sure answer; fewer are used when the member is shorter. */
export const HEAD_LENGTH = 4096;

/** Binary formats found in bundles, to say what was left out. Offset, signature (Latin-1), name. */
const BINARY: readonly (readonly [number, string, string])[] = [
  [0, 'LPKSHHRH', 'a systemd journal file'],
  [0, '\x7fELF', 'an ELF program or core dump'],
  [0, 'MZ', 'a Windows program'],
  [0, 'SQLite format 3\0', 'an SQLite database'],
  [8, 'DUCK', 'a DuckDB database'],
  [0, '\x89PNG', 'a PNG image'],
  [0, '\xff\xd8\xff', 'a JPEG image'],
  [0, 'GIF8', 'a GIF image'],
  [0, '%PDF-', 'a PDF document'],
  [0, '7z\xbc\xaf\x27\x1c', 'a 7z archive, which is not supported'],
  [0, 'Rar!\x1a\x07', 'a RAR archive, which is not supported'],
  [0, '\x04\x22\x4d\x18', 'an LZ4 file, which is not supported'],
  [0, '\x02\x21\x4c\x18', 'an LZ4 file, which is not supported'],
  [0, 'LZIP', 'an lzip file, which is not supported'],
  [0, '\x1f\x9d', 'a compress (.Z) file, which is not supported'],
  [0, '\x89LZO\0\r\n\x1a\n', 'an lzop file, which is not supported'],
  [0, '\x5d\0\0', 'an LZMA file, which is not supported'],
  [0, '\xed\xab\xee\xdb', 'an RPM package'],
  [0, '!<arch>\n', 'an ar archive or Debian package'],
  [0, '070701', 'a cpio archive, which is not supported'],
  [0, '\xca\xfe\xba\xbe', 'a Java class'],
  [0, 'KDUMP', 'a kernel crash dump'],
  [0, 'snoop\0\0\0', 'a snoop capture, which is not supported'],
  [0, 'PAR1', 'a Parquet file'],
  [0, 'wOFF', 'a font'],
  [0, 'wOF2', 'a font'],
];

/** First four bytes of classic captures, read big-endian: microseconds, nanoseconds, Kuznetzov's; each in both orders. */
const PCAP = new Set([0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0xa1b2cd34, 0x34cdb2a1]);

function startsWith(head: Uint8Array, at: number, signature: string): boolean {
  if (head.length < at + signature.length) return false;
  for (let i = 0; i < signature.length; i++) if (head[at + i] !== signature.charCodeAt(i)) return false;
  return true;
}

function word(head: Uint8Array, at: number): number {
  if (head.length < at + 4) return -1;
  return ((head[at]! << 24) | (head[at + 1]! << 16) | (head[at + 2]! << 8) | head[at + 3]!) >>> 0;
}

/** UTF-16 by its byte order mark, or by every second byte of the first 512 being zero; undefined for anything else. */
export function utf16(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (head.length >= 2) {
    if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
    if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  }
  const length = Math.min(head.length, 512) & ~1;
  if (length < 8) return undefined;
  let evenZero = 0;
  let oddZero = 0;
  let odd = 0;
  for (let i = 0; i < length; i += 2) {
    const even = head[i]!;
    const next = head[i + 1]!;
    if (even === 0) evenZero++;
    if (next === 0) oddZero++;
    // The other half must be a character that text has, otherwise little numbers in a binary file would pass.
    const other = even === 0 ? next : even;
    if (other < 0x20 && other !== 9 && other !== 10 && other !== 13) odd++;
  }
  const pairs = length / 2;
  if (odd > pairs * 0.02) return undefined;
  if (oddZero >= pairs * 0.8 && evenZero <= pairs * 0.05) return 'utf-16le';
  if (evenZero >= pairs * 0.8 && oddZero <= pairs * 0.05) return 'utf-16be';
  return undefined;
}

/**
 * Text, judged by what text does not have. Logs hold runs of NULs after a crash, colour codes, and bytes of other
 * encodings, so some of each are allowed; random bytes have a tenth of control characters.
 */
function looksLikeText(head: Uint8Array): boolean {
  let nuls = 0;
  let nulRuns = 0;
  let controls = 0;
  let high = 0;
  let before = 1;
  for (const c of head) {
    if (c === 0) {
      nuls++;
      if (before !== 0) nulRuns++;
    } else if (c < 0x20) {
      // Bell, backspace, tab, line feed, vertical tab, form feed, carriage return and escape occur on terminals.
      if ((c < 7 || c > 13) && c !== 0x1b) controls++;
    } else if (c === 0x7f) controls++;
    else if (c >= 0x80) high++;
    before = c;
  }
  const others = head.length - nuls;
  if (others === 0) return false;
  if (controls > others * 0.02) return false;
  // NUL-separated text (/proc/PID/environ) has many short runs and not one other control character.
  if (nulRuns > Math.max(1, others * 0.01) && (controls > 0 || nuls > others * 0.5)) return false;
  if (high === 0 || controls === 0) return true;
  // The head may end within a character.
  for (let drop = 0; drop < 4 && drop < head.length; drop++) {
    if (isUtf8(head.subarray(0, head.length - drop))) return true;
  }
  return high <= others * 0.3;
}

/** Tells what a member is from its first bytes: pass `HEAD_LENGTH` of them, or all when there are fewer. */
export function recognise(head: Uint8Array): Content {
  if (head.length === 0) return { kind: 'empty' };
  const first = word(head, 0);
  if (PCAP.has(first)) return { kind: 'pcap' };
  if (first === 0x0a0d0d0a && (word(head, 8) === 0x1a2b3c4d || word(head, 8) === 0x4d3c2b1a)) return { kind: 'pcapng' };
  if (startsWith(head, 0, '\x1f\x8b\x08')) return { kind: 'gzip' };
  if (startsWith(head, 0, '\xfd7zXZ\0')) return { kind: 'xz' };
  // A Zstandard frame, or a skippable frame (RFC 8878 3.1) in front of one, as pzstd writes it.
  if (first === 0x28b52ffd) return { kind: 'zstd' };
  if ((first & 0xf0ffffff) >>> 0 === 0x502a4d18) return { kind: 'zstd' };
  if (startsWith(head, 0, 'BZh') && (startsWith(head, 4, '1AY&SY') || startsWith(head, 4, '\x17rE8P\x90'))) {
    return { kind: 'bzip2' };
  }
  // A local header, the end record of an empty archive, or the mark of a split archive that fitted in one part.
  if (startsWith(head, 0, 'PK\x03\x04') || startsWith(head, 0, 'PK\x05\x06') || startsWith(head, 0, 'PK\x07\x08PK')) {
    return { kind: 'zip' };
  }
  if (isTarHeader(head)) return { kind: 'tar' };
  for (const [at, signature, name] of BINARY) {
    if (startsWith(head, at, signature) && !(signature.length < 4 && looksLikeText(head))) {
      return { kind: 'binary', reason: name };
    }
  }
  if (utf16(head) !== undefined || looksLikeText(head)) return { kind: 'text' };
  return {
    kind: 'binary',
    reason: head.every((c) => c === 0) ? 'nothing but zero bytes' : 'binary data of an unknown format',
  };
}
