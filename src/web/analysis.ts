import type { Digest, FailureKind } from '../jobs/job.js';

/** An upload, as it was taken in. */
export interface Upload {
  /** 32 hexadecimal digits, random: who does not know it cannot ask for it. */
  readonly id: string;
  /** As the sender called it, for people. Never a path. */
  readonly name: string;
  /** What the file is called on our disk; the report calls the bundle so. */
  readonly file: string;
  readonly bytes: number;
  /** ISO 8601. No two uploads have the same, so that it gives their order. */
  readonly received: string;
}

/** How often an analysis was begun. What ends workers or the server again and again is given up. */
export const MOST_TRIES = 3;

/** `empty` was told before any analysis. */
export type Reason = Exclude<FailureKind, 'cancelled'> | 'empty';

export type Analysis = Upload &
  (
    | { readonly state: 'queued' | 'running'; readonly tries: number }
    | { readonly state: 'done'; readonly finished: string; readonly seconds: number; readonly digest: Digest }
    | { readonly state: 'failed'; readonly finished: string; readonly why: Reason; readonly reason: string }
  );

export type Unfinished = Extract<Analysis, { state: 'queued' | 'running' }>;

export const isUnfinished = (analysis: Analysis): analysis is Unfinished =>
  analysis.state === 'queued' || analysis.state === 'running';

/** What was taken in, without what became of it. */
export const uploadOf = ({ id, name, file, bytes, received }: Upload): Upload => ({ id, name, file, bytes, received });
