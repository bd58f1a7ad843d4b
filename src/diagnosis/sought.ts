import type { CheckOutcome, FindingDraft } from '../core/finding.js';
import { explainerOf, type Standing } from './arbitrate.js';
import type { Asks } from './asks.js';
import type { Case } from './cause.js';
import type { CleanBill } from './clean-bill.js';
import { firstLooks, nextLooks } from './next-look.js';
import { oneSided } from './one-sided.js';
import { silentVerdict } from './silent-verdict.js';

/** What is still to be found out, and where to look for it, by what stands and what nothing explains. */
export function soughtFor(
  given: Case | undefined,
  bill: CleanBill | undefined,
  {
    standings,
    ranked,
    checks,
  }: {
    readonly standings: readonly Standing[];
    readonly ranked: readonly FindingDraft[];
    readonly checks: readonly CheckOutcome[];
  },
): Pick<Asks, 'open' | 'oneSided' | 'looks' | 'lacking'> {
  const nothing = { oneSided: [], looks: [], lacking: [] };
  const named = standings.filter(({ cause, supports }) => supports === undefined && cause.severity !== 'info');
  const serious = ranked.filter(({ severity }) => severity !== 'info');
  if (named.some(({ cause }) => cause.confidence !== 'possible')) return { open: 'how-sure', ...nothing };
  if (given === undefined || bill === undefined) return { open: 'why', ...nothing };
  const silent = named.length === 0 && serious.length === 0;
  if (silent && silentVerdict({ bill, checks }).state === 'no-fault-found') return { open: 'nothing', ...nothing };
  return {
    open: 'why',
    oneSided: oneSided(given),
    looks: silent
      ? firstLooks(given, bill.answered.open[0])
      : nextLooks(
          given,
          serious.filter((s) => explainerOf(s, standings) === undefined),
        ),
    lacking: bill.lacking,
  };
}
