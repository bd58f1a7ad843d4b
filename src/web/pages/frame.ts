import { html, type Markup, type Part } from '../../report/html/markup.js';

export interface Page {
  readonly title: string;
  readonly body: Markup;
  /** Without JavaScript the page loads itself again after so many seconds. */
  readonly refresh?: number | undefined;
  /** Goes on to this address of the server at once. */
  readonly again?: string | undefined;
  /** Shows the way out to those who logged in. */
  readonly loggedIn?: boolean | undefined;
}

/** Markup around every page. No style and no script stands in it, so that the policy allows neither. */
export function frame({ title, body, refresh, again, loggedIn }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - podtrail</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/page.css">
<script src="/assets/page.js" type="module"></script>
${refresh !== undefined && html`<noscript><meta http-equiv="refresh" content="${refresh}"></noscript>`}
${again !== undefined && html`<meta http-equiv="refresh" content="0; url=${again}">`}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="banner"><p><a class="product" href="/">podtrail</a> <span class="tagline">says why pods cannot reach each other</span></p>${
    loggedIn === true && html`<form method="post" action="/logout"><button class="plain">Log out</button></form>`
  }</header>
<main id="main" tabindex="-1">
${body}
</main>
</body>
</html>
`.text;
}

/** A moment for people, to the minute; the zone is said, as reports speak in UTC as well. */
export const moment = (iso: string): Markup =>
  html`<time datetime="${iso}">${`${iso.slice(0, 10)} ${iso.slice(11, 16)}`} UTC</time>`;

export const message = (title: string, text: Part): Page => ({
  title,
  body: html`<h1>${title}</h1><p>${text}</p><p><a href="/">All analyses</a></p>`,
});
