import { readFileSync, statSync } from 'node:fs';
import { printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import type { Report } from '../core/finding.js';
import { EVIDENCE_KINDS } from './exhibits-shape.js';
import { drawable } from './older-report.js';
import { type Fields, misfit } from './shape.js';

/** A report as others may have sent it: checked before anything is made of it. */

const MOST_BYTES = 256 << 20;

const REPORT: Fields = {
  schema: 'string',
  bundle: { fields: { name: 'string', files: 'number', bytes: 'number', packets: 'number', nodes: 'strings' } },
  verdict: {
    fields: {
      state: 'string',
      cause: 'text-or-null',
      confidence: 'text-or-null',
      summary: 'string',
      subjects: 'strings',
    },
  },
  findings: [
    {
      code: 'string',
      severity: 'string',
      confidence: 'string',
      title: 'string',
      explanation: 'string',
      subjects: 'strings',
      count: 'number',
      evidence: [{ role: 'string' }],
      remedy: [{ command: 'string', why: 'string', verify: 'string', rollback: 'string' }],
    },
  ],
  ruledOut: [{ code: 'string', because: 'string' }],
  notChecked: [{ code: 'string', missing: 'strings', collect: 'string' }],
  notRead: [{ file: 'string', reason: 'string', count: 'number' }],
  checks: [{ code: 'string', outcome: 'string' }],
};

/** A report as it stands in a file. */
export interface ReadReport {
  readonly report: Report;
  /** What a page of it cannot draw, because another version wrote it: `the cluster`. */
  readonly lost: readonly string[];
}

/**
 * Reads the JSON form of a report, of this version or another of the same contract. Throws Failure that says what is wrong
 * with it.
 */
export function readReport(file: string): ReadReport {
  const name = printable(file);
  let value: unknown;
  try {
    if (statSync(file).size > MOST_BYTES)
      throw new Failure(`${name} is larger than ${MOST_BYTES >> 20} MB: no report is`);
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof SyntaxError)
      throw new Failure(`${name} is no JSON: make the report with podtrail analyze --format json --output FILE`);
    throw new Failure(`cannot read ${name}: ${(error as Error).message}`);
  }
  if ((value as { schema?: unknown } | null)?.schema !== 'podtrail.report/1')
    throw new Failure(`${name} is no report of podtrail (podtrail.report/1)`);
  const wrong = misfit(value, { fields: REPORT }, '');
  if (wrong !== undefined)
    throw new Failure(`${name} is no whole report: ${printable(wrong)} is missing or of another kind`);
  const report = value as Report;
  for (const { evidence } of report.findings)
    for (const piece of evidence)
      if (misfit(piece, { anyOf: EVIDENCE_KINDS }, '') !== undefined)
        throw new Failure(`${name} is no whole report: a finding has evidence without a place`);
  const { exhibits, lost } = drawable(report.exhibits);
  return {
    report: {
      ...report,
      // Older versions did not say these.
      clocks: report.clocks ?? [],
      ruledOut: report.ruledOut.map((one) => ({ ...one, evidence: one.evidence ?? [] })),
      exhibits,
    },
    lost,
  };
}
