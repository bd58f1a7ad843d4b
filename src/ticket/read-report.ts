import { readFileSync, statSync } from 'node:fs';
import { printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import type { Report } from '../core/finding.js';

/** A report as others may have sent it: checked before anything is made of it. */

const MOST_BYTES = 256 << 20;

type Shape = 'string' | 'number' | 'text-or-null' | 'strings' | readonly [Readonly<Record<string, Shape>>] | Fields;
interface Fields {
  readonly [field: string]: Shape;
}

const EVIDENCE: Fields = { role: 'string' };
const REPORT: Fields = {
  schema: 'string',
  bundle: { name: 'string', files: 'number', bytes: 'number', packets: 'number', nodes: 'strings' },
  verdict: {
    state: 'string',
    cause: 'text-or-null',
    confidence: 'text-or-null',
    summary: 'string',
    subjects: 'strings',
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
      evidence: [EVIDENCE],
      remedy: [{ command: 'string', why: 'string', verify: 'string', rollback: 'string' }],
    },
  ],
  ruledOut: [{ code: 'string', because: 'string' }],
  notChecked: [{ code: 'string', missing: 'strings', collect: 'string' }],
  notRead: [{ file: 'string', reason: 'string', count: 'number' }],
  checks: [{ code: 'string', outcome: 'string' }],
};

/** The first place where the value is not of the shape, or undefined. */
function misfit(value: unknown, shape: Shape, path: string): string | undefined {
  switch (shape) {
    case 'string':
    case 'number':
      return typeof value === shape ? undefined : path;
    case 'text-or-null':
      return value === null || typeof value === 'string' ? undefined : path;
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? undefined : path;
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return path;
    for (const [i, item] of value.entries()) {
      const wrong = misfit(item, shape[0] as Fields, `${path}[${i}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return path;
  for (const [key, inner] of Object.entries(shape as Fields)) {
    const wrong = misfit((value as Record<string, unknown>)[key], inner, path === '' ? key : `${path}.${key}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

const EVIDENCE_KINDS: readonly Fields[] = [
  { file: 'string', line: 'number', quote: 'string' },
  { file: 'string', frame: 'number', quote: 'string' },
  { absent: 'string', searched: 'strings' },
];

/** Reads the JSON form of a report. Throws Failure that says what is wrong with it. */
export function readReport(file: string): Report {
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
  const wrong = misfit(value, REPORT, '');
  if (wrong !== undefined)
    throw new Failure(`${name} is no whole report: ${printable(wrong)} is missing or of another kind`);
  const report = value as Report;
  for (const { evidence } of report.findings)
    for (const piece of evidence)
      if (!EVIDENCE_KINDS.some((kind) => misfit(piece, kind, '') === undefined))
        throw new Failure(`${name} is no whole report: a finding has evidence without a place`);
  return report;
}
