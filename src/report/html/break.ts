import type { BreakAt, ConversationExhibit } from '../../core/exhibits.js';
import type { Evidence, Report } from '../../core/finding.js';
import type { TracedStep } from '../../core/trace.js';

/** Where a conversation breaks. */
export interface Break {
  readonly walk: BreakAt['walk'];
  readonly how: BreakAt['how'];
  readonly step: TracedStep;
  /** What happens there, or what is not seen there; no full stop. */
  readonly says: string;
  /** Place of the finding that names this hop, where the walk alone does not. */
  readonly finding?: number | undefined;
  /** The lines that decide it, or the frames that were seen last. */
  readonly evidence: readonly Evidence[];
}

/** Of a finding's evidence; all of it stands with the finding. */
const SHOWN = 3;

/** What a break is called: at the hop, before the place, and above its evidence. */
export const HOW: Readonly<
  Record<BreakAt['how'], { readonly mark: string; readonly at: string; readonly legend: string }>
> = {
  stops: { mark: 'breaks here', at: 'Breaks at', legend: 'here it breaks' },
  'goes-wrong': { mark: 'goes wrong here', at: 'Goes wrong at', legend: 'here it goes wrong' },
  lost: { mark: 'not seen here', at: 'Lost before', legend: 'lost before it comes here' },
};

/** The step at which a conversation breaks, and on which way. */
export function breakOf(conversation: ConversationExhibit, findings: Report['findings']): Break | undefined {
  const { breaksAt, says } = conversation;
  if (breaksAt === undefined) return undefined;
  const { walk, how, finding } = breaksAt;
  const steps = conversation[walk]?.steps ?? [];
  const step = steps[breaksAt.step];
  if (step === undefined) return undefined;
  const lastSeen = steps.slice(0, breaksAt.step).findLast(({ seen }) => seen.length > 0)?.seen ?? [];
  const named = finding === undefined ? undefined : findings[finding];
  const words = named?.title ?? (how === 'lost' ? says.replace(/\.$/, '') : step.says);
  return {
    walk,
    how,
    step,
    says: words,
    finding: named === undefined ? undefined : finding,
    evidence:
      named !== undefined
        ? named.evidence.slice(0, SHOWN)
        : how === 'lost'
          ? [...lastSeen, ...step.because]
          : [...step.because, ...step.seen],
  };
}
