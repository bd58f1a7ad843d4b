import type { Heuristic } from './heuristic.js';
import { unrepliedSyn } from './unreplied-syn.js';

/** Every symptom check, in the order of the report when severity and count are equal. */
export const HEURISTICS: readonly Heuristic[] = [unrepliedSyn];
