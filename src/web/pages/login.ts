import { html } from '../../report/html/markup.js';
import type { Page } from './frame.js';

/** Asks for the token. `next` is where to go with it: a path of this server. */
export const loginPage = (next: string, wrong: boolean): Page => ({
  title: 'Log in',
  body: html`<h1>Log in</h1>
<p>This server is for those who have its token.</p>
${wrong && html`<p class="now failed" role="alert">This is not the token.</p>`}
<form method="post" action="/login" class="login">
<input type="hidden" name="next" value="${next}">
<p><label for="token">Token</label> <input type="password" id="token" name="token" required autocomplete="current-password" autofocus> <button class="main">Log in</button></p>
</form>`,
});

/** Loads an address again, from a page of this server. */
export const againPage = (address: string): Page => ({
  title: 'One moment',
  again: address,
  body: html`<h1>One moment</h1><p><a href="${address}">Go on</a></p>`,
});

/** Only a path of this server: `//host` and `/\\host` lead elsewhere (WHATWG URL). */
export const localPath = (next: string | undefined): string =>
  next !== undefined && /^\/(?![/\\])[^\x00-\x20\x7f]*$/.test(next) ? next : '/';
