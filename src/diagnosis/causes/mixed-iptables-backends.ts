import type { log } from '../../core/event/log.js';
import type { Cite, FindingDraft, FlowKey, Remedy } from '../../core/finding.js';
import type { Fact } from '../../model/facts.js';
import type { Host } from '../../model/host/host.js';
import type { SightedStep } from '../../model/journey/compare.js';
import type { NfChain, Ruleset } from '../../model/netfilter/ruleset.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found, quiet } from '../cause.js';
import { flowEnd } from '../flow-end.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * There are rules in both the legacy and the nft tables, and one set undoes the other.
 *
 * Physics: a packet passes both sets, and a drop in either is final. An image that brings iptables-legacy on a host that
 * uses nft leaves kube-proxy's and the CNI's accepts in one set and the host's DROP in the other; each tool shows its own.
 *
 * Innocent: empty tables of the other kind (a listing makes them); both sets without a drop: for information only; a drop
 * with the accepts beside it in the same set: then that set alone decides.
 *
 * Proven: both dumps, the deciding policy or rule, and traffic between pods of that node that dies. Both dumps make it likely.
 * Possible: packets are seen to come to the node, the set that is shown lets them pass, nothing is seen after that, and the
 * tool says that the other set is not empty.
 */
export const mixedIptablesBackends: Cause = {
  code: 'mixed-iptables-backends',
  diagnose(given) {
    const drafts = [...given.hosts.values()].flatMap((host) => judged(given, host) ?? []);
    if (drafts.length > 0) return found(drafts);
    // `iptables-nft-save` tells that the other set has tables, and not what is in them.
    const unseen = given.facts.logs.filter((log) => log.code === 'legacy-tables-present');
    const hidden = unseen.flatMap((at) => hiddenIn(given, at) ?? []);
    if (hidden.length > 0) return found(hidden);
    const open = unseen.find((log) =>
      given.symptoms.some(
        (s) => SILENCE.has(s.code) && allFlows(s, (flow) => concerns(given, flow, given.cluster.nodeOf(log))),
      ),
    );
    if (open === undefined) return quiet;
    const node = given.cluster.nodeOf(open);
    return cannotTell(
      `iptables-legacy-save    # on ${node ?? 'the node'}`,
      `the legacy tables of ${node ?? 'the node'}, which are not empty`,
    );
  },
};

/** Chains that kube-proxy and CNIs make: the set that has them is the one that lets pods pass. */
const OF_THE_CLUSTER =
  /^(KUBE-FORWARD|KUBE-SERVICES|KUBE-POSTROUTING|cali-FORWARD|cali-POSTROUTING|FLANNEL-FWD|FLANNEL-POSTRTG|CILIUM_FORWARD|WEAVE)$/;

const chainsOf = (rules: Ruleset): readonly NfChain[] =>
  [...rules.tables.values()].flatMap((t) => [...t.chains.values()]);
const filled = (rules: Ruleset): boolean => chainsOf(rules).some((c) => c.rules.length > 0 || c.policy === 'DROP');
const ofCluster = (rules: Ruleset): NfChain | undefined =>
  chainsOf(rules).find((c) => OF_THE_CLUSTER.test(c.name) && c.rules.length > 0);

function judged(given: Case, host: Host): CauseDraft | undefined {
  const legacy = host.rulesets.find((r) => r.backend === 'legacy' && r.family === 4 && filled(r));
  const nft = host.rulesets.find((r) => r.backend === 'nft' && r.family === 4 && filled(r));
  if (legacy === undefined || nft === undefined) return undefined;
  const [own, other] = ofCluster(legacy) !== undefined ? [legacy, nft] : [nft, legacy];
  const chain = ofCluster(own);
  if (chain === undefined) return undefined;
  const both = ofCluster(other);
  const forward = other.tables.get('filter')?.chains.get('FORWARD');
  // With the cluster's own chains beside it the DROP is that set's own affair.
  const drops = both === undefined && forward?.policy === 'DROP' && !acceptsAll(forward) ? forward : undefined;
  return draft(given, host, { own, other, chain, both, drops });
}

/** Something in the chain lets everything pass, or all that pods send. */
const acceptsAll = (chain: NfChain): boolean =>
  chain.rules.some((rule) => rule.target.kind === 'accept' && rule.matches.every((m) => m.name === 'comment'));

interface Mixture {
  readonly own: Ruleset;
  readonly other: Ruleset;
  readonly chain: NfChain;
  readonly both: NfChain | undefined;
  readonly drops: NfChain | undefined;
}

/** Packets of pods on that node, or to them. */
function concerns({ cluster }: Case, { src, dst }: FlowKey, node: string | undefined): boolean {
  const [from, to] = [flowEnd(cluster, src), flowEnd(cluster, dst)];
  return node !== undefined && (from.inside || to.inside) && (from.nodes.has(node) || to.nodes.has(node));
}

function draft(given: Case, host: Host, { own, other, chain, both, drops }: Mixture): CauseDraft | undefined {
  const at = chain.at ?? chain.rules[0]?.at;
  const otherAt = drops?.at ?? both?.at ?? chainsOf(other).find((c) => c.rules.length > 0)?.rules[0]?.at;
  if (at === undefined || otherAt === undefined) return undefined;
  const explains = (s: FindingDraft): boolean =>
    drops !== undefined && SILENCE.has(s.code) && allFlows(s, (flow) => concerns(given, flow, host.name));
  const shown = given.symptoms.filter(explains);
  return {
    code: 'mixed-iptables-backends',
    severity: drops === undefined ? 'info' : shown.length > 0 ? 'critical' : 'warning',
    confidence:
      drops === undefined ? 'possible' : shown.length > 0 && Number(drops.at?.packets ?? 0) > 0 ? 'proven' : 'likely',
    title: `${host.name} has rules in both iptables back ends${drops === undefined ? '' : `, and ${other.backend} drops what ${own.backend} accepts`}`,
    summary:
      drops === undefined
        ? `${host.name} has rules in the legacy and in the nft tables; neither undoes the other as far as their policies tell.`
        : `${host.name} has the cluster's rules in the ${own.backend} tables and FORWARD with policy DROP in the ${other.backend} tables, so what ${own.backend} accepts is dropped by ${other.backend}.`,
    explanation:
      'The two are separate rule sets and a packet passes both; an accept in one does not help against a drop in the other, and each tool shows its own rules only.',
    subjects: subjects(host.name, own.backend, other.backend, chain.name, drops?.name),
    count: 1,
    evidence: evidence(
      { role: `the cluster's rules, ${own.backend}`, at },
      {
        role: drops === undefined ? `rules of ${other.backend}` : `the policy that drops, ${other.backend}`,
        at: otherAt,
      } as Cite,
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      ...(drops === undefined
        ? [countRules(host.name)]
        : [openForward(host.name, other.backend), oneBackend(host.name, own.backend, other.backend)]),
    ],
    explains,
  };
}

/** Packets that came to a node, that its nft tables let pass, and that nothing shows after that; what else there is was not dumped. */
function hiddenIn(given: Case, at: Fact<typeof log>): CauseDraft | undefined {
  const node = given.cluster.nodeOf(at);
  const legacy = given.hosts.get(node ?? '')?.rulesets.find((r) => r.backend === 'legacy' && r.family === 4);
  if (node === undefined || (legacy !== undefined && filled(legacy))) return undefined;
  const lost = given.failed.flatMap(({ comparison, symptoms }) => {
    if (comparison?.parting.kind !== 'vanished') return [];
    const { after } = comparison.parting;
    const { request } = comparison.trip;
    const passed = request.steps.slice(request.steps.indexOf(after.step)).filter((s) => s.node === node);
    const forwarded = passed.some((s) => s.stage === 'forward');
    return after.leg === 'request' && after.step.node === node && after.step.stage === 'receive' && forwarded
      ? [{ after, symptoms, accepts: passed.findLast((s) => s.stage === 'forward')! }]
      : [];
  });
  const [first] = lost;
  if (first === undefined) return undefined;
  const symptoms = [...new Set(lost.flatMap((l) => l.symptoms))];
  const { src, dst } = first.after.step.packet;
  return {
    code: 'mixed-iptables-backends',
    severity: 'warning',
    confidence: 'possible',
    title: `${node} has rules in the legacy tables as well, which the bundle does not show`,
    summary: `Packets from ${src} to ${dst} come to ${node}, whose nft rules let them pass, and are not seen again; ${node} also has legacy tables, which may drop them and are not in the bundle.`,
    explanation:
      'A packet passes both rule sets, and a drop in either is final. iptables-nft-save says that the legacy tables are there; what is in them, a policy of FORWARD for one, only iptables-legacy-save shows.',
    subjects: subjects(node, 'legacy', dst, src),
    count: lost.length,
    evidence: evidence(
      { role: `${node} has legacy tables`, at },
      ...cameBy(first.after),
      ...first.accepts.at.map((line): Cite => ({ role: 'the nft rules let it pass', at: line })),
      ...shownBy(symptoms.slice(0, 4), 2),
    ),
    remedy: [
      {
        command: `iptables-legacy -S FORWARD | grep -x -e '-P FORWARD DROP' && iptables-legacy -P FORWARD ACCEPT    # on ${node}`,
        why: 'It is changed only where it is DROP: that policy, or a rule that drops, would make the legacy tables the cause. Host, kube-proxy and CNI must use one back end.',
        verify: `iptables-legacy -nvL FORWARD    # on ${node}: the counters of what drops grow with each try, and stay after the change`,
        rollback: `iptables-legacy -P FORWARD DROP    # on ${node}`,
      },
    ],
    explains: (symptom) => symptoms.includes(symptom),
  };
}

const cameBy = ({ seen, step }: SightedStep): readonly Cite[] =>
  seen.slice(0, 2).map((s): Cite => ({ role: `comes in by ${step.dev}`, at: { tap: s.tap.tap, place: s.place } }));

const countRules = (node: string): Remedy => ({
  command: `iptables-legacy-save | grep -c '^-A'; iptables-nft-save | grep -c '^-A'; iptables -V    # on ${node}`,
  why: 'Nothing is broken by it now. Host, kube-proxy and CNI should use one back end: this shows which one has the rules, and which one the host uses.',
  verify: '# one of the two counts is 0 once all use one back end',
  rollback: 'none: nothing was changed',
});

const openForward = (node: string, backend: Ruleset['backend']): Remedy => ({
  command: `iptables-${backend} -P FORWARD ACCEPT    # on ${node}`,
  why: `At once: what the other tables accept then passes these as well. Who wrote them (Docker, a script) may set the policy back.`,
  verify: `iptables-${backend} -S FORWARD | head -1    # on ${node}: -P FORWARD ACCEPT; then try the connection again`,
  rollback: `iptables-${backend} -P FORWARD DROP    # on ${node}`,
});

const oneBackend = (node: string, own: Ruleset['backend'], other: Ruleset['backend']): Remedy => ({
  command: `update-alternatives --set iptables /usr/sbin/iptables-${own}    # on ${node}, then reboot`,
  why: 'For good: host, kube-proxy and CNI must use one back end; the reboot empties the other. Drain the node first.',
  verify: `iptables-${other}-save | grep -c '^-A'    # on ${node}: 0`,
  rollback: `update-alternatives --set iptables /usr/sbin/iptables-${other}    # on ${node}`,
});
