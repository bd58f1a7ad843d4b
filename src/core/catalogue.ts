/** What `podtrail explain` says of every code: one text per symptom, one per cause. */
export { CAUSES } from './catalogue-causes.js';
export { type Step, SYMPTOMS, type SymptomText } from './catalogue-symptoms.js';
export type { CauseText, Fix } from './causes/cause-text.js';
