import { redact } from '../core/redact.js';

/** Characters of a line that are kept for quoting. */
export const QUOTE_LIMIT = 400;

/** A line, or what is meant of it, as findings quote it. Secrets are taken out before the cut: half a token is still a token. */
export function quotation(text: string): string {
  const safe = redact(text.slice(0, QUOTE_LIMIT * 4));
  return safe.length > QUOTE_LIMIT ? `${safe.slice(0, QUOTE_LIMIT - 1)}\u2026` : safe;
}
