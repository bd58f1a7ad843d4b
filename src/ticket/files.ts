import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import type { Report } from '../core/finding.js';
import { citedPlaces } from '../evidence/cited.js';
import { linesText } from '../evidence/lines-text.js';
import { renderAs } from '../report/formats.js';
import type { Attachment } from './system.js';

/** What goes to a ticket beside the comment. */

const MOST_FILES = 20;
const MOST_BYTES = 100 << 20;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  txt: 'text/plain',
  json: 'application/json',
  md: 'text/markdown',
};

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

/** Packets and lines hold real names: with a redacted report goes what the report itself quotes. */
export function quotedLines(report: Report): Attachment[] {
  const { lines, frames } = citedPlaces(report.findings);
  const both = new Map([...lines, ...frames]);
  if (both.size === 0) return [];
  return [{ name: 'lines.txt', type: 'text/plain', bytes: Buffer.from(linesText(both)) }];
}

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
