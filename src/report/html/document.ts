import { html, Markup } from './markup.js';
import { codeOf, policyOf } from './policy.js';

export interface Document {
  readonly title: string;
  readonly style: string;
  /** Runs in the reader's browser; refers to nothing outside of itself. */
  readonly script: () => void;
  readonly body: Markup;
}

/** One HTML file that opens from disk: it loads nothing, and the policy in it forbids to. */
export function documentOf({ title, style, script, body }: Document): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policyOf(style, script))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="podtrail">
<title>${title} (podtrail)</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}
<script>${new Markup(codeOf(script))}</script>
</body>
</html>
`.text;
}
