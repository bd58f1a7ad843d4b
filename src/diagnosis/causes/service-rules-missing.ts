import { appendTo } from '../../core/append-to.js';
import type { Cite, FindingDraft } from '../../core/finding.js';
import { isNative, type NfTable } from '../../model/netfilter/ruleset.js';
import { rowsByKey } from '../../model/rows-by.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found, quiet, ruledOut } from '../cause.js';
import { allFlows, evidence, listed, shownBy, subjects } from '../witness.js';

/**
 * A service has no forwarding rules on this node.
 *
 * Physics: a service address exists only in the rules that kube-proxy writes on each node. Without them the packet keeps its
 * destination, follows the default route and vanishes.
 *
 * Innocent: IPVS, nftables and eBPF (Cilium, Calico) do without KUBE-SERVICES rules, whoever made their entries; services without endpoints have only
 * a REJECT; headless, ExternalName and selectorless services; a service that is younger than the dump; an excerpt of rules.
 *
 * Proven: the complete nat rules of the node without it, and packets to the service from this node without an answer. The
 * rules alone: likely when all services are missing, else possible. Ruled out: the rule is there.
 */
export const serviceRulesMissing: Cause = {
  code: 'service-rules-missing',
  diagnose(given) {
    const services = servicesWithEndpoints(given);
    const calls = given.symptoms.filter((s) => concernsService(given, s));
    const drafts: CauseDraft[] = [];
    let present: Cite | undefined;
    let looked = false;
    // All nodes have the same proxy, and its tables may have been collected on one of them only.
    const elsewhere = servedElsewhere(given, services);
    const anotherProxy = otherProxies(given);
    for (const host of given.hosts.values()) {
      if (elsewhere || anotherProxy(host.name)) continue;
      const tables = host.rulesets.filter((r) => r.family === 4).flatMap((r) => r.tables.get('nat') ?? []);
      if (tables.length === 0 || tables.some((t) => t.shown !== 'whole')) continue;
      looked = true;
      const missing = services.filter((s) => !tables.some((t) => mentions(t, s.address)));
      present ??= tables
        .flatMap((t) => t.chains.get('KUBE-SERVICES')?.rules ?? [])
        .map((rule): Cite => ({ role: 'a service rule', at: rule.at }))[0];
      if (missing.length > 0) drafts.push(draft(given, host.name, missing, services.length, tables));
    }
    for (const [node, leaks] of leaked(given, calls, services))
      if (!drafts.some((d) => d.subjects[0] === node)) drafts.push(draft(given, node, leaks, services.length, []));
    if (drafts.length > 0) return found(drafts);
    if (calls.length === 0 || services.length === 0) return quiet;
    if (present !== undefined)
      return ruledOut('the services have their rules on the nodes whose rules are shown', present);
    return looked
      ? quiet
      : cannotTell('iptables-save    # on the node of the client', 'the complete nat rules of the node');
  },
};

interface Service {
  readonly name: string;
  readonly address: string;
  readonly at: Case['facts']['services'][number];
  /** Without one there would be nothing to write rules for. */
  readonly endpoint: Case['facts']['endpoints'][number];
}

function servicesWithEndpoints({ facts }: Case): Service[] {
  const ready = rowsByKey(
    facts.endpoints.filter((e) => e.ready),
    (e) => e.service,
  );
  const found = new Map<string, Service>();
  for (const s of facts.services) {
    if (s.cluster_ip === undefined || !/^[\d.]+$/.test(s.cluster_ip) || s.type === 'ExternalName') continue;
    const endpoint = ready.get(s.name)?.find((e) => (e.namespace ?? s.namespace) === s.namespace);
    if (endpoint === undefined) continue;
    found.set(s.cluster_ip, { name: `${s.namespace ?? 'default'}/${s.name}`, address: s.cluster_ip, at: s, endpoint });
  }
  return [...found.values()];
}

/**
 * Services whose own address was seen leaving a node by its uplink: every tap there comes after the translation, so none
 * took place on this node. Rules of the node that say otherwise are for others to explain.
 */
function leaked(
  { scene, hosts }: Case,
  calls: readonly FindingDraft[],
  services: readonly Service[],
): ReadonlyMap<string, readonly Service[]> {
  const found = new Map<string, Service[]>();
  for (const call of calls) {
    const { src, dst } = call.flows![0]!;
    const service = services.find((s) => s.address === dst);
    const home = scene.cluster.nodes.has(src) ? src : scene.cluster.owner(src).node;
    if (service === undefined || home === undefined || (hosts.get(home)?.rulesets.length ?? 0) > 0) continue;
    const left = call.evidence.some((cite) => {
      if (!('at' in cite) || !('tap' in cite.at)) return false;
      const tap = scene.tap(cite.at.tap);
      return tap.kind === 'capture' && tap.device === 'uplink' && tap.node === home;
    });
    if (left) appendTo(found, home, service);
  }
  return found;
}

const concernsService = ({ cluster }: Case, s: FindingDraft): boolean =>
  /^unreplied-(syn|udp)$/.test(s.code) && allFlows(s, ({ dst }) => cluster.owner(dst).role === 'service');

/** Tells of a node whether something else than iptables rules serves its services. */
function otherProxies({ facts, cluster, hosts }: Case): (node: string) => boolean {
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

/**
 * Something else than the nat table of iptables knows one of these services on any host: a virtual server of IPVS, a rule of nft's own
 * language, or an element of a set or map. Whoever keeps them there does so for all.
 */
function servedElsewhere({ facts, cluster, hosts }: Case, services: readonly Service[]): boolean {
  const addresses = new Set(services.map(({ address }) => address));
  const named = (text: string): boolean => (text.match(IPV4) ?? []).some((one) => addresses.has(one));
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

const IPV4 = /\d{1,3}(?:\.\d{1,3}){3}/g;

const mentions = (table: NfTable, address: string): boolean =>
  [...table.chains.values()].some((chain) =>
    chain.rules.some((rule) => rule.at.spec.includes(`${address}/32`) || rule.at.spec.includes(`${address} `)),
  );

function draft(
  given: Case,
  node: string,
  missing: readonly Service[],
  all: number,
  tables: readonly NfTable[],
): CauseDraft {
  const { cluster } = given;
  const addresses = new Set(missing.map((s) => s.address));
  const explains = (s: FindingDraft): boolean =>
    /^(unreplied-syn|unreplied-udp|icmp-error|asymmetric-flow)$/.test(s.code) &&
    allFlows(
      s,
      ({ src, dst }) => addresses.has(dst) && (cluster.nodes.has(src) ? src : cluster.owner(src).node) === node,
    );
  const shown = given.symptoms.filter(explains);
  const whole = missing.length === all && all > 1;
  const sources = [...new Set(tables.flatMap((t) => t.sources))];
  const proxy = cluster.facts.pods.find(
    (p) => p.name.startsWith('kube-proxy') && p.node !== undefined && cluster.named(p.node) === node,
  );
  const names = listed(missing.map((s) => `${s.name} (${s.address})`));
  return {
    code: 'service-rules-missing',
    severity: shown.length > 0 ? 'critical' : whole ? 'warning' : 'info',
    confidence: shown.length > 0 ? (tables.length > 0 ? 'proven' : 'likely') : whole ? 'likely' : 'possible',
    title: `${whole ? 'No service has' : `${missing.length} services have no`} rules on ${node}`,
    summary: `${node} has no forwarding rules for ${names}, so packets to ${missing.length > 1 ? 'them' : 'it'} keep their destination and follow the default route.`,
    explanation: `kube-proxy writes these rules. ${whole ? 'All of them are missing: it does not run there, or something flushed the nat table.' : 'Others are there: kube-proxy has stopped following changes, or the service is younger than the dump.'}`,
    subjects: subjects(node, ...missing.slice(0, 4).flatMap((s) => [s.address, s.name]), proxy?.name),
    count: missing.length,
    evidence: evidence(
      { role: 'the service', at: missing[0]!.at },
      ...missing.slice(1, 4).map((s): Cite => ({ role: 'the service', at: s.at })),
      ...missing.slice(0, 4).map((s): Cite => ({ role: 'it has an endpoint', at: s.endpoint })),
      ...(proxy === undefined ? [] : [{ role: 'kube-proxy there', at: proxy } as Cite]),
      ...(sources.length === 0
        ? []
        : [
            {
              role: 'no rule',
              absent: `a rule for ${missing[0]!.address} in the nat table of ${node}`,
              searched: sources as unknown as readonly [number, ...number[]],
            },
          ]),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      {
        command:
          proxy === undefined
            ? `kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=${node} | grep kube-proxy    # k3s, RKE2: part of the agent: systemctl restart k3s-agent`
            : `kubectl -n ${proxy.namespace ?? 'kube-system'} delete pod ${proxy.name}`,
        why: `kube-proxy on ${node} then writes all rules anew; its log says what kept it from doing so.`,
        verify: `iptables-save -t nat | grep -c '${missing[0]!.address}/32'    # on ${node}: more than 0`,
        rollback: 'none needed',
      },
    ],
    wants: tables.length > 0 ? [] : [{ what: `the rules of ${node}`, collect: `iptables-save    # on ${node}` }],
    explains,
  };
}
