import { createHash } from 'node:crypto';
import { pageScript } from './page-script.js';
import { STYLESHEET } from './stylesheet.js';

/** A script as it stands in a page: it refers to nothing outside of itself. */
export const codeOf = (script: () => void): string => `(${String(script)})();`;

/** A source of the content security policy: this very text and no other. */
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** What a browser may do with a page: nothing but its own style and script. */
export const policyOf = (style: string, script: () => void): string =>
  [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(codeOf(script))}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/**
 * The policy that stands in every report; a server that shows one must send this very policy with it, for a stricter one of its
 * own would forbid the report its style.
 */
export const REPORT_POLICY = policyOf(STYLESHEET, pageScript);
