import type { Cite } from '../../core/finding.js';
import { formatPrefix } from '../../core/prefix.js';
import { cited } from '../../model/facts.js';
import type { HostRule } from '../../model/host/host.js';
import type { SightedStep } from '../../model/journey/compare.js';
import type { Conversation } from '../../model/journey/conversations.js';
import type { RoundTrip, Step } from '../../model/journey/step.js';
import { type Blame, blames, concerns } from '../blame.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { type DecidingRoute, decidingRoute, isPlainDefault } from '../deciding-route.js';
import { podsOnLink } from '../pods-on-link.js';
import { wayToNode } from '../way-to-node.js';
import { evidence, shownBy, subjects } from '../witness.js';

/**
 * The answer leaves by another interface than the request came in on, and is lost on that way.
 *
 * Physics: a node routes an answer by its own tables, whatever way the request came. A policy rule or a route of its own
 * (for a second network card, a VPN) sends it to a router that knows no pods, or to a network where the client is not.
 *
 * Innocent: two ways that both arrive; answers that follow the default route because there is no route to the pods at all
 * (`missing-pod-route`); a route that takes pods to be on the link, which fails in both directions (`next-hop-off-link`); requests that the replying node's own filter drops (`rp-filter-drop`).
 *
 * Proven: the rule or route that decides, and the answers seen leaving by the other interface. Likely: the rule or route,
 * with requests that were seen to arrive or to go unanswered.
 */
export const asymmetricRoute: Cause = {
  code: 'asymmetric-route',
  diagnose(given) {
    const drafts = blames(given, (walk, last, leg) => {
      if (
        leg !== 'reply' ||
        !/^(sent-astray|no-neighbour|no-route)$/.test(walk.disposition) ||
        last.outer !== undefined
      )
        return undefined;
      const taken = decidingRoute(given.hosts.get(walk.node), walk);
      return taken === undefined ||
        isPlainDefault(taken) ||
        podsOnLink(given, walk.node, taken) !== undefined ||
        walk.steps[0]?.node !== walk.node
        ? undefined
        : `${walk.node} ${taken.step.at.map((at) => `${at.source}:${at.line}`).join()}`;
    }).flatMap((blame): CauseDraft[] => {
      const taken = decidingRoute(given.hosts.get(blame.node), blame.walk);
      const cameBy = arrival(blame);
      const leavesBy = taken?.step.dev;
      return taken === undefined || cameBy?.dev === undefined || leavesBy === undefined || cameBy.dev === leavesBy
        ? []
        : [draft(given, blame, taken, { cameBy: cameBy.dev, leavesBy })];
    });
    return found(drafts);
  },
};

const tripOf = ({ comparison, journey }: Conversation): RoundTrip | undefined =>
  comparison?.trip ?? journey.walks.find((trip) => trip.reply !== undefined);

/** Where the request came in at the node whose answer is lost. */
function arrival(blame: Blame): Step | undefined {
  const trip = blame.conversations.map(tripOf).find((t) => t?.reply?.node === blame.node);
  return trip?.request.steps.findLast((step) => step.node === blame.node && step.stage === 'receive');
}

interface Ways {
  readonly cameBy: string;
  readonly leavesBy: string;
}

function draft(given: Case, blame: Blame, taken: DecidingRoute, { cameBy, leavesBy }: Ways): CauseDraft {
  const { node, last } = blame;
  const { packet } = taken.step;
  const rule = ruleOf(given, node, taken);
  const prefix = formatPrefix(taken.route.prefix);
  const via = taken.route.hops.find((hop) => hop.dev === leavesBy)?.via;
  const because =
    rule === undefined ? `its route to ${prefix}` : `its policy rule ${rule.priority} and table ${taken.table}`;
  const seen = blame.conversations.flatMap((c) => replies(c, node, leavesBy));
  const flows = blame.symptoms.filter((s) => s.code === 'asymmetric-flow');
  const client = given.cluster.owner(packet.dst).node;
  const host = given.hosts.get(node)!;
  const better = client === undefined ? undefined : wayToNode(given, host, client, packet.family, cameBy);
  const hop = `${via === undefined ? '' : `via ${via} `}dev ${leavesBy}`;
  return {
    code: 'asymmetric-route',
    severity: 'critical',
    confidence: seen.length > 0 || flows.length > 0 ? 'proven' : 'likely',
    title: `${node} answers by ${leavesBy} what came in by ${cameBy}, and the answers are lost there`,
    summary: `${node} gets requests for ${packet.src} by ${cameBy} and answers them by ${leavesBy}, because of ${because}: ${last.says}, so ${packet.dst} hears nothing.`,
    explanation: `A node routes each answer by its own tables, whatever way the request came. ${rule === undefined ? `The route to ${prefix}` : `The rule "${rule.at?.spec ?? ''}"`} sends these by ${leavesBy}${via === undefined ? '' : ` to ${via}`}, where nobody knows pod addresses. What ${node} sends elsewhere goes by ${cameBy} and works.`,
    subjects: subjects(node, leavesBy, cameBy, rule === undefined ? prefix : undefined, via, packet.src, packet.dst),
    count: blame.conversations.length,
    evidence: evidence(
      ...(taken.step.at.map((at): Cite => ({ role: 'what decides the way of the answer', at })) as [Cite, ...Cite[]]),
      ...seen.flatMap((s) =>
        s.seen
          .slice(0, 2)
          .map(
            (one): Cite => ({ role: `the answer leaves by ${leavesBy}`, at: { tap: one.tap.tap, place: one.place } }),
          ),
      ),
      ...shownBy(blame.symptoms),
      ...blame.ground,
    ),
    remedy: [
      rule !== undefined
        ? {
            command: `ip rule del priority ${rule.priority}    # on ${node}`,
            why: `this rule sends pods' answers to table ${taken.table}; to keep it for the node's own addresses, make it narrower, or put a rule "to POD_NETWORK lookup main" in front of it`,
            verify: `ip route get ${packet.dst} from ${packet.src} iif ${blame.walk.steps[0]?.dev ?? cameBy}    # on ${node}: by ${cameBy}`,
            rollback: `ip rule add ${rule.at?.spec ?? `lookup ${taken.table}`} priority ${rule.priority}    # on ${node}`,
          }
        : {
            command: `ip route replace ${prefix} ${better ?? `via ADDRESS_OF_${(client ?? 'CLIENT').toUpperCase()} dev ${cameBy}`}${taken.table === 'main' ? '' : ` table ${taken.table}`}    # on ${node}`,
            why: `answers then go back the way that requests come; find out who set the route by ${leavesBy}, or it comes back`,
            verify: `ip route get ${packet.dst}    # on ${node}: by ${cameBy}`,
            rollback: `ip route replace ${prefix} ${hop}    # on ${node}`,
          },
    ],
    explains: (symptom) => concerns(blame, symptom),
  };
}

/** The policy rule that led to the route's table, when it is one of the host's own. */
function ruleOf(given: Case, node: string, { step, table }: DecidingRoute): HostRule | undefined {
  const rules = given.hosts.get(node)?.rules[step.packet.family].value ?? [];
  const rule = cited(rules, (one) => (one.at === undefined ? [] : [one.at]), step.at);
  return rule?.table === table && rule.priority > 0 ? rule : undefined;
}

/** Sightings of the answer where it leaves. */
const replies = ({ comparison }: Conversation, node: string, dev: string): readonly SightedStep[] =>
  (comparison?.path ?? []).filter(
    (s) => s.leg === 'reply' && s.sight === 'seen' && s.step.node === node && s.step.dev === dev,
  );
