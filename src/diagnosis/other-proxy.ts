import { isNative } from '../model/netfilter/ruleset.js';
import type { Case } from './cause.js';
import type { ServedService } from './served-services.js';

/** Tells of a node whether something else than iptables rules serves its services. */
export function otherProxies({ facts, cluster, hosts }: Case): (node: string) => boolean {
  const all =
    facts.settings.some(
      (s) =>
        /^(proxy-mode|proxy-mode-in-use|mode|kube-proxy-replacement)$/.test(s.key) &&
        /ipvs|nftables|true|strict/i.test(s.value),
    ) || facts.pods.some((p) => /^(cilium|kube-router)-/.test(p.name));
  const signs = [
    ...facts.addresses.filter((a) => a.ifname === 'kube-ipvs0'),
    ...facts.links.filter((l) => /^kube-ipvs0/.test(l.ifname)),
    ...facts.routes.filter((r) => r.dev === 'kube-ipvs0'),
    ...facts.chains.filter((c) => /kube-proxy/.test(c.table) || c.chain === 'KUBE-IPVS-FILTER'),
    // IPVS keeps the services in ipsets (kube-proxy `pkg/proxy/ipvs/ipset.go`); its device is down, so ifconfig does not show it.
    ...facts.rules.filter((r) => r.spec.includes('--match-set KUBE-CLUSTER-IP')),
  ];
  const nodes = new Set(signs.map((sign) => cluster.nodeOf(sign)));
  return (node) => all || nodes.has(node) || hosts.get(node)?.dataPlane !== undefined;
}

const IPV4 = /\d{1,3}(?:\.\d{1,3}){3}/g;

/**
 * Something else than the nat table of iptables knows one of these services on any host: a virtual server of IPVS, a rule of nft's own
 * language, or an element of a set or map. Whoever keeps them there does so for all.
 */
export function servedElsewhere({ facts, cluster, hosts }: Case, services: readonly ServedService[]): boolean {
  const addresses = new Set(services.map(({ address }) => address));
  const six = [...addresses].filter((address) => address.includes(':'));
  const named = (text: string): boolean =>
    (text.match(IPV4) ?? []).some((one) => addresses.has(one)) || six.some((one) => text.includes(one));
  return (
    facts.ipsetMembers.some((member) => named(member.member) && hosts.has(cluster.nodeOf(member) ?? '')) ||
    [...hosts.values()].some(
      ({ ipvs, rulesets }) =>
        ipvs.some(({ address }) => addresses.has(address)) ||
        rulesets.some((set) =>
          [...set.tables.values()].some(
            (table) =>
              isNative(table) && [...table.chains.values()].some(({ rules }) => rules.some(({ at }) => named(at.spec))),
          ),
        ),
    )
  );
}
