import type { Cite } from '../../core/finding.js';
import { covers, formatPrefix, type Prefix } from '../../core/prefix.js';
import { cited } from '../../model/facts.js';
import type { Host } from '../../model/host/host.js';
import type { Step, Walk } from '../../model/journey/step.js';
import { restartAgent } from '../agent.js';
import { type Blame, blames, concerns, confidenceOf, decidedBy, routeBefore } from '../blame.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found } from '../cause.js';
import { decidingRoute, isPlainDefault } from '../deciding-route.js';
import { hasRoute, type Subnet, subnetOf } from '../pod-subnet.js';
import { routesByHand, wayOfOthers } from '../route-by-hand.js';
import { rewritten } from '../shown-cni.js';
import { capture } from '../wanted.js';
import { evidence, listed, shownBy, subjects } from '../witness.js';

/**
 * A node has no route of its own to another node's pod subnet.
 *
 * Physics: pod subnets are reached by a route per node, by the overlay device or the other node's address. Without it the
 * packet follows the default route to a gateway that knows no pods, or there is no route at all.
 *
 * Innocent: clouds and fabrics whose routers do know the pods (nobody's node then has such routes, or another one has them by
 * the very gateway of this node's default route); a node that takes no
 * part in the pod network; a route list of which only a part is shown; an agent that says why it could not set the route (`cni-agent-failed` wins).
 *
 * Proven: the node's whole route list without it, and its packets seen leaving by the default route. Likely: the list alone.
 */
export const missingPodRoute: Cause = {
  code: 'missing-pod-route',
  diagnose(given) {
    const all = blames(given, (walk, last) => {
      const astray = walk.disposition === 'sent-astray' && last.stage === 'underlay' && last.outer === undefined;
      const discarded = walk.disposition === 'dropped-by-route' || walk.disposition === 'rejected-by-route';
      const host = given.hosts.get(last.node);
      // The default route takes it, and nobody answers for the gateway: the route of its own is missing first.
      const deserted = walk.disposition === 'no-neighbour' && last.outer === undefined && toDefault(host, walk);
      if (!astray && !discarded && !deserted && walk.disposition !== 'no-route') return undefined;
      const subnet = subnetOf(given, last.packet.dst);
      if (subnet === undefined || subnet.node === last.node || host === undefined || !takesPart(given, host))
        return undefined;
      // A discard route for all of the pod network is normal; one for this very subnet is a fault of its own.
      if (discarded && !wider(host, last, subnet.prefix)) return undefined;
      if (astray && leadsOn(given, host, walk, subnet.prefix)) return undefined;
      return hasRoute(host, subnet.prefix) ? undefined : last.node;
    }).flatMap((blame) => {
      const host = given.hosts.get(blame.node);
      return host === undefined ? [] : [{ blame, host }];
    });
    // What a part of the routes lacks says nothing, unless packets were seen to go astray.
    const [hidden] = all.filter((one) => !isTold(one));
    const drafts = all.filter(isTold).map(({ blame, host }) => draft(given, blame, host));
    return drafts.length === 0 && hidden !== undefined
      ? cannotTell(
          `ip route show table all; ip rule    # on ${hidden.blame.node}`,
          `the rest of the routes of ${hidden.blame.node}`,
        )
      : found(drafts);
  },
};

const isTold = ({ blame, host }: { readonly blame: Blame; readonly host: Host }): boolean =>
  blame.seen || host.tables.get(`${blame.last.packet.family} main`)?.shown === 'whole';

/**
 * A node that has a device for pods or the overlay, or a route to any pods. Control-plane nodes without the CNI's agent have
 * neither, on purpose: pods reach them by their node's address.
 */
const takesPart = (given: Case, host: Host): boolean =>
  [...host.devices.values()].some(
    (d) => d.role === 'overlay' || d.role === 'workload' || /^(cni|cbr)\d/.test(d.name),
  ) ||
  [...host.tables.values()].some((table) =>
    table.value.some((route) => route.prefix.length > 0 && given.cluster.inPodRange(route.prefix, true)),
  );

/** True when another node has a route to this subnet by the gateway that the walk's route leads to: the gateway knows these pods. */
function leadsOn(given: Case, host: Host, walk: Walk, subnet: Prefix): boolean {
  const taken = decidingRoute(host, walk);
  const gateways = new Set(taken?.route.hops.flatMap(({ via }) => via ?? []));
  return [...given.hosts.values()].some(
    (other) =>
      other.name !== host.name &&
      [...other.tables.values()].some((table) =>
        table.value.some(
          ({ prefix, type, hops }) =>
            prefix.length > 0 &&
            type === 'unicast' &&
            covers(prefix, subnet) &&
            hops.some(({ via }) => via !== undefined && gateways.has(via)),
        ),
      ),
  );
}

/** True when the main table's default route decides the walk. */
function toDefault(host: Host | undefined, walk: Walk): boolean {
  const taken = decidingRoute(host, walk);
  return taken !== undefined && isPlainDefault(taken);
}

/** True when the route that a step cites is for more than the prefix. */
const wider = (host: Host, step: Step, prefix: Prefix): boolean => {
  const route = cited(
    [...host.tables.values()].flatMap((table) => table.value),
    (r) => r.at,
    step.at,
  );
  return route !== undefined && route.prefix.length < prefix.length;
};

/** Pod subnets of other nodes that no route of the node leads to, besides a default route. */
function unrouted(given: Case, host: Host): readonly Subnet[] {
  const subnets = new Map<string, Subnet>();
  for (const range of given.cluster.podRanges) {
    // A podCIDR may be an idle promise; a lease, a block or another node's route is not.
    if (range.node === undefined || range.node === host.name || range.what === 'podCIDR') continue;
    if (hasRoute(host, range.prefix)) continue;
    const text = formatPrefix(range.prefix);
    if (!subnets.has(text)) {
      subnets.set(text, {
        text,
        prefix: range.prefix,
        node: range.node,
        cite: { role: `pod subnet of ${range.node}`, at: range.at },
      });
    }
  }
  return [...subnets.values()];
}

function draft(given: Case, blame: Blame, host: Host): CauseDraft {
  const { node, last } = blame;
  const asked = subnetOf(given, last.packet.dst)!;
  const all = unrouted(given, host);
  const missing = [asked, ...all.filter((s) => s.text !== asked.text)];
  const main = host.tables.get(`${last.packet.family} main`);
  const way = routeBefore(blame.walk);
  const model = wayOfOthers(given, host, asked);
  const [searched, ...more] = main?.sources ?? [];
  const gateway = blame.walk.steps.findLast((step) => step.stage === 'transmit');
  const whole = main?.shown === 'whole';
  const own = confidenceOf(blame);
  return {
    code: 'missing-pod-route',
    severity: 'critical',
    confidence: whole
      ? blame.seen
        ? 'proven'
        : own === 'possible'
          ? 'likely'
          : own
      : own === 'proven'
        ? 'likely'
        : 'possible',
    title: `${node} has no route to ${listed(missing.map((s) => s.text))}`,
    summary: `${node} has no route to ${asked.text}${asked.node === undefined ? '' : `, the pod subnet of ${asked.node}`}${missing.length > 1 ? ` (nor to ${listed(missing.slice(1).map((s) => s.text))})` : ''}, so its packets such as ${last.packet.src} to ${last.packet.dst} ${blame.walk.disposition === 'no-neighbour' ? `go by ${last.dev} to the default gateway, for which nobody answers` : gateway === undefined ? (last.at.length > 0 ? 'end in a discard route' : 'have nowhere to go') : `leave by ${gateway.dev} to the default gateway, which knows no pods`}.`,
    explanation: `Each node reaches the pods of another by a route of its own, by the overlay device or by that node's address; the CNI's agent keeps these routes. ${node}'s list has none for ${asked.text}, so the default route takes the packets.${model === undefined ? '' : ` ${model.node} has such a route.`}`,
    subjects: subjects(
      node,
      ...missing.slice(0, 8).map((s) => s.text),
      asked.node,
      last.packet.dst,
      gateway?.dev,
      last.packet.src,
    ),
    count: blame.conversations.length,
    evidence: evidence(
      ...(searched === undefined
        ? decidedBy(blame, 'where it goes instead')
        : ([
            {
              role: 'the missing route',
              absent: `no route to ${asked.text} on ${node}, besides a default route`,
              searched: [searched, ...more],
            },
          ] as const)),
      ...(way?.at ?? []).map((at): Cite => ({ role: 'the route that takes it instead', at })),
      ...missing.slice(0, 4).flatMap((s) => s.cite ?? []),
      ...(model === undefined
        ? []
        : model.route.at.map((at): Cite => ({ role: `${model.node} has such a route`, at }))),
      ...shownBy(blame.symptoms),
    ),
    remedy: rewritten(
      given.cluster,
      {
        command: restartAgent(given.cluster, node),
        why: `the CNI's agent on ${node} writes these routes when it starts; look in its log for why they went missing`,
        verify: `ip route    # on ${node}: a route for ${missing.length > 1 ? 'each of ' : ''}${listed(missing.map((s) => s.text))}`,
        rollback: 'none needed: the agent only writes what it wrote before',
      },
      routesByHand(given, node, missing),
    ),
    wants: [capture(node, 'any', `host ${last.packet.dst}`)],
    explains: (symptom) =>
      concerns(blame, symptom) ||
      ((symptom.flows?.length ?? 0) > 0 &&
        symptom.flows!.every(({ src, dst }) => {
          const from = given.cluster.owner(src);
          return (
            from.node === node && missing.some((s) => given.cluster.owner(dst).node === s.node && s.node !== undefined)
          );
        })),
  };
}
