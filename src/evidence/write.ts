import type { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../core/failure.js';
import type { Report } from '../core/finding.js';
import { DEFAULT_LIMITS, type Limits } from '../intake/limits.js';
import type { Redaction } from '../redact/redact-report.js';
import { withWorkspace } from '../store/workspace.js';
import { type CitedOfFile, citedPlaces } from './cited.js';
import { cutCited, type FoundFrame } from './cut.js';
import { claimFolder, refuseStreams } from './folder.js';
import { APPLICATION, framesFile } from './frames-file.js';
import { linesText } from './lines-text.js';
import { readme } from './readme.js';
import { redactFound } from './redact-found.js';

/** What was written. */
export interface WrittenEvidence {
  /** Paths of the files, in the order README.txt, frames.pcapng, lines.txt; the last two only when something is in them. */
  readonly files: readonly string[];
  readonly frames: number;
  readonly lines: number;
  /** Cited frames that were not found again (inputs changed), or would have made the file too large. */
  readonly missing: number;
  /** Cited frames that were left out because not all that they hold could be redacted. */
  readonly withheld: number;
}

/** Reports of which evidence can be written. */
export type Citing = Pick<Report, 'bundle' | 'findings' | 'redacted'>;

/**
 * Writes what the findings of a report cite into a folder that is new or empty: `frames.pcapng` (each frame once, as captured,
 * with a comment that names file, frame number and findings), `lines.txt` and `README.txt`. `paths` are those that the report
 * was made of, in the same order; they are read again, as far as needed. With a redaction of this report, all of it is redacted
 * as that is. Throws Failure, before anything is written, when the folder is not empty or a path is a stream.
 */
export async function writeEvidence(
  paths: readonly string[],
  report: Citing,
  dir: string,
  { limits = DEFAULT_LIMITS, redaction }: { readonly limits?: Limits; readonly redaction?: Redaction | undefined } = {},
): Promise<WrittenEvidence> {
  refuseStreams(paths);
  await claimFolder(dir);
  return writeFound(await findCited(paths, report, limits), report, dir, redaction);
}

/**
 * Reads the inputs again and cuts out what the findings of a report cite, in the order of time. Throws Failure for a redacted
 * report, which says neither where its packets are nor how to redact them.
 */
export async function findCited(
  paths: readonly string[],
  { findings, redacted }: Citing,
  limits: Limits = DEFAULT_LIMITS,
): Promise<readonly FoundFrame[]> {
  if (redacted === true)
    throw new Failure('the packets of a redacted report cannot be found: give the report before, and its redaction');
  return withWorkspace((workspace) =>
    cutCited(paths, citedPlaces(findings).frames, { limits, tempDir: workspace.dir }),
  );
}

/** Writes frames that were cut out, and the cited lines, into an empty folder. */
export async function writeFound(
  found: readonly FoundFrame[],
  report: Citing,
  dir: string,
  redaction?: Redaction,
): Promise<WrittenEvidence> {
  const told = redaction?.report ?? report;
  const kept = redaction === undefined ? found : redactFound(found, redaction);
  const { frames, lines } = citedPlaces(told.findings);
  const written = {
    frames: kept.length,
    lines: countOf(lines),
    missing: countOf(frames) - found.length,
    withheld: found.length - kept.length,
  };
  const files = new Map<string, string | Buffer>([['README.txt', readme(told, written)]]);
  const application = told.redacted === true ? APPLICATION.redacted : APPLICATION.plain;
  if (kept.length > 0) files.set('frames.pcapng', framesFile(kept, application));
  if (written.lines > 0) files.set('lines.txt', linesText(lines));
  for (const [name, content] of files) await writeFile(join(dir, name), content, { flag: 'wx' });
  return { files: [...files.keys()].map((name) => join(dir, name)), ...written };
}

const countOf = (files: ReadonlyMap<string, CitedOfFile>): number =>
  [...files.values()].reduce((sum, places) => sum + new Set([...places.values()].map(({ number }) => number)).size, 0);
