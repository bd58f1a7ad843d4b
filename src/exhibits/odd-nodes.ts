import type { CauseDraft } from '../diagnosis/cause.js';
import { culpritsOf } from '../diagnosis/culprits.js';
import type { Judgement } from '../diagnosis/judge.js';

const MAX_WORDS = 110;
const MAX_PER_NODE = 4;

/** What is said of the nodes. */
export interface OddNodes {
  /** Of those at fault: for what. */
  readonly blamed: ReadonlyMap<string, readonly string[]>;
  /** Of those that something is found on, without their being at fault. */
  readonly different: ReadonlyMap<string, readonly string[]>;
}

/**
 * Which nodes the causes that stand blame, and on which others something is found: both ends of a path that is at fault, what is
 * only possible, what is for information; and the nodes of symptoms where no cause stands. One that names every node speaks
 * of the cluster and tells none of them apart.
 */
export function oddNodes(
  names: readonly string[],
  { drafts, findings, standing }: Pick<Judgement, 'drafts' | 'findings' | 'standing'>,
): OddNodes {
  const known = new Set(names);
  const blamed = new Map<string, string[]>();
  const different = new Map<string, string[]>();
  const causes = standing.filter(({ cause }) => cause.severity !== 'info');
  for (const { cause } of causes) {
    const culprits = culpritsOf(cause, (name) => known.has(name)).filter((name) => known.has(name));
    if (cause.confidence === 'possible') say(different, culprits, cause.title);
    else if (culprits.length > 0) say(blamed, culprits, cause.title);
    else say(different, apart(names, cause), cause.title);
  }
  findings.forEach((finding, i) => {
    const draft = drafts[i];
    if (draft === undefined || finding.explainedBy !== undefined) return;
    if (finding.kind === 'cause' && finding.severity === 'info')
      say(
        different,
        culpritsOf(draft as CauseDraft, (name) => known.has(name)),
        finding.title,
      );
    if (finding.kind === 'symptom' && finding.severity !== 'info' && causes.length === 0)
      say(different, apart(names, finding).slice(0, 1), finding.title);
  });
  return { blamed, different };
}

/** The nodes that are named, unless all of three or more are. */
function apart(names: readonly string[], { subjects }: { readonly subjects: readonly string[] }): readonly string[] {
  const named = subjects.filter((subject) => names.includes(subject));
  return names.length > 2 && named.length === names.length ? [] : named;
}

function say(said: Map<string, string[]>, nodes: readonly string[], title: string): void {
  for (const node of nodes) {
    const words = said.get(node) ?? [];
    const says = cut(title);
    if (words.length < MAX_PER_NODE && !words.includes(says)) words.push(says);
    said.set(node, words);
  }
}

const cut = (text: string): string => (text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS - 1)}\u2026` : text);
