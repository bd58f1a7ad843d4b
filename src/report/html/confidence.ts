import type { Confidence, Verdict } from '../../core/finding.js';

/** What a word of confidence promises. */
export const CONFIDENCE: Readonly<Record<Confidence, string>> = {
  proven: 'the evidence leaves no other explanation',
  likely: 'fits all that is seen; what would prove it is not in the bundle',
  possible: 'one explanation among others',
};

export const STATES: Readonly<Record<Verdict['state'], string>> = {
  diagnosed: 'Diagnosed',
  suspected: 'Suspected',
  'no-fault-found': 'No fault found',
  insufficient: 'Cannot tell',
};
