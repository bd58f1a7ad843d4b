import type { Cite, FindingDraft } from '../core/finding.js';
import type { Conversation } from '../model/journey/conversations.js';
import type { Step, TrackedAt, Walk } from '../model/journey/step.js';
import { concernsConversations } from './blame.js';
import type { Case, CauseDraft } from './cause.js';
import { proxyAnew, proxyOn } from './kube-proxy.js';
import { restsOn } from './rests-on.js';
import { iptables } from './rule-words.js';
import { evidence, shownBy, subjects } from './witness.js';

/** A connection to a service that a node translated without giving it a source of its own, so that the answer does not come back to it. */
interface Unmarked {
  readonly conversation: Conversation;
  readonly request: Walk;
  /** The translation, and the step that made it. */
  readonly at: TrackedAt;
  readonly step: Step;
  /** The pod asked a service that led back to itself; or a client outside asked one node and a pod of another answers. */
  readonly kind: 'itself' | 'outside';
  /** Packets were seen behind the translation. */
  readonly seen: boolean;
}

/**
 * Connections to a service whose destination is translated and whose source should be, and is not: kube-proxy marks these two for
 * masquerading (kubernetes `pkg/proxy/iptables/proxier.go`, KUBE-MARK-MASQ; `pkg/proxy/nftables/proxier.go`, mark-for-masquerade).
 *
 * Physics: only the node that translated can undo it, so the answer has to come back there. A pod that gets a packet from its own
 * address drops it (`fib_validate_source`); a pod on another node answers a client outside straight from its own address, which
 * the client never asked.
 *
 * Innocent: endpoints on the very node that was asked (`externalTrafficPolicy: Local`), whose answers pass it; clients that are pods or
 * nodes, to whose node the answer comes anyway; connections that work, whatever brings their answers back (a router, a load balancer).
 */
export function unmarkedServices(given: Case): readonly CauseDraft[] {
  const groups = new Map<string, Unmarked[]>();
  for (const conversation of given.failed) {
    const one = unmarked(conversation);
    if (one === undefined) continue;
    const key = `${one.at.node} ${one.kind} ${one.at.after.dst} ${one.at.after.dport}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => draft(given, group as [Unmarked, ...Unmarked[]]));
}

function unmarked(conversation: Conversation): Unmarked | undefined {
  const { comparison, journey, question } = conversation;
  // Without a capture every way has to end so.
  const trips = comparison === undefined ? journey.walks : [comparison.trip];
  const each = trips.map(({ request, reply }) => {
    const at = request.tracked.find(({ before, after }) => before.dst !== after.dst && before.src === after.src);
    const step = request.steps.find((s) => s.node === at?.node && s.packet.dst === at?.after.dst && s.at.length > 0);
    if (request.disposition !== 'delivered' || at === undefined || step === undefined) return undefined;
    if (request.tracked.some(({ before, after }) => before.src !== after.src)) return undefined;
    const kind =
      at.after.dst === at.after.src
        ? ('itself' as const)
        : question.from.kind === 'outside' &&
            request.node !== at.node &&
            reply?.disposition === 'left-cluster' &&
            !reply.steps.some(({ node }) => node === at.node)
          ? ('outside' as const)
          : undefined;
    return kind === undefined ? undefined : { request, at, step, kind };
  });
  const [first] = each;
  if (first === undefined || each.includes(undefined)) return undefined;
  const behind = first.request.steps.indexOf(first.step);
  const seen =
    comparison?.path.some(
      ({ step, leg, sight }) => sight === 'seen' && (leg === 'reply' || first.request.steps.indexOf(step) > behind),
    ) === true;
  return { conversation, ...first, seen };
}

function draft(given: Case, group: readonly [Unmarked, ...Unmarked[]]): CauseDraft {
  const best = group.find(({ seen }) => seen) ?? group[0];
  const { at, request, step, kind, conversation } = best;
  const { node, before, after } = at;
  const conversations = group.map((one) => one.conversation);
  const symptoms = [...new Set(conversations.flatMap((c) => c.symptoms))];
  const asked = `${before.dst}${before.dport === undefined ? '' : `:${before.dport}`}`;
  const pod = `${after.dst}${after.dport === undefined ? '' : `:${after.dport}`}`;
  const host = given.hosts.get(node);
  const tables = (host?.rulesets ?? [])
    .filter(({ family }) => family === after.family)
    .flatMap(({ tables: all }) => [...all.values()].filter(({ chains }) => [...chains.values()].some(isNat)));
  const sources = [...new Set(tables.flatMap((table) => table.sources))];
  const [first, ...others] = sources;
  const ours =
    step.at[0] === undefined
      ? undefined
      : given.facts.rules.find((r) => r.source === step.at[0]!.source && r.line === step.at[0]!.line);
  const byProxy = ours !== undefined && /^(?:KUBE-|endpoint-)/.test(ours.chain);
  const proxy = proxyOn(given.cluster, node);
  const proto = after.proto === 17 ? 'udp' : 'tcp';
  const tool = iptables({ backend: ours?.backend === 'legacy' ? 'legacy' : 'nft' }, after.family);
  const rule = `-d ${after.dst} -p ${proto}${after.dport === undefined ? '' : ` --dport ${after.dport}`} -m conntrack --ctstate DNAT -j MASQUERADE`;
  return {
    code: 'missing-masquerade',
    severity: 'critical',
    confidence: best.seen && request.assumptions.length === 0 && first !== undefined ? 'proven' : 'likely',
    title:
      kind === 'itself'
        ? `${node} does not masquerade what ${after.dst} sends to itself by way of ${asked}`
        : `${node} does not masquerade what comes from outside for a pod of ${request.node}`,
    summary:
      kind === 'itself'
        ? `${node} translates ${asked} to ${pod}, which is the client itself, and leaves its source as it is: the pod gets packets from its own address, and drops them.`
        : `${node} translates ${asked} to ${pod} on ${request.node} and leaves the source ${after.src} as it is, so the answer goes from ${request.node} straight to ${after.src}, with an address that it never asked.`,
    explanation: `Only the node that translated the destination can undo it, so it has to put its own address in front, for the answer to come back. ${byProxy ? 'kube-proxy has a rule that marks such packets for that (KUBE-MARK-MASQ, mark-for-masquerade); it is not there, or does not match.' : 'The rule that translates is not kube-proxy’s; whoever wrote it has to masquerade as well.'}${kind === 'itself' ? ' Other clients reach the same pod by the service.' : ` Where the pod is on ${node} itself it works.`}`,
    subjects: subjects(node, after.dst, before.dst, after.src, request.node, proxy?.name),
    count: symptoms.reduce((sum, { count }) => sum + count, 0),
    evidence: evidence(
      ...([{ role: 'the rule that translates the destination', at: step.at[0]! }] as const),
      ...(first === undefined
        ? []
        : [
            {
              role: 'the missing rule',
              absent: `a rule on ${node} that masquerades ${after.src} to ${pod}`,
              searched: [first, ...others],
            } as Cite,
          ]),
      ...shownBy(symptoms, 3),
      ...(proxy === undefined || !byProxy ? [] : [{ role: 'kube-proxy there', at: proxy } as Cite]),
      ...restsOn(given, conversation.comparison?.trip ?? { request }),
    ),
    remedy: [
      ...(byProxy ? [proxyAnew(proxy, node, `try the connection to ${asked} again`)] : []),
      {
        command: `${tool} -t nat -I POSTROUTING 1 ${rule}    # on ${node}`,
        why: `${byProxy ? 'At once, until kube-proxy’s own rule is back: the' : 'The'} pod then sees the address of ${node}, and answers to it.`,
        verify: `${tool} -t nat -vnL POSTROUTING | head -4    # on ${node}: the counter of the new rule grows; then try the connection again`,
        rollback: `${tool} -t nat -D POSTROUTING ${rule}    # on ${node}`,
      },
    ],
    wants:
      first === undefined
        ? [{ what: `the nat rules of ${node}`, collect: `iptables-save -c; nft list ruleset    # on ${node}` }]
        : [],
    explains: (symptom: FindingDraft) => concernsConversations(conversations, symptom),
  };
}

const isNat = ({ kind, name }: { readonly kind?: string | undefined; readonly name: string }): boolean =>
  kind === 'nat' || name === 'POSTROUTING';
