import type { Cite, FindingDraft, FlowKey } from '../../core/finding.js';
import type { Host } from '../../model/host/host.js';
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
 */
export const mixedIptablesBackends: Cause = {
  code: 'mixed-iptables-backends',
  diagnose(given) {
    const drafts = [...given.hosts.values()].flatMap((host) => judged(given, host) ?? []);
    if (drafts.length > 0) return found(drafts);
    // `iptables-nft-save` tells that the other set has tables, and not what is in them.
    const unseen = given.facts.logs.find(
      (log) =>
        log.code === 'legacy-tables-present' &&
        given.symptoms.some(
          (s) => SILENCE.has(s.code) && allFlows(s, (flow) => concerns(given, flow, given.cluster.nodeOf(log))),
        ),
    );
    if (unseen === undefined) return quiet;
    const node = given.cluster.nodeOf(unseen);
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
      {
        command:
          drops === undefined
            ? `iptables-legacy-save | grep -c '^-A'; iptables-nft-save | grep -c '^-A'; iptables -V    # on ${host.name}`
            : `iptables-${other.backend} -P FORWARD ACCEPT && update-alternatives --set iptables /usr/sbin/iptables-${own.backend}    # on ${host.name}, then reboot`,
        why: 'Host, kube-proxy and CNI must use one back end; a reboot empties the other.',
        verify: `iptables-${other.backend}-save | grep -c '^-A'    # 0`,
        rollback: `iptables-${other.backend} -P FORWARD DROP && update-alternatives --set iptables /usr/sbin/iptables-${other.backend}`,
      },
    ],
    explains,
  };
}
