import type { Analysis } from '../analysis.js';
import { Refusal } from '../refusal.js';
import type { Shelf } from '../store/shelf.js';

/** The analysis that a request names. */
export function wanted(shelf: Shelf, id: string): Analysis {
  const analysis = shelf.get(id);
  if (analysis === undefined) throw new Refusal(404, 'There is no such analysis; it may have been deleted.');
  return analysis;
}
