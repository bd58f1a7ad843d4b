import { createHash } from 'node:crypto';
import type { Report } from '../core/finding.js';

/**
 * The mark in a comment by which the next run knows it: which report it is of, and what that said, so that a later comment can say
 * what changed.
 */
export interface Mark {
  /** 16 hexadecimal digits: of the report and of the files attached with it. */
  readonly digest: string;
  readonly state: string;
  readonly cause: string;
  readonly confidence: string;
  readonly findings: number;
}

const MARK = /podtrail-report ([0-9a-f]{16}) ([a-z-]{1,40}) ([a-z-]{1,60}) ([a-z-]{1,20}) (\d{1,6})(?!\d)/g;

export const markText = ({ digest, state, cause, confidence, findings }: Mark): string =>
  `podtrail-report ${digest} ${state} ${cause} ${confidence} ${findings}`;

/** The last mark in a text, or undefined. */
export function markIn(text: string): Mark | undefined {
  const last = [...text.matchAll(MARK)].at(-1);
  if (last === undefined) return undefined;
  const [, digest, state, cause, confidence, findings] = last;
  return { digest: digest!, state: state!, cause: cause!, confidence: confidence!, findings: Number(findings) };
}

/** A report may come from a stranger, and the mark goes where nothing is escaped. */
const plain = (word: string): string => (/^[a-z-]{1,40}$/.test(word) && !word.includes('--') ? word : 'other');

export function markOf(report: Report, files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Mark {
  const hash = createHash('sha256').update(JSON.stringify(report));
  for (const { name, bytes } of files) hash.update(`\0${name}\0${bytes.length}\0`).update(bytes);
  const { state, cause, confidence } = report.verdict;
  return {
    digest: hash.digest('hex').slice(0, 16),
    state: plain(state),
    cause: plain(cause ?? 'none'),
    confidence: plain(confidence ?? 'none'),
    findings: report.findings.length,
  };
}

const verdictWords = ({ state, cause, confidence }: Mark): string =>
  cause === 'none' ? state : `${state}, ${cause} (${confidence})`;

/** One sentence for the reader of the ticket: what a later report says otherwise. */
export function changesBetween(before: Mark, after: Mark): string {
  const parts: string[] = [];
  if (verdictWords(before) !== verdictWords(after))
    parts.push(`the verdict was ${verdictWords(before)} and is now ${verdictWords(after)}`);
  if (before.findings !== after.findings) parts.push(`findings were ${before.findings} and are now ${after.findings}`);
  if (parts.length === 0) parts.push('the verdict is the same; evidence, quotes or what could be checked differ');
  return `Changed since the report before: ${parts.join('; ')}.`;
}
