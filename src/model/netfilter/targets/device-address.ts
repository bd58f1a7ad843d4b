import { contains } from '../../../core/prefix.js';
import type { Host, HostAddress } from '../../host/host.js';

const isPrimary = (address: HostAddress): boolean => !(address.at.flags ?? []).includes('secondary');
/** Scope global; where a listing does not print it (ifconfig), link-local and loopback addresses are told by themselves. */
const isGlobal = (address: HostAddress): boolean =>
  address.at.scope === undefined
    ? !/^(127\.|169\.254\.|fe80:)/.test(address.address) && address.address !== '::1'
    : address.at.scope === 'global' || address.at.scope === 'site';

const usable = (address: HostAddress): boolean => isPrimary(address) && isGlobal(address);

/**
 * The address that MASQUERADE takes on a device: the primary one whose prefix has the next hop, else the device's
 * first, else the first of any other device (inet_select_addr in net/ipv4/devinet.c). Undefined when the bundle does
 * not show it.
 */
export function masqueradeAddress(host: Host, family: 4 | 6, dev: string, towards: string): string | undefined {
  const all = host.addresses[family].value.filter(usable);
  const own = all.filter((address) => address.ifname === dev);
  const near = own.find((address) => contains(address.prefix, towards)) ?? own[0];
  if (near !== undefined) return near.address;
  return host.addresses[family].shown === 'whole' ? all[0]?.address : undefined;
}

/** The first address of a device, that REDIRECT takes (nf_nat_redirect.c); undefined when it has or shows none. */
export function firstAddress(host: Host, family: 4 | 6, dev: string): string | undefined {
  const own = host.addresses[family].value.filter((address) => address.ifname === dev);
  // IPv6 takes no link-local address.
  return (family === 4 ? own : own.filter(isGlobal))[0]?.address;
}
