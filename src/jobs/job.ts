import type { About, Progress } from '../analyze.js';
import type { Report, Severity, Verdict } from '../core/finding.js';
import type { Format } from '../report/formats.js';

/** One analysis for a worker process: what to read, and which files to write. All paths are absolute. */
export interface Job {
  /** Read as one bundle. */
  readonly paths: readonly string[];
  readonly about?: About | undefined;
  /** The report as it is. Without it, what is told of the analysis is redacted, too. */
  readonly plain?: Products | undefined;
  /** The report with addresses and names replaced. */
  readonly redacted?: Products | undefined;
}

/** Files that are made of a report. */
export interface Products {
  /** Each is written under a temporary name and moved into place, so that it is there whole or not at all. */
  readonly write: readonly { readonly format: Format; readonly path: string }[];
  /** Folder for the cited frames and lines; made anew, and there whole or not at all. */
  readonly evidence?: string | undefined;
}

/** What a list of analyses shows of one. */
export interface Digest {
  readonly state: Verdict['state'];
  readonly cause: Verdict['cause'];
  readonly confidence: Verdict['confidence'];
  readonly summary: string;
  readonly findings: Readonly<Record<Severity, number>>;
  readonly files: number;
  readonly bytes: number;
  readonly packets: number;
}

export function digestOf({ verdict, findings, bundle }: Report): Digest {
  const count = (severity: Severity): number => findings.filter((f) => f.severity === severity).length;
  return {
    state: verdict.state,
    cause: verdict.cause,
    confidence: verdict.confidence,
    summary: verdict.summary,
    findings: { critical: count('critical'), warning: count('warning'), info: count('info') },
    files: bundle.files,
    bytes: bundle.bytes,
    packets: bundle.packets,
  };
}

/** Why an analysis gave no report. Only `crash` and `cancelled` are worth another try. */
export type FailureKind = 'unreadable' | 'memory' | 'time' | 'crash' | 'cancelled';

export type Outcome =
  /** `trouble`: the report is there, and its evidence is not. */
  | { readonly state: 'done'; readonly digest: Digest; readonly trouble?: string | undefined; readonly seconds: number }
  | { readonly state: 'failed'; readonly why: FailureKind; readonly reason: string; readonly seconds: number };

/** To the worker. */
export interface Order {
  readonly job: Job;
}

/** From the worker. */
export type Answer =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly digest: Digest; readonly trouble?: string | undefined }
  /** `unreadable`: no bundle, said to the user as it is. `crash`: a fault of ours, or of the machine (disk full). */
  | { readonly kind: 'failed'; readonly why: 'unreadable' | 'crash'; readonly reason: string };
