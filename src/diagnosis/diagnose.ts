import type { CauseCode } from '../core/code.js';
import type { CheckOutcome, Cite, NonEmpty, NotChecked } from '../core/finding.js';
import type { Case, Cause, CauseDraft } from './cause.js';
import { crashed } from './look.js';
import { refuted } from './refuted.js';
import { undecided } from './undecided.js';

/** What the causes concluded, before it is decided which of them wins. */
export interface Conclusions {
  readonly causes: readonly CauseDraft[];
  readonly ruledOut: readonly {
    readonly code: CauseCode;
    readonly because: string;
    readonly evidence: NonEmpty<Cite>;
  }[];
  readonly notChecked: readonly NotChecked[];
  readonly checks: readonly CheckOutcome[];
}

/** Asks every cause. One that throws costs itself alone. */
export async function diagnose(given: Case, causes: readonly Cause[]): Promise<Conclusions> {
  const drafts: CauseDraft[] = [];
  const ruledOut: { code: CauseCode; because: string; evidence: NonEmpty<Cite> }[] = [];
  const notChecked: NotChecked[] = [];
  const checks: CheckOutcome[] = [];
  for (const cause of causes) {
    try {
      const conclusion = await cause.diagnose(given);
      switch (conclusion.outcome) {
        case 'found':
          drafts.push(...conclusion.drafts);
          checks.push({ code: cause.code, outcome: 'fired' });
          break;
        case 'ruled-out':
          ruledOut.push({ code: cause.code, because: conclusion.because, evidence: conclusion.evidence });
          checks.push({ code: cause.code, outcome: 'quiet', detail: conclusion.because });
          break;
        case 'quiet':
          checks.push({ code: cause.code, outcome: 'quiet' });
          break;
        case 'cannot-tell':
          notChecked.push({ code: cause.code, missing: conclusion.missing, collect: conclusion.collect });
          checks.push({ code: cause.code, outcome: 'skipped', detail: conclusion.missing.join('; ') });
      }
    } catch (error) {
      checks.push(crashed(cause.code, error));
    }
  }
  const spoken = new Set([...ruledOut, ...notChecked].map(({ code }) => code));
  return {
    causes: drafts,
    ruledOut: [...ruledOut, ...refuted(given, drafts, [...spoken] as readonly CauseCode[])],
    notChecked: [...undecided(given, drafts).filter(({ code }) => !spoken.has(code as CauseCode)), ...notChecked],
    checks,
  };
}
