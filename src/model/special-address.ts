import { familyOf } from '../core/address.js';

/** Addresses that are nobody's: loopback, link-local, multicast, broadcast. */
export function specialRole(address: string): 'loopback' | 'link-local' | 'multicast' | undefined {
  if (familyOf(address) === 4) {
    const first = Number(address.slice(0, address.indexOf('.')));
    if (first === 127) return 'loopback';
    if (first >= 224 || address === '0.0.0.0') return 'multicast';
    return address.startsWith('169.254.') ? 'link-local' : undefined;
  }
  if (address === '::1') return 'loopback';
  if (address.startsWith('ff') || address === '::') return 'multicast';
  return /^fe[89ab]/.test(address) ? 'link-local' : undefined;
}
