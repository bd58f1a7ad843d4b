import type { Finding, Verdict } from '../core/finding.js';

/**
 * The verdict from symptoms alone: the strongest one is the headline. Causes come on top of this.
 * `insufficient`: nothing in the bundle shows
 * a conversation, so silence of the checks means nothing.
 */
export function verdictOf(findings: readonly Finding[], looked: boolean): Verdict {
  const strongest = findings.find((finding) => finding.severity !== 'info');
  if (strongest !== undefined) {
    return {
      state: 'suspected',
      cause: null,
      confidence: null,
      summary: `${strongest.title}.`,
      subjects: strongest.subjects,
    };
  }
  if (!looked) {
    return {
      state: 'insufficient',
      cause: null,
      confidence: null,
      summary:
        'Nothing in this bundle shows a conversation, so nothing can be said of it: a capture taken while the connection is tried is needed.',
      subjects: [],
    };
  }
  return {
    state: 'no-fault-found',
    cause: null,
    confidence: null,
    summary:
      'Every conversation that the bundle shows was answered; no check found anything critical or worth a warning.',
    subjects: [],
  };
}
