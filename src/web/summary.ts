import type { Progress } from '../analyze.js';
import type { Digest } from '../jobs/job.js';
import type { Analysis, Reason } from './analysis.js';
import { statusOf } from './status.js';
import type { Queue } from './store/queue.js';

/** What the API and the pages tell of one analysis; the report itself is asked for by its id. */
export interface Summary {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly received: string;
  readonly state: Analysis['state'];
  /** The same in words, with whatever there is to tell. */
  readonly status: string;
  /** Place in the queue; 1 starts next. */
  readonly position?: number | undefined;
  readonly progress?: Progress | undefined;
  readonly finished?: string | undefined;
  readonly seconds?: number | undefined;
  readonly verdict?: Digest | undefined;
  readonly failure?: { readonly why: Reason; readonly reason: string } | undefined;
}

export function summaryOf(analysis: Analysis, queue: Queue): Summary {
  const { id, name, bytes, received, state } = analysis;
  const head = { id, name, bytes, received, state, status: statusOf(analysis, queue) };
  switch (analysis.state) {
    case 'queued':
    case 'running': {
      const position = queue.position(id);
      // What was begun and ended with its process, or with the server, waits again.
      return { ...head, state: position === undefined ? state : 'queued', position, progress: queue.progress(id) };
    }
    case 'done':
      return { ...head, finished: analysis.finished, seconds: analysis.seconds, verdict: analysis.digest };
    case 'failed':
      return { ...head, finished: analysis.finished, failure: { why: analysis.why, reason: analysis.reason } };
  }
}

/** Whether every word of a search is in the name, the verdict or the state. */
export function found(summary: Summary, query: string): boolean {
  const text = [summary.name, summary.status, summary.verdict?.summary, summary.verdict?.state, summary.id]
    .join(' ')
    .toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
