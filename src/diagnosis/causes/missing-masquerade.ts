import { familyOf } from '../../core/address.js';
import type { Cite, FindingDraft } from '../../core/finding.js';
import { contains, parsePrefix } from '../../core/prefix.js';
import type { Host } from '../../model/host/host.js';
import { cniOf } from '../../model/intent/index.js';
import type { Walk } from '../../model/journey/step.js';
import { mayBePod } from '../../model/may-be-pod.js';
import { leavesPods } from '../../model/pod-networks.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found, ruledOut } from '../cause.js';
import { handedOut } from '../handed-out.js';
import { masqueradeRemedies } from '../masquerade-remedies.js';
import { unmarkedServices } from '../unmarked-service.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * Pods' packets to the outside should get their node's address, and no rule gives it to them.
 *
 * Physics: nothing outside the cluster can route pod addresses; POSTROUTING of the pod's node has to masquerade. flannel does
 * it with --ip-masq, Calico by natOutgoing of the pool, bridge plugins with ipMasq.
 *
 * Open vSwitch translates by flows that no table shows, but for Antrea's, which hands what leaves the cluster to the host's rules.
 *
 * Innocent: eBPF programs that translate without rules (Cilium, Calico); networks that route pods by design (their answers
 * come back, so the symptom is for information); a rule set of another time than the capture (the model translates, the capture
 * does not); a network of the site inside the pod network (`cidr-overlap`); flanneld without --ip-masq, for which the bridge
 * plugin translates, and docker's own --ip-masq; a rule that leaves the network of the pod and of the destination alone, as it
 * does between pods: then the network is too wide, or not the pods'; a destination that may be a pod of a node that the bundle tells
 * nothing of.
 *
 * Proven: the whole nat table without a rule that matches, and the packet seen leaving untranslated. Likely: the packet, with
 * natOutgoing or Canal's masquerade switched off in the configuration. What a service's rules leave unmarked: `unmarkedServices`.
 */
export const missingMasquerade: Cause = {
  code: 'missing-masquerade',
  diagnose(given) {
    const untranslated = given.symptoms.filter((s) => s.code === 'unsnatted-source' && s.severity !== 'info');
    const drafts: CauseDraft[] = [...unmarkedServices(given)];
    if (untranslated.length === 0) {
      const doubtful = drafts.length > 0 ? undefined : toWhatMayBePod(given);
      return doubtful === undefined ? found(drafts) : cannotTell(PODS, `whether ${doubtful} is a pod`);
    }
    for (const symptom of untranslated) {
      const [flow] = symptom.flows ?? [];
      // No rule is missing where the pod network covers the destination: the CNI means to leave these alone.
      if (flow !== undefined && given.cluster.owner(flow.dst).role === 'pod-range') continue;
      const node = flow === undefined ? undefined : given.cluster.owner(flow.src).node;
      const host = node === undefined ? undefined : given.hosts.get(node);
      if (flow === undefined || node === undefined) continue;
      const plane = host?.dataPlane;
      const out = plane === undefined ? undefined : handedOut(host!, flow);
      if (plane !== undefined && out === undefined)
        return cannotTell(plane.collect, `what ${plane.what} translate on ${node}`);
      if (out?.kind === 'translated' && out.at !== undefined)
        return ruledOut(otherTime(node), { role: RULE, at: out.at });
      const off = switchedOff(given, node, flow.src);
      const nat = host === undefined ? undefined : natShown(host, flow.src);
      if (nat === undefined && off.length === 0)
        return cannotTell(`iptables-save -c; ipset save    # on ${node}`, `the nat rules of ${node}`);
      const walk = walkOf(given, symptom);
      const translates = walk?.tracked.find(
        (t) => t.node === node && t.before.src === flow.src && t.after.src !== flow.src,
      );
      if (walk !== undefined && translates !== undefined && nat !== undefined) {
        const [rule] = walk.steps
          .filter((s) => s.node === node && s.stage === 'postrouting' && s.at.length > 0)
          .slice(-1);
        if (rule?.at[0] !== undefined) return ruledOut(otherTime(node), { role: RULE, at: rule.at[0] });
      }
      const spared = walk === undefined ? undefined : takenForPods(given, walk, node, flow);
      if (spared !== undefined)
        return cannotTell(
          'kubectl get nodes -o yaml; kubectl get configmaps -A -o yaml',
          `whether ${flow.dst} is in the pod network: a rule of ${node} leaves ${spared} alone as pods`,
        );
      drafts.push(draft(given, symptom, node, { nat, off, flow }));
    }
    return found(drafts);
  },
};

const RULE = 'the rule that translates';
const otherTime = (node: string): string =>
  `${node} translates this source now: the rules are of another time than the capture`;

const PODS = 'kubectl get nodes -o yaml; kubectl get pods -A -o wide';

/** Something silent that a pod asks untranslated, of which the bundle does not tell whether it is outside. */
function toWhatMayBePod(given: Case): string | undefined {
  for (const symptom of given.symptoms) {
    if (!SILENCE.has(symptom.code) || symptom.severity === 'info') continue;
    const [flow] = symptom.flows ?? [];
    if (flow === undefined || !isPod(given, flow.src) || !mayBePod(given.cluster, flow.dst)) continue;
    const translated = walkOf(given, symptom)?.tracked.some((t) => t.after.src !== t.before.src);
    if (translated !== true) return flow.dst;
  }
  return undefined;
}

/** The way of the symptom's packet, as far as it can be walked. */
function walkOf(given: Case, symptom: FindingDraft): Walk | undefined {
  const [flow] = symptom.flows ?? [];
  if (flow === undefined) return undefined;
  const from = given.journeys.origin(flow.src);
  if ('collect' in from) return undefined;
  const journey = given.journeys.between({ from, to: flow.dst, proto: 6, dport: flow.dport ?? 80 });
  return journey.walks[0]?.request;
}

/**
 * The network that a rule keeps from being translated as one of pods, which holds the destination and the pod itself: the CNI's rule
 * between pods is there (flannel `-s SUBNET -d NETWORK -j RETURN`), and none is missing. What is wrong then is the network.
 */
function takenForPods(
  { facts }: Case,
  walk: Walk,
  node: string,
  flow: { readonly src: string; readonly dst: string },
): string | undefined {
  const cites = walk.steps.filter((s) => s.node === node && s.stage === 'postrouting').flatMap((s) => s.at);
  for (const at of cites) {
    const rule = facts.rules.find((r) => r.source === at.source && r.line === at.line);
    const target = /(?:^|\s)-d (\S+)(?=.* -j (?:RETURN|ACCEPT)\b)/.exec(rule?.spec ?? '');
    const prefix = target === null || /! -d /.test(rule!.spec) ? undefined : parsePrefix(target[1]!);
    if (prefix !== undefined && contains(prefix, flow.dst) && contains(prefix, flow.src)) return target![1]!;
  }
  return undefined;
}

/** Sources of the nat tables that apply to the address, when any is in the bundle; of nft's own tables all of them may translate. */
function natShown(host: Host, address: string): readonly number[] | undefined {
  const family = familyOf(address);
  const sets = host.rulesets.filter(
    (r) => r.family === family && (r.tables.get('nat')?.shown === 'whole' || r.allTables),
  );
  const sources = [...new Set(sets.flatMap((r) => r.sources))];
  return sources.length > 0 ? sources : undefined;
}

/** Where the configuration says that the pod is not to be translated. */
function switchedOff({ cluster, facts }: Case, node: string, pod: string): readonly Cite[] {
  const intended = cniOf(cluster)?.masquerade(cluster, node, pod);
  const cilium = facts.settings.filter((s) => s.key === 'enable-ipv4-masquerade' && s.value === 'false');
  return [
    ...(intended?.wanted === false ? intended.at.map((at): Cite => ({ role: `${intended.option} is off`, at })) : []),
    ...cilium.map((at): Cite => ({ role: `${at.key} is ${at.value}`, at })),
  ];
}

interface Found {
  readonly nat: readonly number[] | undefined;
  readonly off: readonly Cite[];
  readonly flow: NonNullable<FindingDraft['flows']>[number];
}

function draft(given: Case, symptom: FindingDraft, node: string, { nat, off, flow }: Found): CauseDraft {
  const destinations = listed((symptom.flows ?? []).map((f) => f.dst));
  const pool = given.facts.pools.find((p) => {
    const prefix = parsePrefix(p.cidr);
    return prefix !== undefined && contains(prefix, flow.src);
  });
  const network = given.cluster.podRange(flow.src, false)?.text ?? given.cluster.podRange(flow.src, true)?.text;
  const [first, ...more] = nat ?? [];
  const explains = (other: FindingDraft): boolean =>
    other === symptom ||
    (other.code === 'unsnatted-source' && other.subjects.includes(node)) ||
    (SILENCE.has(other.code) &&
      allFlows(
        other,
        ({ src, dst }) => given.cluster.owner(src).node === node && isPod(given, src) && leavesPods(given.cluster, dst),
      ));
  const shown = given.symptoms.filter((s) => s !== symptom && explains(s));
  return {
    code: 'missing-masquerade',
    severity: 'critical',
    confidence: first !== undefined ? 'proven' : 'likely',
    title: `${node} does not translate its pods' packets to the outside`,
    summary: `No rule in POSTROUTING of ${node} gives pods' packets the node's address, so ${flow.src} reaches ${destinations} with its own address, to which nothing outside has a way back.`,
    explanation: `Nothing outside the cluster can route pod addresses. ${off.length === 0 ? 'The CNI should keep a rule that masquerades them; it is not there.' : 'Translation is switched off in the configuration.'} Pods still reach each other and the nodes' own traffic works.`,
    subjects: subjects(node, flow.src, pool?.cidr ?? network, flow.dst, pool?.name, ...symptom.subjects),
    count: symptom.count,
    evidence: evidence(
      ...(first === undefined
        ? ([off[0]!] as const)
        : ([
            {
              role: 'the missing rule',
              absent: `no SNAT or MASQUERADE rule in the nat table of ${node} matches ${flow.src} to ${flow.dst}`,
              searched: [first, ...more],
            },
          ] as const)),
      ...off,
      ...shownBy([symptom]),
      ...shownBy(shown.slice(0, 2), 2),
    ),
    remedy: masqueradeRemedies(given, node, flow.src, pool?.name),
    wants:
      first === undefined
        ? [{ what: `the nat table of ${node}`, collect: `iptables-save -c; nft list ruleset    # on ${node}` }]
        : [],
    explains,
  };
}

const isPod = (given: Case, address: string): boolean =>
  ['pod', 'pod-range'].includes(given.cluster.owner(address).role);
