import type { IncomingHttpHeaders } from 'node:http';

/**
 * Why a request that changes something is not from this site; undefined when nothing says so. A browser names the site of
 * the page that sends (`Origin`, RFC 6454) and its relation to us (`Sec-Fetch-Site`, W3C Fetch Metadata); scripts can forge
 * neither. What sends none of them, such as curl, is no browser that somebody else's page could misuse.
 */
export function foreign(headers: IncomingHttpHeaders): string | undefined {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return `Sec-Fetch-Site: ${String(site)}`;
  const { origin, host } = headers;
  if (origin === undefined) return undefined;
  try {
    // Only the host is compared: behind a proxy with TLS, the scheme that the browser sees is not ours.
    if (new URL(origin).host === new URL(`http://${host ?? ''}`).host) return undefined;
    if (new URL(origin).host === new URL(`https://${host ?? ''}`).host) return undefined;
  } catch {
    // `null`, of a page without an origin, and nonsense
  }
  return `Origin: ${origin}`;
}

const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** An address or name that only this machine can reach. */
export const isLoopback = (host: string): boolean =>
  LOOPBACK.test(host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/**
 * True when the request was meant for this machine by name. A server without a token serves no other: a page elsewhere
 * could make its own name resolve to 127.0.0.1 and read reports through the browser (DNS rebinding).
 */
export function namesThisMachine(host: string | undefined): boolean {
  try {
    return isLoopback(new URL(`http://${host ?? ''}`).hostname);
  } catch {
    return false;
  }
}
