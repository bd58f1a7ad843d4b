import type { FindingDraft } from '../core/finding.js';

/** A span of time; nanoseconds since 1970, or since midnight when `daily`. */
export interface Window {
  readonly since?: bigint | undefined;
  readonly until?: bigint | undefined;
  readonly daily: boolean;
}

const DAY_NS = 86_400_000_000_000n;

/** False when the finding's time is known and lies outside the window. */
export function within(
  draft: Pick<FindingDraft, 'firstNs' | 'lastNs' | 'timeKind'>,
  window: Window | undefined,
): boolean {
  const kind = draft.timeKind ?? 'none';
  if (window === undefined || draft.firstNs === undefined || draft.lastNs === undefined || Number(draft.firstNs) < 0)
    return true;
  const daily = window.daily || kind === 'time-of-day';
  if (!['epoch', 'no-zone', 'time-of-day'].includes(kind)) return true;
  const fold = (ns: bigint): bigint => (daily ? ns % DAY_NS : ns);
  const first = fold(BigInt(integral(draft.firstNs)!));
  const last = fold(BigInt(integral(draft.lastNs)!));
  return (
    (window.since === undefined || last >= fold(window.since)) &&
    (window.until === undefined || first <= fold(window.until))
  );
}

export const integral = (ns: number | bigint | undefined): number | bigint | undefined =>
  typeof ns === 'number' ? Math.trunc(ns) : ns;
