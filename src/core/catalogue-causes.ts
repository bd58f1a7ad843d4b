import { ADDRESSING } from './causes/addressing.js';
import type { CauseText } from './causes/cause-text.js';
import { CLUSTER } from './causes/cluster.js';
import { FILTERING } from './causes/filtering.js';
import { OVERLAY } from './causes/overlay.js';
import { ROUTING } from './causes/routing.js';
import { SERVICES } from './causes/services.js';
import type { CauseCode } from './code.js';

/** The text of every cause, in the order in which they are listed. */
export const CAUSES: Readonly<Record<CauseCode, CauseText>> = {
  ...ADDRESSING,
  ...OVERLAY,
  ...ROUTING,
  ...FILTERING,
  ...SERVICES,
  ...CLUSTER,
};
