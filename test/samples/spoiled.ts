import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../../src/core/finding.js';
import { withoutFrames } from './capture-frames.js';

/** Every file that evidence points at. */
export const citedFiles = (evidence: readonly Evidence[]): Set<string> =>
  new Set(evidence.flatMap((piece) => ('absent' in piece ? piece.searched : [piece.file])));

const places = (
  evidence: readonly Evidence[],
  file: string,
  of: (piece: Evidence) => number | undefined,
): Set<number> =>
  new Set(evidence.flatMap((piece) => ('absent' in piece || piece.file !== file ? [] : (of(piece) ?? []))));

/** A text without some of its lines (from 1). The others keep their bytes. */
function withoutLines(text: Buffer, dropped: ReadonlySet<number>): Buffer {
  const lines = text.toString('latin1').split('\n');
  return Buffer.from(lines.filter((_, i) => !dropped.has(i + 1)).join('\n'), 'latin1');
}

/**
 * Deletes what is cited from an unpacked bundle: the lines, the frames, and the files in which something was looked for
 * in vain. Gives a function that puts all of it back.
 */
export function spoil(folder: string, evidence: readonly Evidence[]): () => void {
  const kept = new Map<string, Buffer>();
  const searched = new Set(evidence.flatMap((piece) => ('absent' in piece ? piece.searched : [])));
  for (const file of citedFiles(evidence)) {
    const path = join(folder, file);
    const content = readFileSync(path);
    kept.set(path, content);
    if (searched.has(file)) {
      rmSync(path);
      continue;
    }
    const frames = places(evidence, file, (piece) => ('frame' in piece ? piece.frame : undefined));
    const lines = places(evidence, file, (piece) => ('line' in piece ? piece.line : undefined));
    writeFileSync(path, frames.size > 0 ? withoutFrames(content, frames) : withoutLines(content, lines));
  }
  return () => {
    for (const [path, content] of kept) writeFileSync(path, content);
  };
}

/** The same for whole files. */
export function remove(folder: string, file: string): () => void {
  const path = join(folder, file);
  const content = readFileSync(path);
  rmSync(path);
  return () => writeFileSync(path, content);
}
