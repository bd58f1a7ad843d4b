import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CauseCode } from '../../src/core/code.js';
import type { Confidence, Report, Verdict } from '../../src/core/finding.js';

/** What a sample bundle must give, worked out by the lab with tshark and grep. samples/README.md describes the fields. */
export interface Expected {
  readonly bundle: string;
  readonly symptoms: readonly {
    readonly code: string;
    readonly severity: string;
    readonly subjects: readonly string[];
    readonly evidence: readonly {
      readonly file: string;
      readonly frames?: readonly number[];
      readonly lines?: readonly number[];
    }[];
  }[];
  readonly cause: CauseCode | null;
  /** Where two faults are in one bundle: both, in the order in which they are to be told. */
  readonly causes?: readonly { readonly code: CauseCode; readonly subjects: readonly string[] }[];
  readonly state?: Verdict['state'];
  /** Null where the bundle cannot tell the cause: nobody is accused, and `collect` is asked for. */
  readonly confidence?: Confidence | null;
  /** Words that the command for the missing input must contain. */
  readonly collect?: readonly string[];
  readonly causeSubjects?: readonly string[];
  /** What made the failed traffic succeed in the lab; one command per node that needs it. */
  readonly remedy?: readonly { readonly on?: string | null; readonly command: string }[];
  readonly facts?: readonly { readonly about: string; readonly value: string }[];
}

export interface Sample {
  /** File name without endings: `000-pod-cidr-mismatch`. */
  readonly name: string;
  readonly archive: string;
  readonly expected: Expected;
  readonly state: Verdict['state'];
  /** Every cause that is really there, the first one first. */
  readonly causes: readonly CauseCode[];
}

const FOLDER = 'samples/bundles';
const ENDING = '.expected.json';

const sample = (file: string): Sample => {
  const expected = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Expected;
  return {
    name: file.slice(0, -ENDING.length),
    archive: join(FOLDER, expected.bundle),
    expected,
    state: expected.state ?? (expected.cause === null ? 'no-fault-found' : 'diagnosed'),
    causes: expected.causes?.map(({ code }) => code) ?? (expected.cause === null ? [] : [expected.cause]),
  };
};

export const SAMPLES: readonly Sample[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(ENDING))
  .sort()
  .map(sample);

const STRENGTH = { proven: 3, likely: 2, possible: 1 } as const;

/** How surely a report accuses a cause that stands on its own: 3 proven, 2 likely, 1 possible, 0 not at all. */
export const accusation = (report: Report, cause: CauseCode): number =>
  Math.max(
    0,
    ...report.findings
      .filter((finding) => finding.kind === 'cause' && finding.severity !== 'info' && finding.code === cause)
      .map((finding) => STRENGTH[finding.confidence]),
  );
