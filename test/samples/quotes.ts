import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../../src/core/finding.js';
import { tsharkMissing } from '../decode/tshark.js';

/** A cut quote has 400 characters, the ellipsis included, or one less where a character is two units of UTF-16. */
const WHOLE = 400;
const REDACTED = '[redacted]';

/** True when the quote is that line verbatim: cut at 400 characters, and without the secrets that were taken out. */
function isOf(quote: string, line: string): boolean {
  if (quote === line) return quote.length <= WHOLE;
  const cut = quote.endsWith('…');
  const text = cut ? quote.slice(0, -1) : quote;
  if (cut && (quote.length > WHOLE || quote.length < WHOLE - 1)) return false;
  if (!text.includes(REDACTED)) return cut && line.startsWith(text);
  const parts = text.split(REDACTED);
  let at = 0;
  for (const [i, part] of parts.entries()) {
    const found = line.indexOf(part, at);
    if (found < 0 || (i === 0 && found > 0)) return false;
    at = found + part.length;
  }
  return cut || line.endsWith(parts.at(-1)!);
}

/** What tshark says of every frame of a capture: the outermost addresses, as a quote must show them. */
function framesOf(file: string): string[][] {
  const fields = ['ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4'];
  const text = execFileSync(
    'tshark',
    ['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=f', ...fields.flatMap((field) => ['-e', field])],
    { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t').filter((address) => address !== ''));
}

/** What of the evidence does not stand where it says, in the folder into which the bundle was unpacked. */
export function misquotes(evidence: readonly Evidence[], folder: string): string[] {
  const lines = new Map<string, string[]>();
  const frames = new Map<string, string[][] | undefined>();
  const wrong = (piece: Evidence): string | undefined => {
    if ('absent' in piece) {
      const gone = piece.searched.filter((file) => !existsSync(join(folder, file)));
      return piece.searched.length === 0
        ? 'searched nowhere'
        : gone.length > 0
          ? `no file ${gone.join(', ')}`
          : undefined;
    }
    const file = join(folder, piece.file);
    if (!existsSync(file)) return `no file ${piece.file}`;
    if ('line' in piece) {
      if (!lines.has(file)) lines.set(file, readFileSync(file, 'utf8').split(/\r?\n/));
      const line = lines.get(file)![piece.line - 1];
      if (line === undefined || line === '') return `${piece.file} has no line ${piece.line}, or it is empty`;
      return isOf(piece.quote, line) ? undefined : `${piece.file}:${piece.line} is not ${piece.quote}`;
    }
    if (tsharkMissing() !== undefined) return undefined;
    if (!frames.has(file)) frames.set(file, framesOf(file));
    const addresses = frames.get(file)![piece.frame - 1];
    if (addresses === undefined) return `${piece.file} has no frame ${piece.frame}`;
    const absent = addresses.filter((address) => !piece.quote.includes(address));
    return absent.length === 0 ? undefined : `${piece.file} frame ${piece.frame} has ${absent}, not ${piece.quote}`;
  };
  return evidence.flatMap((piece) => wrong(piece) ?? []);
}
