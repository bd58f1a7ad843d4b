import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import type { Report } from '../core/finding.js';
import { wordTable } from '../core/word-table.js';
import { type CitedOfFile, citedPlaces } from '../evidence/cited.js';
import { linesText } from '../evidence/lines-text.js';
import { isRedactedFile, redactFramesFile } from '../evidence/redact-file.js';
import type { Redaction } from '../redact/redact-report.js';
import { renderAs } from '../report/formats.js';
import type { Attachment } from './system.js';

/** What goes to a ticket beside the comment. */

const MOST_FILES = 20;
const MOST_BYTES = 100 << 20;

const TYPES = wordTable<string>({
  html: 'text/html',
  txt: 'text/plain',
  json: 'application/json',
  md: 'text/markdown',
});

const typeOf = (name: string): string => TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';

/** The files of an evidence folder; what is in its folders is not looked at. */
export function evidenceFiles(dir: string): Attachment[] {
  let names: string[];
  try {
    names = readdirSync(dir).sort();
  } catch (error) {
    throw new Failure(`cannot read the evidence: ${(error as Error).message}`);
  }
  const files: Attachment[] = [];
  for (const name of names) {
    const { size } = statSync(join(dir, name));
    if (!statSync(join(dir, name)).isFile()) continue;
    if (size > MOST_BYTES)
      throw new Failure(`${printable(name)} has more than ${MOST_BYTES >> 20} MB: that is no evidence but a bundle`);
    // A name goes into headers and links.
    const safe = name.replace(/[^A-Za-z0-9._-]/g, '_');
    files.push({ name: safe, type: typeOf(safe), bytes: readFileSync(join(dir, name)) });
  }
  if (files.length === 0) throw new Failure(`${printable(dir)} has no files; podtrail analyze --evidence makes them`);
  if (files.length > MOST_FILES)
    throw new Failure(
      `${printable(dir)} has ${files.length} files: give the folder that podtrail analyze --evidence wrote`,
    );
  return files;
}

/** What goes with a redacted report, and what does not, in words. */
export interface RedactedEvidence {
  readonly files: readonly Attachment[];
  readonly leftOut: readonly string[];
}

/**
 * An evidence folder holds real names: with a redacted report goes what that itself quotes, and the packets if they are redacted already or the
 * redaction is at hand. `read`: the report as it was read, before it.
 */
export function redactedEvidence(dir: string, read: Report, redaction: Redaction | undefined): RedactedEvidence {
  const { lines, frames } = citedPlaces((redaction?.report ?? read).findings);
  const both = new Map<string, CitedOfFile>([...lines, ...frames]);
  const quoted: Attachment[] =
    both.size === 0 ? [] : [{ name: 'lines.txt', type: 'text/plain', bytes: Buffer.from(linesText(both)) }];
  const file = evidenceFiles(dir).find(({ name }) => name === FRAMES);
  if (file === undefined) return { files: quoted, leftOut: [] };
  const bytes = Buffer.from(file.bytes);
  if (redaction === undefined && isRedactedFile(bytes)) return { files: [...quoted, file], leftOut: [] };
  const done = redaction === undefined ? undefined : redactFramesFile(bytes, read.findings, redaction);
  if (done === undefined || done.frames === 0) return { files: quoted, leftOut: [NO_FRAMES] };
  const some = `${done.withheld} of the cited packets left out: not all addresses in them could be told and replaced.`;
  return { files: [...quoted, { ...file, bytes: done.bytes }], leftOut: done.withheld === 0 ? [] : [some] };
}

const FRAMES = 'frames.pcapng';
const NO_FRAMES = 'The cited packets are left out: they hold real addresses; their summaries are attached.';

export const reportFile = (report: Report): Attachment => ({
  name: 'podtrail-report.html',
  type: 'text/html',
  bytes: Buffer.from(renderAs('html', report)),
});

/** Each report's files have names of their own, so that a ticket tells the first from the second. */
export function named({ name, type, bytes }: Attachment, digest: string): Attachment {
  const dot = name.lastIndexOf('.');
  const stem = dot > 0 ? name.slice(0, dot) : name;
  return { name: `${stem}-${digest.slice(0, 8)}${dot > 0 ? name.slice(dot) : ''}`, type, bytes };
}
