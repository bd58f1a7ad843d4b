import type { CauseCode } from '../core/code.js';
import type { Cite, Confidence, FindingDraft, NonEmpty, Remedy, Severity } from '../core/finding.js';
import type { Cluster } from '../model/cluster.js';
import type { Facts } from '../model/facts.js';
import type { Host } from '../model/host/host.js';
import type { Conversation } from '../model/journey/conversations.js';
import type { Journeys } from '../model/journey/journeys.js';
import type { Missing } from '../model/journey/missing.js';
import type { Scene } from '../model/scene.js';

/** All that a cause may look at. Causes share one set of hosts and journeys; none re-implements a lookup. */
export interface Case {
  readonly scene: Scene;
  readonly cluster: Cluster;
  readonly facts: Facts;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly journeys: Journeys;
  /** What the heuristics found. */
  readonly symptoms: readonly FindingDraft[];
  /** The conversations of these symptoms, walked, and compared with what taps saw. */
  readonly failed: readonly Conversation[];
  /** What every cluster must be able to do, walked: for bundles in which nobody tried. */
  readonly standing: readonly Conversation[];
}

/** A cause as its file finds it. */
export interface CauseDraft {
  readonly code: CauseCode;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** A headline without a full stop. */
  readonly title: string;
  /** The verdict's one sentence: names nodes, interfaces, addresses, prefixes. */
  readonly summary: string;
  /** Why this stops the packets, here. */
  readonly explanation: string;
  /** Culprits first: addresses, prefixes, sets, interfaces, nodes. */
  readonly subjects: readonly string[];
  /** The nodes at fault, where code and subjects do not tell them (`culpritsOf`). */
  readonly culprits?: readonly string[] | undefined;
  readonly count: number;
  readonly evidence: NonEmpty<Cite>;
  readonly remedy: readonly Remedy[];
  /** What would make it certain, as long as it is not proven. */
  readonly wants?: readonly Missing[] | undefined;
  /** Which symptoms it explains. It is asked for every symptom, and must not claim what it does not cause. */
  explains(symptom: FindingDraft): boolean;
}

/** What one cause concluded. */
export type CauseConclusion =
  | { readonly outcome: 'found'; readonly drafts: NonEmpty<CauseDraft> }
  /** Considered because symptoms or configuration suggest it, and a fact says no. */
  | { readonly outcome: 'ruled-out'; readonly because: string; readonly evidence: NonEmpty<Cite> }
  /** Looked, and nothing suggests it. */
  | { readonly outcome: 'quiet' }
  /** Symptoms suggest it, and what would decide is not in the bundle. */
  | { readonly outcome: 'cannot-tell'; readonly missing: NonEmpty<string>; readonly collect: string };

/** One cause, one file. Listed in `diagnosis/index.ts`. */
export interface Cause {
  readonly code: CauseCode;
  diagnose(given: Case): Promise<CauseConclusion> | CauseConclusion;
}

export const found = (drafts: readonly CauseDraft[]): CauseConclusion => {
  const [first, ...rest] = drafts;
  return first === undefined ? quiet : { outcome: 'found', drafts: [first, ...rest] };
};
export const quiet: CauseConclusion = { outcome: 'quiet' };
export const ruledOut = (because: string, first: Cite, ...evidence: readonly Cite[]): CauseConclusion => ({
  outcome: 'ruled-out',
  because,
  evidence: [first, ...evidence],
});
export const cannotTell = (collect: string, first: string, ...missing: readonly string[]): CauseConclusion => ({
  outcome: 'cannot-tell',
  missing: [first, ...missing],
  collect,
});
