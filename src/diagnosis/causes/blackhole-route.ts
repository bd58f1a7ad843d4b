import type { Cite } from '../../core/finding.js';
import { contains, covers, formatPrefix } from '../../core/prefix.js';
import type { Host, HostRoute } from '../../model/host/host.js';
import { onLinkRoute } from '../../model/host/on-link-route.js';
import { type Blame, blames, concerns, confidenceOf, decidedBy } from '../blame.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { type DecidingRoute, decidingRoute, isCatchAll } from '../deciding-route.js';
import { wayToNode } from '../way-to-node.js';
import { evidence, shownBy, subjects } from '../witness.js';

/**
 * A blackhole, unreachable or prohibit route takes the packets.
 *
 * Physics: such a route discards whatever has no longer prefix (net/ipv4/fib_semantics.c fib_props); unreachable and prohibit
 * answer with an ICMP error, blackhole says nothing. One that was left behind by a former owner of a block cuts off the node
 * that owns it now.
 *
 * Innocent: Calico's blackhole for the node's own block: it catches addresses that no pod of this node has; unless the node reaches its pods
 * by a bridge, whose route is shorter (left behind by a CNI that was replaced). A longer route that leads on; a default of type unreachable
 * in a table of its own (VRF).
 *
 * Proven: the route decides without assumptions, and the packets were seen to come so far. Likely: the route alone.
 */
export const blackholeRoute: Cause = {
  code: 'blackhole-route',
  diagnose(given) {
    const drafts = blames(given, (walk, last) => {
      if (walk.disposition !== 'dropped-by-route' && walk.disposition !== 'rejected-by-route') return undefined;
      const host = given.hosts.get(last.node);
      const taken = decidingRoute(host, walk);
      // The node's own block: the address belongs to no pod of it, or its pod's route is gone.
      if (
        given.cluster.owner(last.packet.dst).node === last.node &&
        bridgeBehind(given, host, taken, last) === undefined
      )
        return undefined;
      // A wide one under which single routes are kept: the one that is missing is to blame (`missing-pod-route`).
      if (host !== undefined && taken !== undefined && isCatchAll(host, taken)) return undefined;
      return `${last.node} ${last.at.map((at) => `${at.source}:${at.line}`).join()}`;
    }).flatMap((blame): CauseDraft[] => {
      const host = given.hosts.get(blame.node);
      const taken = decidingRoute(host, blame.walk);
      return host === undefined || taken === undefined ? [] : [draft(given, blame, host, taken)];
    });
    return found(drafts);
  },
};

function draft(given: Case, blame: Blame, host: Host, { route, table }: DecidingRoute): CauseDraft {
  const { node, last } = blame;
  const { packet } = last;
  const prefix = formatPrefix(route.prefix);
  const owner = given.cluster.owner(packet.dst);
  const block = given.cluster.podRange(packet.dst, true);
  const said = route.type === 'blackhole' ? 'drops' : 'rejects';
  const inTable = table === 'main' ? '' : ` table ${table}`;
  const line = `${route.type} ${prefix}${inTable}`;
  const whose =
    owner.node === undefined ? '' : `, which ${block === undefined ? `is on ${owner.node}` : `is of ${owner.node}`}`;
  const bridge = owner.node === node ? bridgeBehind(given, host, { route }, last) : undefined;
  const way = owner.node === undefined ? undefined : wayToNode(given, host, owner.node, packet.family);
  const proto = route.proto === undefined ? '' : ` proto ${route.proto}`;
  return {
    code: 'blackhole-route',
    severity: 'critical',
    confidence: confidenceOf(blame),
    title: `${node} has ${article(route.type)} ${route.type} route for ${prefix}, which takes packets for ${packet.dst}`,
    summary: `The ${route.type} route for ${prefix} on ${node} ${said} packets such as ${packet.src} to ${packet.dst}${whose}: no longer prefix leads on.`,
    explanation: `A ${route.type} route takes everything for which there is no longer prefix${route.type === 'blackhole' ? ', and says nothing to the sender' : ', and answers with an ICMP error'}. Such a route belongs to the node that owns the block, where it catches addresses that no pod has; ${bridge === undefined ? `${owner.node === undefined ? 'here' : `${prefix} is ${owner.node}'s, so on ${node}`} it cuts pods off` : `that holds where each pod has a route of its own. ${node} reaches its pods by ${bridge.hops[0]?.dev} (${formatPrefix(bridge.prefix)}), and the ${route.type} comes before that`}.`,
    subjects: subjects(node, prefix, owner.node, packet.dst, packet.src),
    count: blame.conversations.length,
    evidence: evidence(
      ...decidedBy(blame, `the ${route.type} route`),
      ...(block === undefined
        ? []
        : [{ role: `pod subnet of ${block.node ?? 'the cluster'}`, at: block.at } satisfies Cite]),
      ...(bridge === undefined ? [] : [{ role: 'what would lead to the pod', at: bridge.at[0] } satisfies Cite]),
      ...(owner.at === undefined ? [] : [{ role: `${packet.dst} is there`, at: owner.at } satisfies Cite]),
      ...shownBy(blame.symptoms),
      ...blame.ground,
    ),
    remedy: [
      bridge !== undefined || ledOtherwise(given, host, blame, route.prefix)
        ? {
            command: `ip route del ${line}    # on ${node}`,
            why: `${bridge === undefined ? 'a shorter prefix leads to the right node' : `the route by ${bridge.hops[0]?.dev} leads to the pods`} once this one is gone; find out who made it, or it comes back`,
            verify: `ip route get ${packet.dst}    # on ${node}: ${bridge === undefined ? 'a next hop' : bridge.hops[0]?.dev}, no ${route.type}`,
            rollback: `ip route add ${line}${proto}    # on ${node}`,
          }
        : {
            command: `ip route replace ${prefix} ${way ?? `via ADDRESS_OF_${(owner.node ?? 'OWNER').toUpperCase()}`}${inTable}    # on ${node}`,
            why: `${owner.node ?? 'another node'} owns ${prefix} now; if the CNI wrote the ${route.type}, restart its agent on ${node} and look at the block's owner (calicoctl ipam show --show-blocks)`,
            verify: `ip route get ${packet.dst}    # on ${node}: a next hop, no ${route.type}`,
            rollback: `ip route replace ${line}${proto}    # on ${node}`,
          },
    ],
    explains: (symptom) => concerns(blame, symptom),
  };
}

/** The pods' bridge of this node, which would lead to its live pod if the route did not come before it. */
function bridgeBehind(
  { cluster }: Case,
  host: Host | undefined,
  taken: Pick<DecidingRoute, 'route'> | undefined,
  { packet }: Blame['last'],
): HostRoute | undefined {
  if (host === undefined || taken === undefined || cluster.owner(packet.dst).role !== 'pod') return undefined;
  const route = onLinkRoute(host, packet.dst);
  const isPods =
    route !== undefined &&
    route.prefix.length <= taken.route.prefix.length &&
    cluster.podRanges.some((range) => covers(range.prefix, route.prefix));
  return isPods ? route : undefined;
}

const article = (type: string): string => (/^[aeiou]/.test(type) ? 'an' : 'a');

/** True when another route than a default leads to the address once this prefix is gone. */
const ledOtherwise = (given: Case, host: Host, { last }: Blame, taken: DecidingRoute['route']['prefix']): boolean =>
  [...host.tables.values()].some((table) =>
    table.value.some(
      (route) =>
        route.type === 'unicast' &&
        route.prefix.length > 0 &&
        route.prefix.length < taken.length &&
        covers(route.prefix, taken) &&
        contains(route.prefix, last.packet.dst) &&
        given.cluster.podRanges.some((range) => covers(range.prefix, route.prefix)),
    ),
  );
