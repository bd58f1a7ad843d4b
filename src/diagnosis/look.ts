import { Failure } from '../core/failure.js';
import type { CheckOutcome, FindingDraft, NotChecked } from '../core/finding.js';
import type { Heuristic } from '../heuristics/heuristic.js';
import type { Scene } from '../model/scene.js';

/** What the symptom checks saw, and which could not look. */
export interface Sightings {
  readonly symptoms: readonly FindingDraft[];
  readonly notChecked: readonly NotChecked[];
  readonly checks: readonly CheckOutcome[];
}

/**
 * What a check that threw looks like in the report: it costs itself alone, and says so. A Failure is no check's fault (the
 * disk is full), and none of the others could answer: it is thrown on.
 */
export const crashed = (code: CheckOutcome['code'], error: unknown): CheckOutcome => {
  if (error instanceof Failure) throw error;
  const why = error instanceof Error ? error.message : String(error);
  return { code, outcome: 'crashed', detail: `a bug in podtrail: ${why.slice(0, 300)}` };
};

/** Runs every symptom check. */
export async function look(scene: Scene, heuristics: readonly Heuristic[]): Promise<Sightings> {
  const symptoms: FindingDraft[] = [];
  const notChecked: NotChecked[] = [];
  const checks: CheckOutcome[] = [];
  for (const heuristic of heuristics) {
    try {
      const conclusion = await heuristic.run(scene);
      if (conclusion.outcome === 'skipped') {
        notChecked.push({ code: heuristic.code, missing: conclusion.missing, collect: conclusion.collect });
        checks.push({ code: heuristic.code, outcome: 'skipped', detail: conclusion.missing.join('; ') });
      } else {
        symptoms.push(...conclusion.findings);
        checks.push({ code: heuristic.code, outcome: conclusion.findings.length > 0 ? 'fired' : 'quiet' });
      }
    } catch (error) {
      checks.push(crashed(heuristic.code, error));
    }
  }
  return { symptoms, notChecked, checks };
}
