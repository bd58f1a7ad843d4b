import { canonicalAddress } from '../core/address.js';
import type { Cluster } from './cluster.js';
import type { Placed } from './facts.js';
import { perCluster } from './per-cluster.js';

/** Where kube-proxy's rules of one node send a service to: one line of a translation that is in use. */
export interface ServiceTarget {
  readonly node: string;
  /** `namespace/name`, without the port's name. */
  readonly service: string;
  readonly address: string;
  readonly by: 'iptables' | 'nft' | 'IPVS';
  readonly at: Placed;
}

/** `shop/web:http` in comments of KUBE-SEP chains (kubernetes `pkg/proxy/iptables/proxier.go`). */
const NAMED = /^([\w.-]+\/[\w.-]+?)(?::[\w.-]*)?$/;
/** `endpoint-5OJB2KTY-shop/web/tcp/http__10.180.0.1/80` (`pkg/proxy/nftables/proxier.go`, servicePortEndpointChainName). */
const OF_ENDPOINT = /^endpoint-[A-Z2-7]+-([\w.-]+\/[\w.-]+)\/(?:tcp|udp|sctp)\//;

/**
 * The translations of services that the rules and virtual servers in the bundle make, by node. Chains that no rule of the same node
 * leads to are left out: kube-proxy takes them away later than their rules. So are real servers without weight, which get no
 * new connections.
 */
export const serviceTargets = perCluster((cluster): readonly ServiceTarget[] => [
  ...byRules(cluster),
  ...byVirtualServers(cluster),
]);

function byRules(cluster: Cluster): readonly ServiceTarget[] {
  const { facts } = cluster;
  const translating = facts.rules.filter(({ chain }) => chain.startsWith('KUBE-SEP-') || OF_ENDPOINT.test(chain));
  if (translating.length === 0) return [];
  const led = new Set<string>();
  for (const rule of facts.rules) {
    if (!/^(?:KUBE-(?:SVC|SVL|EXT|XLB|FW)-|service-|external-)/.test(rule.chain)) continue;
    const node = cluster.nodeOf(rule);
    if (rule.target?.startsWith('KUBE-SEP-') === true) led.add(`${node} ${rule.target}`);
    for (const [, chain] of rule.spec.matchAll(/goto "?(endpoint-[^\s",}]+)/g)) led.add(`${node} ${chain}`);
  }
  return translating.flatMap((rule): readonly ServiceTarget[] => {
    const node = cluster.nodeOf(rule);
    const native = rule.spec.startsWith('nft ');
    const to = native
      ? / dnat (?:ip6? )?to (\S+)$/.exec(rule.spec)?.[1]
      : / --to-destination (\S+)/.exec(rule.spec)?.[1];
    const service = native ? OF_ENDPOINT.exec(rule.chain)?.[1] : NAMED.exec(rule.comment ?? '')?.[1];
    const address = to === undefined ? undefined : canonicalAddress(to.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
    if (node === undefined || service === undefined || address === undefined) return [];
    if (!led.has(`${node} ${rule.chain}`)) return [];
    return [{ node, service, address, by: native ? 'nft' : 'iptables', at: rule }];
  });
}

function byVirtualServers(cluster: Cluster): readonly ServiceTarget[] {
  const { facts } = cluster;
  const services = new Map(
    facts.services.flatMap((s) =>
      (s.cluster_ips ?? [s.cluster_ip]).flatMap((ip) =>
        ip === undefined ? [] : [[ip, `${s.namespace ?? 'default'}/${s.name}`] as const],
      ),
    ),
  );
  return facts.ipvs.flatMap((row): readonly ServiceTarget[] => {
    const [node, service] = [cluster.nodeOf(row), services.get(row.address)];
    const address = row.real_address === undefined ? undefined : canonicalAddress(row.real_address);
    if (node === undefined || service === undefined || address === undefined || row.weight === 0) return [];
    return [{ node, service, address, by: 'IPVS', at: row }];
  });
}
