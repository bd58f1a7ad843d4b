import type { ConversationExhibit } from '../../core/exhibits.js';
import type { TracedStep } from '../../core/trace.js';

/** The step at which a conversation breaks, and on which way. */
export function breakOf(
  conversation: ConversationExhibit,
): { readonly walk: 'request' | 'reply'; readonly step: TracedStep } | undefined {
  const { breaksAt } = conversation;
  if (breaksAt === undefined) return undefined;
  const step = conversation[breaksAt.walk]?.steps[breaksAt.step];
  return step === undefined ? undefined : { walk: breaksAt.walk, step };
}
