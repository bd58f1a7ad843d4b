import type { Placed } from '../facts.js';
import type { Judged } from './answer.js';

/** Short forms of an answer that is known. */
export const yes = (says: string, at: readonly Placed[] = []): Judged => ({ answer: 'yes', says, at });
export const no = (says: string, at: readonly Placed[]): Judged => ({ answer: 'no', says, at });
