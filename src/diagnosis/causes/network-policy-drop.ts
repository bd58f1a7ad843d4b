import type { Cite } from '../../core/finding.js';
import type { Admission } from '../../model/policies/admission.js';
import type { Direction, Policy, PolicyRule } from '../../model/policies/policies.js';
import { concernsConversations } from '../blame.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found, quiet, ruledOut } from '../cause.js';
import { ciliumVerdicts } from '../cilium-verdicts.js';
import { type Denial, policed } from '../denied-by-policy.js';
import { droppingRules } from '../dropping-rule.js';
import { hubbleNames } from '../hubble-names.js';
import { policiesAsked } from '../policy-of-chain.js';
import { policyRemedy } from '../policy-remedy.js';
import { restsOn } from '../rests-on.js';
import { isPolicyChain } from '../rule-words.js';
import { evidence, listed, shownBy, subjects } from '../witness.js';

/**
 * A network policy drops the packets: Calico's workload and policy chains, kube-router's, Weave's; the policy objects, where the
 * rules that they came to are not in the bundle; or Cilium's monitor and Hubble, which tell its verdict.
 *
 * Physics: a pod that any policy selects accepts only what one of its policies allows; the chain of its interface ends with
 * DROP. The same holds for what it may send.
 *
 * Innocent: a policy that forbids what nobody tried, or what should not work: only a conversation that was tried and failed
 * counts, and whether the policy is right is its author's to say; drops among all flows that Hubble recorded, which nobody asked for;
 * policies of a cluster where nothing enforces them (flannel alone).
 *
 * Proven: the chain decides the walk and the packets are seen to come that far. Likely: the chain with the failed conversation, or
 * the policy objects with the labels of both pods.
 */
export const networkPolicyDrop: Cause = {
  code: 'network-policy-drop',
  diagnose(given) {
    const chains = byChains(given);
    const { denials, missing, allowed } = policed(given);
    const groups = new Map<string, Denial[]>();
    for (const denial of denials) {
      const key = [denial.direction, denial.verdict.pod.name, denial.verdict.by[0].title].join(' ');
      groups.set(key, [...(groups.get(key) ?? []), denial]);
    }
    const ruled = [...chains, ...[...groups.values()].map((group) => byObjects(given, group))];
    const verdicts = [...ruled, ...ciliumVerdicts(given, ruled)];
    const drafts = [...verdicts, ...hubbleNames(given, verdicts)];
    if (drafts.length > 0) return found(drafts.map((draft) => asGraveAsItsSymptoms(given, draft)));
    const [first, ...rest] = missing;
    if (first !== undefined)
      return cannotTell(
        'kubectl get pods,namespaces -A -o yaml; kubectl get networkpolicies -A -o yaml    # with the labels',
        first,
        ...rest,
      );
    const [policy] = allowed;
    return policy === undefined
      ? quiet
      : ruledOut(`the policy ${policy.title} allows it`, { role: 'the policy', at: policy.at });
  },
};

/** Policies are there to deny: what they deny is as bad as what comes of it, such as one call that is refused. */
function asGraveAsItsSymptoms(given: Case, draft: CauseDraft): CauseDraft {
  const explained = given.symptoms.filter((symptom) => symptom.severity !== 'info' && draft.explains(symptom));
  return explained.length > 0 && explained.every(({ severity }) => severity === 'warning')
    ? { ...draft, severity: 'warning' }
    : draft;
}

const byChains = (given: Case): readonly CauseDraft[] =>
  droppingRules({ ...given, standing: [] }, (walk) => isPolicyChain(walk.by!.chain), {
    code: 'network-policy-drop',
    what: (blame) => {
      const asked = policiesAsked(given, blame)?.by.map((policy) => policy.title) ?? [];
      const who =
        asked.length === 0
          ? 'no network policy allows'
          : `${listed(asked)} ${asked.length > 1 ? 'do' : 'does'} not allow`;
      return `packets that ${who} (to ${blame.last.packet.dst})`;
    },
    explanation: ({ node }, rule) =>
      `${rule.chain} on ${node} is made from network policies: a pod that a policy selects accepts, or sends, only what one of its policies allows. The comments of the chain's rules name the policies that were asked. Whether the policy or the traffic is wrong is for their owners to say.`,
    subjects: (blame) => policiesAsked(given, blame)?.by.map((policy) => policy.title) ?? [],
    reason: (blame) => {
      const asked = policiesAsked(given, blame);
      return asked?.by.slice(0, 3).flatMap((policy) => policyCites(policy, asked.direction, undefined)) ?? [];
    },
    remedy: (blame, rule) => {
      const { src, dst, proto, dport } = blame.last.packet;
      const asked = policiesAsked(given, blame);
      if (asked !== undefined) return policyRemedy(asked, asked.direction, proto, dport);
      return {
        command: `kubectl get networkpolicies -A -o yaml    # find the policies that select the pod with ${dst} or ${src}, and allow ${src} -> ${dst}${dport === undefined ? '' : ` port ${dport}`} in one of them`,
        why: `${rule.chain} is written by the policy engine and comes back: the policy must be changed, not the rule`,
        verify: '# try the connection again; the counter of the rule that drops stays as it is',
        rollback: 'kubectl apply -f POLICY_AS_IT_WAS.yaml',
      };
    },
  });

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6', 132: 'SCTP' };

function byObjects(given: Case, group: readonly Denial[]): CauseDraft {
  const best = group.find((d) => d.arrives && d.seen !== undefined) ?? group.find((d) => d.arrives) ?? group[0]!;
  const { direction, node, verdict, trip, seen, enforcer } = best;
  const { packet } = trip.request;
  const { by, pod, peer } = verdict;
  const titles = listed(by.map((policy) => policy.title));
  const conversations = group.map((denial) => denial.conversation);
  const symptoms = [...new Set(conversations.flatMap((one) => one.symptoms))];
  const what = `${PROTOCOLS[packet.proto] ?? `IP protocol ${packet.proto}`}${packet.dport === undefined ? '' : ` port ${packet.dport}`}`;
  const podAddress = direction === 'Ingress' ? packet.dst : packet.src;
  const far = direction === 'Ingress' ? packet.src : packet.dst;
  const farName = peer.pod === undefined ? far : `${peer.pod.name} (${far})`;
  const flow = direction === 'Ingress' ? `from ${farName} to it` : `from it to ${farName}`;
  const many = by.length > 1;
  const verb = verdict.rule !== undefined ? 'denies' : many ? 'do not allow' : 'does not allow';
  return {
    code: 'network-policy-drop',
    severity: 'critical',
    confidence: best.arrives ? 'likely' : 'possible',
    title: `${many ? 'Network policies' : 'The network policy'} ${titles} ${verb} ${what} ${flow.replace(/\bit\b/, pod.name)}`,
    summary: `${titles} select${many ? '' : 's'} ${pod.name} (${podAddress}) on ${node}, and ${verdict.rule === undefined ? `no rule of ${many ? 'theirs' : 'it'} allows` : 'a rule of it denies'} ${what} ${flow}.`,
    explanation: `A pod that a policy selects ${direction === 'Ingress' ? 'accepts' : 'sends'} only what one of its policies allows; all else is dropped at its interface without an answer. ${enforcer.makesRules ? `The rules of ${node}, which would prove it, are not in the bundle` : `On ${node} programs in eBPF do it, which no dump of rules shows`}: this follows from the policies and the labels. Whether the policy or the traffic is wrong is for their owners to say.`,
    subjects: subjects(podAddress, far, node, ...by.map((policy) => policy.title), pod.name, peer.pod?.name),
    count: group.length,
    evidence: evidence(
      ...(by.slice(0, 3).flatMap((policy) => policyCites(policy, direction, verdict.rule)) as [Cite, ...Cite[]]),
      ...labelCites(verdict),
      { role: `policies have an effect on ${node}: ${enforcer.words} is there`, at: enforcer.at },
      ...(seen?.seen.slice(0, 2) ?? []).map(
        (s): Cite => ({
          role: `seen at ${seen!.step.node}, ${seen!.step.says}`,
          at: { tap: s.tap.tap, place: s.place },
        }),
      ),
      ...shownBy(symptoms.slice(0, 4), 2),
      ...restsOn(given, trip),
    ),
    remedy: [policyRemedy(verdict, direction, packet.proto, packet.dport)],
    wants: enforcer.makesRules
      ? [
          {
            what: `the rules of ${node} that the policies came to`,
            collect: `iptables-save -c; ipset save    # on ${node}`,
          },
        ]
      : [],
    explains: (symptom) => concernsConversations(conversations, symptom),
  };
}

type Denied = Extract<Admission, { kind: 'denied' }>;

/** The policy, and what it allows instead. */
function policyCites(policy: Policy, direction: Direction, rule: PolicyRule | undefined): readonly Cite[] {
  const rules = rule === undefined ? policy.rules(direction).slice(0, 3) : [rule];
  return [
    { role: `the policy ${policy.title}`, at: policy.at },
    ...rules.flatMap(({ at, peers, action }): Cite[] =>
      peers === undefined || peers.length === 0
        ? [{ role: `what it ${action === 'Deny' ? 'denies' : 'allows'}`, at }]
        : peers
            .slice(0, 3)
            .map((peer): Cite => ({ role: `whom it ${action === 'Deny' ? 'denies' : 'allows'}`, at: peer })),
    ),
  ];
}

const labelCites = ({ pod, peer }: Denied): readonly Cite[] =>
  [pod, peer.pod].flatMap((one): Cite[] =>
    one?.shown === undefined ? [] : [{ role: `the labels of ${one.name}`, at: one.shown.at }],
  );
