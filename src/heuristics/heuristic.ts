import type { SymptomCode } from '../core/code.js';
import type { FindingDraft } from '../core/finding.js';
import type { Scene } from '../model/scene.js';

/** What one rule concluded. Skipping says what was missing and what to collect. */
export type Conclusion =
  | { readonly outcome: 'looked'; readonly findings: readonly FindingDraft[] }
  | { readonly outcome: 'skipped'; readonly missing: readonly string[]; readonly collect: string };

/** One symptom, one file. Listed in `heuristics/index.ts`. */
export interface Heuristic {
  readonly code: SymptomCode;
  run(scene: Scene): Promise<Conclusion>;
}

export const looked = (findings: readonly FindingDraft[]): Conclusion => ({ outcome: 'looked', findings });
export const skipped = (missing: readonly string[], collect: string): Conclusion => ({
  outcome: 'skipped',
  missing,
  collect,
});
