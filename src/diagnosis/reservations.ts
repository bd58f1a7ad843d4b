import type { AboutOutcome, Verdict } from '../core/finding.js';
import { listed } from './witness.js';

/** What keeps a verdict from being one about all that was asked: the bundle, the ticket's flow, the time. */
export interface Reservations {
  /** Archives that end in the middle. */
  readonly cutShort: readonly string[];
  readonly about?: AboutOutcome | undefined;
  /** Symptoms that are worth a warning and lie outside of the time asked for: how many, and the first. */
  readonly outside: { readonly count: number; readonly title?: string | undefined; readonly at?: string | undefined };
  /** True when captures have times, and none of them reaches into the time asked for. */
  readonly noneInTime: boolean;
  /** True when a symptom worth a warning is in the time asked for. */
  readonly failing: boolean;
}

/**
 * The verdict with its reservations in words. A clean bill is none where the flow that was asked about is not in the bundle, where
 * the time that was asked for shows nothing, or where an archive ends early; other verdicts stand, and say so.
 */
export function reserved(verdict: Verdict, reservations: Reservations): Verdict {
  const words = [flow(reservations), time(reservations), archive(reservations)].filter((word) => word !== undefined);
  if (words.length === 0) return verdict;
  const clean = verdict.state === 'no-fault-found';
  return {
    ...verdict,
    state: clean ? 'insufficient' : verdict.state,
    summary: clean
      ? `${words.join(' ')} Nobody can tell from this bundle. For the rest of it: ${verdict.summary}`
      : `${verdict.summary} ${words.join(' ')}`,
  };
}

const flow = ({ about }: Reservations): string | undefined =>
  about?.outcome === 'not-seen'
    ? `${about.complaint}, which was asked about, is nowhere in this bundle${about.detail.startsWith('this flow is seen') ? ' with its answer or the lack of one' : ''}.`
    : undefined;

function time({ outside, noneInTime, failing }: Reservations): string | undefined {
  if (noneInTime) return 'No packet of this bundle is of the time that was asked for.';
  if (failing || outside.count === 0) return undefined;
  const when = outside.at === undefined ? '' : ` (${outside.at})`;
  return `Nothing that fails is of the time that was asked for; outside of it ${outside.count === 1 ? 'there is' : `there are ${outside.count} symptoms, the first of them`}: ${outside.title}${when}.`;
}

const archive = ({ cutShort }: Reservations): string | undefined =>
  cutShort.length === 0
    ? undefined
    : `${listed(cutShort)} ${cutShort.length === 1 ? 'ends' : 'end'} early: what came after that is not in this report.`;
