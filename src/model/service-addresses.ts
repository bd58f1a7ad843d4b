import { canonicalAddress } from '../core/address.js';
import { type Prefix, parsePrefix } from '../core/prefix.js';
import type { ClusterNodes } from './cluster-nodes.js';
import { holdsServices } from './device.js';
import type { Facts, Placed } from './facts.js';
import type { Owner } from './owner.js';
import { specialRole } from './special-address.js';

export interface ServiceAddresses {
  readonly byAddress: ReadonlyMap<string, Owner>;
  /** Networks that services get addresses from. */
  readonly ranges: readonly { readonly prefix: Prefix; readonly at: Placed }[];
}

const SERVICE_NETWORK_SETTING = /^(service-cluster-ip-range|service-cidr|serviceSubnet|serviceCIDR)$/i;

/** Services by their addresses: from lists of services, from kube-proxy's devices and rules, and the networks that settings name. */
export function readServiceAddresses(
  facts: Facts,
  nodes: ClusterNodes,
  nodeOf: (at: { readonly source: number }) => string | undefined,
): ServiceAddresses {
  const services = new Map<string, Owner>();
  for (const a of facts.addresses) {
    if (!holdsServices(a.ifname) || nodeOf(a) === undefined) continue;
    // A node's NodePort and external addresses stand there as well, besides the device that really has them.
    const address = canonicalAddress(a.address);
    if (address !== undefined && specialRole(address) === undefined) services.set(address, { role: 'service', at: a });
  }
  for (const service of facts.services) {
    for (const ip of [service.cluster_ip, ...(service.cluster_ips ?? []), ...(service.external_ips ?? [])]) {
      const address = ip === undefined ? undefined : canonicalAddress(ip);
      if (address !== undefined && nodes.withAddress(address) === undefined)
        services.set(address, { role: 'service', name: service.name, at: service });
    }
  }
  for (const rule of facts.rules) {
    if (rule.chain !== 'KUBE-SERVICES') continue;
    const text = /(?:^|\s)-d ([0-9a-fA-F.:]+)\/(?:32|128)(?=\s)/.exec(rule.spec)?.[1];
    const comment = rule.comment ?? rule.spec;
    const name = /"?([\w.-]+\/[\w.:-]+) (?:cluster IP|loadbalancer IP|external IP)/.exec(comment)?.[1];
    const address = text === undefined ? undefined : canonicalAddress(text);
    if (address === undefined || name === undefined) continue;
    if (!services.has(address) && nodes.withAddress(address) === undefined)
      services.set(address, { role: 'service', name, at: rule });
  }
  const ranges = facts.settings.flatMap((setting) => {
    if (!SERVICE_NETWORK_SETTING.test(setting.key)) return [];
    return setting.value.split(',').flatMap((part) => {
      const prefix = parsePrefix(part.trim());
      return prefix === undefined || prefix.length === 0 ? [] : [{ prefix, at: setting }];
    });
  });
  return { byAddress: services, ranges };
}
