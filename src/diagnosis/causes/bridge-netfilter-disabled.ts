import type { Cite } from '../../core/finding.js';
import { numberSetting } from '../../model/host/settings.js';
import { endOf } from '../../model/journey/compare.js';
import type { Conversation } from '../../model/journey/conversations.js';
import type { RoundTrip, Walk } from '../../model/journey/step.js';
import { concernsConversations } from '../blame.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { restsOn } from '../rests-on.js';
import { evidence, listed, shownBy, subjects } from '../witness.js';

/**
 * Bridged packets bypass iptables, so a service's answer between two pods of one node is not translated back.
 *
 * Physics: the request to a service is routed (and translated) by the node, but its endpoint answers a neighbour on the same
 * bridge, and the bridge switches the frame. Only with bridge-nf-call-iptables does conntrack see it and give it the
 * service's address back (net/bridge/br_netfilter_hooks.c). Otherwise it comes from the pod's own address, which the client
 * never asked, and is reset.
 *
 * Innocent: pods on point-to-point devices (Calico), where everything is routed; kube-proxy that masquerades such requests,
 * so that the answer comes back to the node; services that are reached from other nodes.
 *
 * Proven: the setting (or its absence from all settings), and the answer seen from the pod's own address. Likely: either alone.
 */
export const bridgeNetfilterDisabled: Cause = {
  code: 'bridge-netfilter-disabled',
  async diagnose(given) {
    const groups = new Map<string, Unrecognised[]>();
    for (const conversation of given.failed) {
      const one = await unrecognised(given, conversation);
      if (one !== undefined) groups.set(one.walk.node, [...(groups.get(one.walk.node) ?? []), one]);
    }
    return found([...groups.values()].map((group) => draft(given, group)));
  },
};

interface Unrecognised {
  readonly conversation: Conversation;
  readonly trip: RoundTrip;
  readonly walk: Walk;
  /** Lines of the setting; none when the bundle does not show it. */
  readonly setting: readonly Cite[];
  readonly known: boolean;
  /** The answer from the pod's own address, and the reset that it got. */
  readonly answer: readonly Cite[];
}

async function unrecognised(given: Case, conversation: Conversation): Promise<Unrecognised | undefined> {
  const { comparison, journey } = conversation;
  const trip = comparison?.trip ?? journey.walks.find((w) => w.reply !== undefined);
  const walk = trip === undefined ? undefined : endOf(trip);
  const translated = trip?.request.tracked.some((t) => t.before.dst !== t.after.dst) ?? false;
  const bridged = walk?.steps.find((step) => step.stage === 'bridge');
  if (walk === undefined || bridged === undefined || !translated || trip?.reply === undefined) return undefined;
  const answer = await answerOfItsOwn(given, trip.reply);
  if (walk.disposition === 'not-recognised')
    return {
      conversation,
      trip,
      walk,
      known: true,
      setting: bridged.at.map((at): Cite => ({ role: 'bridged packets pass no iptables', at })),
      answer,
    };
  // The setting is not in the bundle: the client's reset of an answer that it never asked for tells it.
  return walk.disposition === 'unknown' && answer.length >= 2
    ? { conversation, trip, walk, known: false, setting: [], answer }
    : undefined;
}

/** SYN-ACK from the endpoint's own address, and the client's reset of it, in the same capture. */
async function answerOfItsOwn(given: Case, reply: Walk): Promise<readonly Cite[]> {
  const first = reply.steps[0]?.packet;
  if (first === undefined || first.proto !== 6) return [];
  const safe = (address: string): string => address.replace(/[^0-9a-fA-F:.]/g, '');
  const rows = await given.scene.rows(`
    SELECT a.tap, a.place, r.tap AS reset_tap, r.place AS reset_place
    FROM packet_raw a JOIN tap t ON t.tap = a.tap JOIN address s ON s.id = a.src JOIN address d ON d.id = a.dst
    JOIN packet_raw r ON r.proto = 6 AND r.src = a.dst AND r.dst = a.src AND r.sport = a.dport AND r.dport = a.sport AND r.tcp_flags >= 0 AND (r.tcp_flags & 4) = 4 AND r.seq = a.ack
    JOIN tap u ON u.tap = r.tap AND u.source = t.source
    WHERE a.proto = 6 AND a.tcp_flags >= 0 AND (a.tcp_flags & 18) = 18 AND s.address = '${safe(first.src)}' AND d.address = '${safe(first.dst)}' ${first.sport === undefined ? '' : `AND a.sport = ${first.sport}`}
    ORDER BY a.tap, a.place LIMIT 1`);
  return rows.flatMap((row): Cite[] => [
    { role: `the answer comes from ${first.src} itself`, at: { tap: Number(row['tap']), place: Number(row['place']) } },
    { role: 'the client resets it', at: { tap: Number(row['reset_tap']), place: Number(row['reset_place']) } },
  ]);
}

function draft(given: Case, group: readonly Unrecognised[]): CauseDraft {
  const best = group.find((one) => one.answer.length > 0) ?? group[0]!;
  const { walk, known } = best;
  const { node } = walk;
  const { family } = walk.packet;
  const key = `net.bridge.bridge-nf-call-ip${family === 6 ? '6' : ''}tables`;
  const conversations = group.map((one) => one.conversation);
  const symptoms = [...new Set(conversations.flatMap((c) => c.symptoms))];
  const services = listed(conversations.map((c) => c.question.to));
  const endpoint = walk.steps[0]!.packet.src;
  const client = walk.steps[0]!.packet.dst;
  const bridge = walk.steps.find((step) => step.stage === 'bridge')?.dev;
  const host = given.hosts.get(node);
  const absent = known && (host === undefined || numberSetting(host, key).kind === 'unknown');
  const seen = best.answer.length > 0;
  const state = !known ? 'is not in the bundle' : absent ? 'does not exist (br_netfilter is not loaded)' : 'is 0';
  const [first, ...rest] = host?.wholeSysctls ?? [];
  const nowhere: Cite[] =
    absent && best.setting.length === 0 && first !== undefined
      ? [
          {
            role: 'bridged packets pass no iptables',
            absent: `${key} among all settings of ${node}`,
            searched: [first, ...rest],
          },
        ]
      : [];
  const cites = [...best.setting, ...nowhere, ...best.answer, ...shownBy(symptoms), ...restsOn(given, best.trip)];
  return {
    code: 'bridge-netfilter-disabled',
    severity: 'critical',
    confidence:
      known && (seen || conversations.some((c) => wasSeen(c))) ? 'proven' : known || seen ? 'likely' : 'possible',
    title: `Bridged packets bypass iptables on ${node}, so answers of services come from the wrong address`,
    summary: `On ${node} ${key} ${state}: when ${client} asks the service ${services}, its endpoint ${endpoint} on the same bridge${bridge === undefined ? '' : ` (${bridge})`} answers from its own address, which the client never asked.`,
    explanation: `The request is routed and translated by ${node}. The answer stays on the bridge, which switches it past netfilter, so nobody gives it the service's address back; the client resets it. The same service works from other nodes and by the pod's own address.`,
    subjects: subjects(node, ...conversations.map((c) => c.question.to), endpoint, client, key, bridge),
    count: conversations.length,
    evidence: evidence(...(cites as [Cite, ...Cite[]])),
    remedy: [
      {
        command: `${absent || !known ? 'modprobe br_netfilter; ' : ''}sysctl -w ${key}=1    # on ${node}; keep it: echo br_netfilter > /etc/modules-load.d/k8s.conf; echo '${key} = 1' > /etc/sysctl.d/99-kubernetes-bridge.conf`,
        why: 'conntrack then sees what the bridge switches, and gives the answer its service address back',
        verify: `sysctl ${key}    # on ${node}: 1; then try the service from a pod of the same node`,
        rollback: `sysctl -w ${key}=0    # on ${node}`,
      },
    ],
    explains: (symptom) => concernsConversations(conversations, symptom),
  };
}

const wasSeen = ({ comparison }: Conversation): boolean =>
  comparison?.parting.kind === 'drop' && comparison.parting.seen;
