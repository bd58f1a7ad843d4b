import type { Cause } from '../cause.js';

/** Every cause. The order decides between equals: the earliest place on the way that can be wrong comes first. */
export const CAUSES: readonly Cause[] = [];
