import { lookup } from 'node:dns/promises';
import { contains, isPrivate, parsePrefix } from '../core/prefix.js';

const LOCAL = ['127.0.0.0/8', '169.254.0.0/16', '::1/128', 'fe80::/10'].map((text) => parsePrefix(text)!);

const isOwn = (address: string): boolean => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return isPrivate(plain) || LOCAL.some((prefix) => contains(prefix, plain));
};

/**
 * True when every address of the host is private, local or of this machine (RFC 1918, 4193, 6598; loopback, link-local), or when its name
 * is one that only a local network answers for (RFC 6762, 8375). A host without an address is not private.
 */
export async function isPrivateHost(
  hostname: string,
  resolve: (name: string) => Promise<readonly { readonly address: string }[]> = (name) => lookup(name, { all: true }),
): Promise<boolean> {
  const name = hostname.replace(/^\[|\]$/g, '');
  if (/(?:^|\.)(?:localhost|local|home\.arpa)$/i.test(name)) return true;
  try {
    const found = await resolve(name);
    return found.length > 0 && found.every(({ address }) => isOwn(address));
  } catch {
    return false;
  }
}
