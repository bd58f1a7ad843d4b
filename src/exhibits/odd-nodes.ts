import type { Finding } from '../core/finding.js';
import type { Judgement } from '../diagnosis/judge.js';

const MAX_WORDS = 110;
const MAX_PER_NODE = 4;

/**
 * What the findings say of each node. Of a finding's nodes the first named is the culprit, the others are whom it cannot
 * reach; one that names every node speaks of the cluster and makes none of them odd. Symptoms count only where no cause stands.
 */
export function oddNodes(
  names: readonly string[],
  { findings, standing }: Pick<Judgement, 'findings' | 'standing'>,
): ReadonlyMap<string, readonly string[]> {
  const causes = standing.some(({ cause }) => cause.severity !== 'info');
  const odd = new Map<string, string[]>();
  for (const finding of findings) {
    if (finding.severity === 'info' || finding.explainedBy !== undefined) continue;
    if (causes && finding.kind === 'symptom') continue;
    const culprit = culpritOf(names, finding);
    if (culprit === undefined) continue;
    const words = odd.get(culprit) ?? [];
    const says = cut(finding.title);
    if (words.length < MAX_PER_NODE && !words.includes(says)) words.push(says);
    odd.set(culprit, words);
  }
  return odd;
}

function culpritOf(names: readonly string[], { subjects }: Finding): string | undefined {
  const named = subjects.filter((subject) => names.includes(subject));
  return names.length > 2 && named.length === names.length ? undefined : named[0];
}

const cut = (text: string): string => (text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS - 1)}\u2026` : text);
