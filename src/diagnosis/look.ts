import { Failure } from '../core/failure.js';
import type { CheckOutcome, FindingDraft, NotChecked } from '../core/finding.js';
import { sideBySide } from '../core/side-by-side.js';
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

/** Runs every symptom check, as many at a time as the store answers. */
export async function look(scene: Scene, heuristics: readonly Heuristic[]): Promise<Sightings> {
  const symptoms: FindingDraft[] = [];
  const notChecked: NotChecked[] = [];
  const checks: CheckOutcome[] = [];
  const conclusions = await sideBySide(heuristics, scene.lanes, async (heuristic) => {
    try {
      return { code: heuristic.code, concluded: await heuristic.run(scene) };
    } catch (error) {
      return {
        code: heuristic.code,
        concluded: { outcome: 'crashed', check: crashed(heuristic.code, error) },
      } as const;
    }
  });
  for (const { code, concluded } of conclusions)
    switch (concluded.outcome) {
      case 'crashed':
        checks.push(concluded.check);
        break;
      case 'skipped':
        notChecked.push({ code, missing: concluded.missing, collect: concluded.collect });
        checks.push({ code, outcome: 'skipped', detail: concluded.missing.join('; ') });
        break;
      case 'looked':
        symptoms.push(...concluded.findings);
        checks.push({ code, outcome: concluded.findings.length > 0 ? 'fired' : 'quiet' });
    }
  return { symptoms, notChecked, checks };
}
