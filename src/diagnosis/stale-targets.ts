import { canonicalAddress, familyOf } from '../core/address.js';
import { appendTo } from '../core/append-to.js';
import type { Cite, FindingDraft, FlowKey } from '../core/finding.js';
import { isCutIn } from '../model/cut-lists.js';
import { livePods } from '../model/live-pods.js';
import { rowsByKey } from '../model/rows-by.js';
import { type ServiceTarget, serviceTargets } from '../model/service-targets.js';
import type { Case, CauseDraft } from './cause.js';
import { proxyAnew, proxyOn } from './kube-proxy.js';
import { allFlows, evidence, listed, shownBy, subjects } from './witness.js';

/** Rules of one node for one service that lead to addresses which are no endpoint of it. */
interface Stale {
  readonly node: string;
  readonly service: string;
  readonly gone: readonly [ServiceTarget, ...ServiceTarget[]];
  /** None of the node's rules for it leads to an endpoint. */
  readonly all: boolean;
  readonly endpoints: Case['facts']['endpoints'];
  readonly object: Case['facts']['services'][number];
}

/**
 * Nodes whose rules still send a service to pods that are gone, while it has other, ready endpoints, and packets that went there
 * got no answer.
 *
 * Physics: kube-proxy follows the endpoints. When it hangs or does not reach the API server, its old rules stay, and every new
 * connection that they take is sent to an address that nobody has, or somebody else.
 *
 * Innocent: rules that nobody met in vain (a pod that is just being replaced: they follow within a second); an endpoint that is not
 * ready, or a pod that lives, for kube-proxy sends to those that terminate when there are no others; lists that are not whole or
 * leave out endpoints (`+ 3 more...`), or that show the other family only; services without any ready endpoint; rules that no chain
 * leads to.
 */
export function staleTargets(given: Case): readonly CauseDraft[] {
  return staleRules(given).flatMap((stale) => {
    const shown = given.symptoms.filter((symptom) => fails(given, stale, symptom));
    return shown.length === 0 ? [] : [draft(given, stale, shown)];
  });
}

function staleRules({ cluster, facts }: Case): readonly Stale[] {
  const alive = new Set(livePods(cluster).flatMap(({ addresses }) => addresses));
  const byService = new Map<string, ServiceTarget[]>();
  for (const target of serviceTargets(cluster))
    appendTo(byService, `${target.node} ${target.service} ${familyOf(target.address)}`, target);
  const listed = rowsByKey(facts.endpoints, (e) => e.service);
  const objects = rowsByKey(facts.services, (s) => s.name);
  const omitted = new Set(
    facts.settings.filter((row) => row.component === 'endpoints' && row.key === 'omitted').map((row) => row.object),
  );
  return [...byService.values()].flatMap((targets): readonly Stale[] => {
    const { node, service, address } = targets[0]!;
    const [namespace, name] = service.split('/') as [string, string];
    if (isCutIn(cluster, 'endpoints', namespace) || isCutIn(cluster, 'pods', namespace)) return [];
    if (omitted.has(service)) return [];
    const endpoints = (listed.get(name) ?? []).filter(
      (e) => (e.namespace ?? namespace) === namespace && familyOf(e.address) === familyOf(address),
    );
    const object = objects.get(name)?.find((s) => (s.namespace ?? namespace) === namespace);
    if (object === undefined || !endpoints.some((e) => e.ready)) return [];
    const known = new Set(endpoints.map((e) => canonicalAddress(e.address)));
    const isGone = (target: ServiceTarget): boolean => !known.has(target.address) && !alive.has(target.address);
    const [first, ...others] = targets.filter(isGone);
    if (first === undefined || cluster.nodeWithAddress(first.address) !== undefined) return [];
    const all = targets.every(isGone);
    return [{ node, service, gone: [first, ...others], all, endpoints, object }];
  });
}

/** Packets of this node's that went to such an address, or to the service where all of its rules lead to such, without an answer. */
function fails({ cluster }: Case, { node, gone, all, object }: Stale, symptom: FindingDraft): boolean {
  const targets = new Set(gone.map(({ address }) => address));
  const fronts = new Set([object.cluster_ip, ...(object.cluster_ips ?? [])]);
  const isFrom = (src: string): boolean => {
    const home = cluster.nodes.has(src) ? src : cluster.owner(src).node;
    return home === undefined || home === node;
  };
  return (
    /^(unreplied-syn|unreplied-udp|icmp-error|connection-reset)$/.test(symptom.code) &&
    allFlows(symptom, ({ src, dst }: FlowKey) => isFrom(src) && (targets.has(dst) || fronts.has(dst))) &&
    // Some of its packets were seen behind the translation, or no rule leads elsewhere.
    (all || symptom.flows!.some(({ dst }) => targets.has(dst)))
  );
}

function draft(given: Case, stale: Stale, shown: readonly FindingDraft[]): CauseDraft {
  const { cluster, facts } = given;
  const { node, service, gone, all, endpoints, object } = stale;
  const targets = [...new Set(gone.map(({ address }) => address))];
  const ready = endpoints.filter((e) => e.ready);
  const proxy = proxyOn(cluster, node);
  const captured = shown.some((s) => s.evidence.some((cite) => 'at' in cite && 'tap' in cite.at));
  const lists = [...new Set([...endpoints, ...facts.pods].map(({ source }) => source))].slice(0, 6);
  const [{ by }] = gone;
  const look = {
    iptables: `iptables-save -t nat | grep -c '${targets[0]}[/:]'`,
    nft: `nft list ruleset | grep -c 'dnat to ${targets[0]}:'`,
    IPVS: `ipvsadm -Ln | grep -c '${targets[0]}:'`,
  }[by];
  const are = targets.length > 1 ? 'are no endpoints' : 'is no endpoint';
  return {
    code: 'service-rules-missing',
    severity: 'critical',
    confidence: captured ? 'proven' : 'likely',
    title: `The rules of ${node} for ${service} ${all ? 'lead' : 'also lead'} to ${listed(targets)}, which ${are} of it`,
    summary: `On ${node} the rules for ${service} (${object.cluster_ip}) send ${all ? 'all' : 'some'} connections to ${listed(targets)}, which ${are} of it any more and no pod that runs; its ${ready.length > 1 ? 'endpoints are' : 'endpoint is'} ${listed([...new Set(ready.map((e) => e.address))])}.`,
    explanation: `kube-proxy writes these rules, and changes them within a second when an endpoint goes. On ${node} it has not followed: it hangs, does not run, or does not reach the API server. New connections that the old rules take go to nobody.`,
    subjects: subjects(node, ...targets, object.cluster_ip, service, proxy?.name),
    count: shown.reduce((sum, { count }) => sum + count, 0),
    evidence: evidence(
      { role: `${by} of ${node} sends it to ${gone[0].address}`, at: gone[0].at },
      ...gone.slice(1, 3).map(({ address, at }): Cite => ({ role: `${by} of ${node} sends it to ${address}`, at })),
      ...ready.slice(0, 3).map((at): Cite => ({ role: `an endpoint of ${service} now`, at })),
      { role: 'the service', at: object },
      ...(proxy === undefined ? [] : [{ role: 'kube-proxy there', at: proxy } as Cite]),
      {
        role: 'gone',
        absent: `an endpoint of ${service} or a pod with ${listed(targets)}`,
        searched: lists as unknown as readonly [number, ...number[]],
      },
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [proxyAnew(proxy, node, `${look}    # on ${node}: 0; then try the connection again`)],
    explains: (symptom) => fails(given, stale, symptom),
  };
}
