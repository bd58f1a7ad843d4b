import type { ConversationExhibit } from '../../core/exhibits.js';
import type { Evidence } from '../../core/finding.js';
import type { TracedStep } from '../../core/trace.js';

/** Where a conversation breaks. */
export interface Break {
  readonly walk: 'request' | 'reply';
  readonly step: TracedStep;
  /** Nothing stops it there: it was seen before, and not there. */
  readonly lost: boolean;
  /** What happens there, or what is not seen there; no full stop. */
  readonly says: string;
  /** The lines that decide it, or the frames that were seen last. */
  readonly evidence: readonly Evidence[];
}

/** The step at which a conversation breaks, and on which way. */
export function breakOf(conversation: ConversationExhibit): Break | undefined {
  const { breaksAt, parting, says } = conversation;
  if (breaksAt === undefined) return undefined;
  const steps = conversation[breaksAt.walk]?.steps ?? [];
  const step = steps[breaksAt.step];
  if (step === undefined) return undefined;
  const lost = parting === 'vanished';
  const lastSeen = steps.slice(0, breaksAt.step).findLast(({ seen }) => seen.length > 0)?.seen ?? [];
  return {
    walk: breaksAt.walk,
    step,
    lost,
    says: lost ? says.replace(/\.$/, '') : step.says,
    evidence: lost ? [...lastSeen, ...step.because] : [...step.because, ...step.seen],
  };
}
