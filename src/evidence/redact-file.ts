import type { Buffer } from 'node:buffer';
import { printable } from '../core/escape.js';
import type { Finding } from '../core/finding.js';
import type { Redaction } from '../redact/redact-report.js';
import { type Cited, citedPlaces } from './cited.js';
import type { FoundFrame } from './cut.js';
import { APPLICATION, commentOf, framesFile } from './frames-file.js';
import { readFrames } from './read-frames.js';
import { redactFound } from './redact-found.js';

/** True for a file of frames that was written with a redacted report. */
export const isRedactedFile = (bytes: Buffer): boolean => readFrames(bytes)?.application === APPLICATION.redacted;

interface Origin {
  readonly file: string;
  readonly cited: Cited;
  readonly timed: boolean;
}

/**
 * Redacts a file of frames that was written with the report of these findings, real names and all. Frames that these findings do not cite, and those that
 * cannot be redacted, are left out and counted. Undefined for a file that podtrail has not written.
 */
export function redactFramesFile(
  bytes: Buffer,
  findings: readonly Finding[],
  redaction: Redaction,
): { readonly bytes: Buffer; readonly frames: number; readonly withheld: number } | undefined {
  const read = readFrames(bytes);
  if (read?.application !== APPLICATION.plain) return undefined;
  const origins = new Map<string, Origin>();
  for (const [file, places] of citedPlaces(findings).frames)
    for (const cited of places.values())
      for (const timed of [true, false]) origins.set(commentOf(file, cited, timed), { file, cited, timed });
  const found = read.frames.flatMap(({ comment, on, timeNs, bytes: captured, wireLength }): FoundFrame[] => {
    const origin = origins.get(comment);
    if (origin === undefined) return [];
    const { file, cited, timed } = origin;
    const frame = {
      number: cited.number,
      timeNs: timed ? timeNs : undefined,
      linkType: on.linkType,
      ifname: on.name === printable(file) ? undefined : on.name,
      bytes: captured,
      wireLength,
    };
    return [{ file, cited, frame }];
  });
  const kept = redactFound(found, redaction);
  return {
    bytes: framesFile(kept, APPLICATION.redacted),
    frames: kept.length,
    withheld: read.frames.length - kept.length,
  };
}
