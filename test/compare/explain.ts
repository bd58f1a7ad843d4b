import type { Difference } from '../decode/differ.js';
import type { Dumped } from '../decode/dump.js';
import { RULES } from './rules.js';

/** Name of the rule that says why a difference is none of the decoder's faults, if there is one. */
export function explain(difference: Difference, ours: Dumped, theirs: Dumped): string | undefined {
  return RULES.find((rule) => rule.explains(difference, ours, theirs))?.name;
}
