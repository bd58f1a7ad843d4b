import { isPolicyVerdict } from '../core/cilium-words.js';
import type { FindingDraft } from '../core/finding.js';
import type { Case, CauseDraft } from './cause.js';
import { everyFlow, evidence, listed, SILENCE, shownBy, subjects } from './witness.js';

/** Why a policy that denies stops packets, and what the lines leave open. */
export const POLICIES =
  'A pod that a policy selects accepts, or sends, only what one of its policies allows; Cilium’s programs drop all else at its interface without an answer, and its monitor and Hubble show each such packet with the verdict. Which policy it was the lines do not tell.';

/** What to do about a policy that is not named, and what to collect. `port`: with a blank before it, or empty. */
export const policiesToLookAt = (to: string, from: string, port: string): Pick<CauseDraft, 'remedy' | 'wants'> => ({
  remedy: [
    {
      command: `kubectl get networkpolicies,ciliumnetworkpolicies,ciliumclusterwidenetworkpolicies -A -o yaml    # find those that select the pod with ${to} or ${from}, and allow ${from} -> ${to}${port} in one of them`,
      why: 'the policy must be changed, or the traffic: nothing else lets these packets through',
      verify:
        'cilium-dbg monitor --type drop    # in the cilium pod of that node: no new lines while the connection is tried again',
      rollback: 'kubectl apply -f POLICY_AS_IT_WAS.yaml',
    },
  ],
  wants: [
    {
      what: 'the policies and the labels of both pods',
      collect:
        'kubectl get networkpolicies,ciliumnetworkpolicies,ciliumclusterwidenetworkpolicies -A -o yaml; kubectl get pods,namespaces -A -o yaml',
    },
  ],
});

/**
 * What Cilium itself says that a policy denied. No dump of rules shows it, for programs in eBPF decide; the agent's own word
 * is as good. Likely, for the policy is not named: whether it or the traffic is wrong is for their owners to say.
 */
export function ciliumVerdicts(given: Case, known: readonly CauseDraft[]): readonly CauseDraft[] {
  const byDestination = new Map<string, FindingDraft[]>();
  for (const symptom of given.symptoms) {
    const { code, severity, flows } = symptom;
    if (code !== 'rule-drop' || severity === 'info' || flows?.[0] === undefined || !isVerdict(given, symptom)) continue;
    if (known.some((draft) => draft.explains(symptom))) continue;
    const key = `${flows[0].dst} ${flows[0].dport ?? ''}`;
    byDestination.set(key, [...(byDestination.get(key) ?? []), symptom]);
  }
  return [...byDestination.values()].map((symptoms) => draft(given, symptoms));
}

const isVerdict = ({ scene }: Case, { evidence: cites }: FindingDraft): boolean =>
  cites.some((cite) => 'at' in cite && 'tap' in cite.at && isPolicyVerdict(scene.tap(cite.at.tap).row.prefix ?? ''));

function draft(given: Case, symptoms: readonly FindingDraft[]): CauseDraft {
  const { scene, cluster } = given;
  const flows = symptoms.flatMap((s) => s.flows ?? []);
  const [{ dst, dport }] = flows as [(typeof flows)[0], ...typeof flows];
  const sources = [...new Set(flows.map((flow) => flow.src))];
  const port = dport === undefined ? '' : ` port ${dport}`;
  const [to, from] = [cluster.owner(dst), cluster.owner(sources[0]!)];
  const what = `${listed(sources.map((src) => scene.describeAddress(src)))} to ${scene.describeAddress(dst)}${port}`;
  const explains = (s: FindingDraft): boolean =>
    symptoms.includes(s) ||
    (SILENCE.has(s.code) &&
      everyFlow(
        s,
        (flow) => flow.dst === dst && sources.includes(flow.src) && (dport === undefined || flow.dport === dport),
      ));
  const silent = given.symptoms.filter((s) => explains(s) && !symptoms.includes(s));
  return {
    code: 'network-policy-drop',
    severity: symptoms.some((s) => s.severity === 'critical') || silent.length > 0 ? 'critical' : 'warning',
    confidence: 'likely',
    title: `Cilium drops packets from ${what}: denied by a policy`,
    summary: `Cilium says that a network policy denies packets from ${what} (Policy denied).`,
    explanation: POLICIES,
    subjects: subjects(dst, ...sources, to.name, from.name, to.node, from.node),
    count: symptoms.reduce((sum, s) => sum + s.count, 0),
    evidence: evidence(symptoms[0]!.evidence[0], ...shownBy(symptoms), ...shownBy(silent, 2)),
    ...policiesToLookAt(dst, sources[0]!, port),
    explains,
  };
}
