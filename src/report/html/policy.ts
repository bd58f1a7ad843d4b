import { createHash } from 'node:crypto';
import { pageScript } from './page-script.js';
import { STYLESHEET } from './stylesheet.js';

/** The page's script: it refers to nothing outside of itself. */
export const SCRIPT = `(${String(pageScript)})();`;

/** A source of the content security policy: this very text and no other. */
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * What a browser may do with a report: nothing but its own style and script. It stands in every report; a server that shows one
 * must send this very policy with it, for a stricter one of its own would forbid the report its style.
 */
export const REPORT_POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLESHEET)}`,
  `script-src ${hashOf(SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
