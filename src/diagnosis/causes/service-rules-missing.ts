import { familyOf } from '../../core/address.js';
import { appendTo } from '../../core/append-to.js';
import type { Cite, FindingDraft } from '../../core/finding.js';
import type { NfChain, NfRule, NfTable } from '../../model/netfilter/ruleset.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found, quiet, ruledOut } from '../cause.js';
import { proxyAnew, proxyOn } from '../kube-proxy.js';
import { otherProxies, servedElsewhere } from '../other-proxy.js';
import { type ServedService, servedServices } from '../served-services.js';
import { staleTargets } from '../stale-targets.js';
import { verdictMap } from '../verdict-map.js';
import { allFlows, evidence, listed, shownBy, subjects } from '../witness.js';

/**
 * A service has no forwarding rules on this node.
 *
 * Physics: a service address exists only in the rules that kube-proxy writes on each node. Without them the packet keeps its
 * destination, follows the default route and vanishes.
 *
 * Innocent: IPVS, nftables and eBPF (Cilium, Calico) do without KUBE-SERVICES rules, whoever made their entries; services without endpoints have only
 * a REJECT; headless, ExternalName and selectorless services; a service that is younger than the dump; an excerpt of rules; a table of nft
 * that was printed without its elements. Rules that lead to endpoints which are gone: `staleTargets`.
 *
 * Proven: the complete nat rules of the node without it, and packets to the service from this node without an answer. The
 * rules alone: likely when all services are missing, else possible. Ruled out: the rule is there.
 */
export const serviceRulesMissing: Cause = {
  code: 'service-rules-missing',
  diagnose(given) {
    const calls = given.symptoms.filter((s) => concernsService(given, s));
    const drafts: CauseDraft[] = [];
    const present = new Map<string, Cite>();
    let looked = false;
    let known = 0;
    const byAnother = otherProxies(given);
    for (const family of [4, 6] as const) {
      const services = servedServices(given, family, askedInVain(given));
      known += services.length;
      // All nodes have the same proxy, and its tables may have been collected on one of them only.
      const elsewhere = servedElsewhere(given, services);
      for (const { name } of given.hosts.values()) {
        const shelf = shelfOf(given, name, family, (node) => elsewhere || byAnother(node));
        if (shelf === undefined) continue;
        looked = true;
        if (shelf.present !== undefined) present.set(`${name} ${family}`, shelf.present);
        const ours = services.filter(({ ruledBy }) => ruledBy !== name);
        const missing = ours.flatMap((s): readonly Service[] => {
          if (!shelf.holds(s.address)) return [s];
          const emptied = shelf.emptied(s.address);
          return emptied === undefined ? [] : [{ ...s, emptied }];
        });
        if (missing.length > 0) drafts.push(draft(given, name, missing, ours.length, shelf.place));
      }
      for (const [node, leaks] of leaked(given, calls, services))
        if (!drafts.some((d) => d.subjects[0] === node))
          drafts.push(draft(given, node, leaks, services.length, iptablesPlace([], family)));
    }
    drafts.push(...staleTargets(given));
    if (drafts.length > 0) return found(drafts);
    if (calls.length === 0 || known === 0) return quiet;
    // Rules of another node, or of the other family, say nothing of the one that was asked.
    const callers = calls.map(({ flows }) => {
      const { src, dst } = flows![0]!;
      return [given.cluster.nodes.has(src) ? src : given.cluster.owner(src).node, familyOf(dst)] as const;
    });
    const cites = callers.map(([node, family]) =>
      node === undefined ? [...present.values()][0] : present.get(`${node} ${family}`),
    );
    if (cites[0] !== undefined && !cites.includes(undefined))
      return ruledOut('the services have their rules on the nodes of those that ask for them', cites[0]);
    return looked
      ? quiet
      : cannotTell('iptables-save    # on the node of the client', 'the complete nat rules of the node');
  },
};

interface Service extends ServedService {
  /** The rule that leads to its chain, which has no way on to an endpoint. */
  readonly emptied?: NfRule | undefined;
}

/** Addresses that somebody asked for and got no answer from. */
const askedInVain = ({ symptoms }: Case): ReadonlySet<string> =>
  new Set(
    symptoms
      .filter(({ code, severity }) => severity !== 'info' && /^(?:unreplied-syn|unreplied-udp|icmp-error)$/.test(code))
      .flatMap(({ flows }) => (flows ?? []).map(({ dst }) => dst)),
  );

/** What holds the rules of one node for services of one family, shown whole. */
interface Shelf {
  readonly place: Place;
  /** A rule of any service. */
  readonly present: Cite | undefined;
  readonly holds: (address: string) => boolean;
  readonly emptied: (address: string) => NfRule | undefined;
}

function shelfOf(
  given: Case,
  node: string,
  family: 4 | 6,
  isServedOtherwise: (node: string) => boolean,
): Shelf | undefined {
  const host = given.hosts.get(node)!;
  const map = verdictMap(given, host, family);
  if (map !== undefined)
    return {
      place: nftPlace(map.sources, family),
      present: map.at === undefined ? undefined : { role: 'a service in service-ips', at: map.at },
      holds: (address) => map.addresses.has(address),
      emptied: () => undefined,
    };
  if (isServedOtherwise(node)) return undefined;
  const tables = host.rulesets.filter((r) => r.family === family).flatMap((r) => r.tables.get('nat') ?? []);
  if (tables.length === 0 || tables.some((t) => t.shown !== 'whole')) return undefined;
  const [rule] = tables.flatMap((t) => t.chains.get('KUBE-SERVICES')?.rules ?? []);
  return {
    place: iptablesPlace(tables, family),
    present: rule === undefined ? undefined : { role: 'a service rule', at: rule.at },
    holds: (address) => tables.some((t) => mentions(t, address)),
    emptied: (address) => emptiedChain(given, tables, address),
  };
}

/** Where the rules of a node for services stand, and where a missing one was looked for. */
interface Place {
  readonly sources: readonly number[];
  /** `a rule for ADDRESS in …` */
  readonly what: string;
  readonly verify: (address: string) => string;
}

const iptablesPlace = (tables: readonly NfTable[], family: 4 | 6): Place => ({
  sources: [...new Set(tables.flatMap((t) => t.sources))],
  what: 'the nat table',
  verify: (address) =>
    family === 6
      ? `ip6tables-save -t nat | grep -c '${address}/128'`
      : `iptables-save -t nat | grep -c '${address}/32'`,
});

const nftPlace = (sources: readonly number[], family: 4 | 6): Place => ({
  sources,
  what: 'the map service-ips',
  verify: (address) => `nft list map ${family === 6 ? 'ip6' : 'ip'} kube-proxy service-ips | grep -c '${address} '`,
});

/**
 * Services whose own address was seen leaving a node by its uplink: every tap there comes after the translation, so none
 * took place on this node. Rules of the node that say otherwise are for others to explain.
 */
function leaked(
  { scene, hosts }: Case,
  calls: readonly FindingDraft[],
  services: readonly ServedService[],
): ReadonlyMap<string, readonly ServedService[]> {
  const found = new Map<string, ServedService[]>();
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

/**
 * The rule of a service that leads to a chain without a way on to an endpoint, where a call of this very address and port failed: a chain
 * that is flushed, or whose restoring failed half-way, lets the packet through untranslated.
 */
function emptiedChain({ symptoms }: Case, tables: readonly NfTable[], address: string): NfRule | undefined {
  const asked = symptoms
    .filter((s) => /^(unreplied-syn|unreplied-udp|icmp-error)$/.test(s.code))
    .flatMap((s) => (s.severity === 'info' ? [] : (s.flows ?? [])))
    .filter(({ dst }) => dst === address);
  for (const { chains } of tables) {
    const rules = (chains.get('KUBE-SERVICES')?.rules ?? []).filter(
      ({ at }) =>
        at.target?.startsWith('KUBE-SVC-') === true && / -d (\S+)\/(?:32|128) /.exec(` ${at.spec} `)?.[1] === address,
    );
    const emptied = rules.filter(({ at }) => leadsNowhere(chains.get(at.target!)));
    const [rule] = emptied.filter(({ at }) => asked.some(({ dport }) => `${at.spec} `.includes(`--dport ${dport} `)));
    if (rule !== undefined) return rule;
    // Without the port (an ICMP error in tcpdump's text without -v) it may be any of the service's: all must lead nowhere.
    if (emptied.length > 0 && emptied.length === rules.length && asked.some(({ dport }) => dport === undefined))
      return emptied[0];
  }
  return undefined;
}

const leadsNowhere = (chain: NfChain | undefined): boolean =>
  chain?.shown === 'whole' && !chain.rules.some(({ at }) => at.target?.startsWith('KUBE-SEP-') === true);

const mentions = (table: NfTable, address: string): boolean =>
  [...table.chains.values()].some((chain) =>
    chain.rules.some(
      (rule) =>
        rule.at.spec.includes(`${address}/32`) ||
        rule.at.spec.includes(`${address}/128`) ||
        rule.at.spec.includes(`${address} `),
    ),
  );

function draft(given: Case, node: string, missing: readonly Service[], all: number, place: Place): CauseDraft {
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
  const { sources } = place;
  const [empty] = missing.flatMap(({ emptied }) => emptied ?? []);
  const verify = `${place.verify(missing[0]!.address)}    # on ${node}: more than 0`;
  const proxy = proxyOn(cluster, node);
  const names = listed(missing.map((s) => `${s.name} (${s.address})`));
  return {
    code: 'service-rules-missing',
    severity: shown.length > 0 ? 'critical' : whole ? 'warning' : 'info',
    confidence: shown.length > 0 ? (sources.length > 0 ? 'proven' : 'likely') : whole ? 'likely' : 'possible',
    title: `${whole ? 'No service has' : missing.length === 1 ? `The service ${missing[0]!.name} has no` : `${missing.length} services have no`} rules on ${node}`,
    summary: `${node} has no forwarding rules for ${names}, so packets to ${missing.length > 1 ? 'them' : 'it'} keep their destination and follow the default route.`,
    explanation: `kube-proxy writes these rules. ${whole ? 'All of them are missing: it does not run there, or something flushed the nat table.' : empty === undefined ? 'Others are there: kube-proxy has stopped following changes, or the service is younger than the dump.' : `The chain ${empty.at.target} is there but leads nowhere: something flushed it, or kube-proxy could not write it to its end.`}`,
    subjects: subjects(node, ...missing.slice(0, 4).flatMap((s) => [s.address, s.name]), proxy?.name),
    count: missing.length,
    evidence: evidence(
      missing[0]!.shown,
      ...missing.slice(1, 4).map((s): Cite => s.shown),
      ...missing.slice(0, 4).map((s): Cite => s.endpoint),
      ...(empty === undefined ? [] : [{ role: 'the rule that leads to an empty chain', at: empty.at } as Cite]),
      ...(proxy === undefined ? [] : [{ role: 'kube-proxy there', at: proxy } as Cite]),
      ...(sources.length === 0
        ? []
        : [
            {
              role: 'no rule',
              absent:
                empty === undefined
                  ? `a rule for ${missing[0]!.address} in ${place.what} of ${node}`
                  : `a rule of ${empty.at.target} that leads to an endpoint`,
              searched: sources as unknown as readonly [number, ...number[]],
            },
          ]),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [proxyAnew(proxy, node, verify)],
    wants: sources.length > 0 ? [] : [{ what: `the rules of ${node}`, collect: `iptables-save    # on ${node}` }],
    explains,
  };
}
