import { appendTo } from '../../core/append-to.js';
import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import { contains, formatPrefix, parsePrefix } from '../../core/prefix.js';
import type { NextHop } from '../../model/host/host.js';
import { type Blame, blames, concerns, confidenceOf, decidedBy } from '../blame.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { type DecidingRoute, decidingRoute } from '../deciding-route.js';
import { offLinkRemedies, tunnelsBetween } from '../off-link-remedies.js';
import { podsOnLink } from '../pods-on-link.js';
import { silentGateways } from '../silent-gateway.js';
import { wayToNode } from '../way-to-node.js';
import { evidence, shownBy, subjects } from '../witness.js';

/**
 * A route's next hop is not on the link of its device: routes from node to node across networks.
 *
 * Physics: host-gw and unencapsulated Calico routes name the peer node as next hop, and the sender asks for it by ARP. A
 * router does not pass ARP on. The kernel refuses such a route ("network is unreachable"), unless it is marked onlink: then
 * it asks for ever, and says "host unreachable".
 *
 * A pod's own next hop, which only proxy ARP of its node makes reachable, is looked at in silent-gateway.ts.
 *
 * Innocent: a gateway outside of a /32 address that answers ARP all the same (clouds); a peer on the link that is down; tunnel
 * devices, whose next hops are never on link.
 *
 * Proven: the route, the prefixes of its device and the failed neighbour, with a connection that failed. Likely: these alone,
 * or the CNI's log that the kernel refused the route.
 */
export const nextHopOffLink: Cause = {
  code: 'next-hop-off-link',
  async diagnose(given) {
    const computed = blames(given, (walk, last) => {
      if (walk.disposition !== 'no-neighbour' || last.outer !== undefined) return undefined;
      const off = offLink(given, last.node, decidingRoute(given.hosts.get(last.node), walk));
      return off === undefined ? undefined : `${last.node} ${off.direct ? off.dev : off.via}`;
    }).flatMap((blame): CauseDraft[] => {
      const taken = decidingRoute(given.hosts.get(blame.node), blame.walk);
      const off = offLink(given, blame.node, taken);
      return taken === undefined || off === undefined ? [] : [draft(given, blame, taken, off)];
    });
    return found([
      ...computed,
      ...refused(given).filter((d) => !computed.some((c) => c.subjects[0] === d.subjects[0])),
      ...(await silentGateways(given)),
    ]);
  },
};

interface OffLink {
  readonly dev: string;
  readonly via: string;
  /** The route has no next hop: each pod is asked for itself. */
  readonly direct: boolean;
  /** Addresses of the device, as prefixes, with their lines. */
  readonly prefixes: readonly { readonly text: string; readonly cite: Cite }[];
}

/** The next hop that is in none of its device's prefixes; undefined where the device's addresses are not shown. */
function offLink(given: Case, node: string, taken: DecidingRoute | undefined): OffLink | undefined {
  const host = given.hosts.get(node);
  const hop: NextHop | undefined = taken?.route.hops.find((h) => h.dev === taken.step.dev) ?? taken?.route.hops[0];
  if (host === undefined || taken === undefined || hop?.dev === undefined) return undefined;
  const via = hop.via ?? (podsOnLink(given, node, taken) === undefined ? undefined : taken.step.packet.dst);
  if (via === undefined) return undefined;
  if (host.devices.get(hop.dev)?.role === 'overlay') return undefined;
  const own = host.addresses[taken.step.packet.family].value.filter(
    (a) => a.ifname === hop.dev && a.prefix.length < 128,
  );
  if (own.length === 0 || own.some((a) => contains(a.prefix, via))) return undefined;
  return {
    dev: hop.dev,
    via,
    direct: hop.via === undefined,
    prefixes: own
      .filter((a) => !/^fe80:/i.test(a.address))
      .map((a) => ({
        text: formatPrefix(a.prefix),
        cite: { role: `${hop.dev} is in ${formatPrefix(a.prefix)}`, at: a.at },
      })),
  };
}

function draft(given: Case, blame: Blame, { route }: DecidingRoute, off: OffLink): CauseDraft {
  const { dev, via, direct, prefixes } = off;
  const { node, last } = blame;
  const { packet } = last;
  const prefix = formatPrefix(route.prefix);
  const peer = given.cluster.nodeWithAddress(via) ?? given.cluster.owner(packet.dst).node;
  const own = confidenceOf(blame);
  return {
    code: 'next-hop-off-link',
    severity: 'critical',
    confidence: own === 'proven' && !blame.tried ? 'likely' : own,
    title: direct
      ? `${node}'s route to ${prefix} has no next hop, and these pods are not on the link of ${dev}`
      : `The next hop ${via} of ${node}'s route to ${prefix} is not on the link of ${dev}`,
    summary: direct
      ? `The route of ${node} to ${prefix}, pods of ${peer}, leads to ${dev} without a next hop, so ${node} asks for ${via} itself there; ${dev} is in ${prefixes.map((p) => p.text).join(' and ')}, and nobody answers, so nothing reaches these pods.`
      : `The route of ${node} to ${prefix} has the next hop ${via}${peer === undefined ? '' : ` (${peer})`} on ${dev}, but ${dev} is in ${prefixes.map((p) => p.text).join(' and ')}: nobody answers for ${via} there, so ${packet.src} does not reach ${packet.dst}.`,
    explanation: `${node} asks for ${via} by ARP on ${dev}, and routers do not pass that on${direct ? ', nor does another node answer for its pods. The route should name the next hop, or lead into the tunnel' : ''}. Routes from node to node (host-gw, unencapsulated Calico) work within one network only; the nodes reach each other's own addresses by the router, so they look healthy.`,
    subjects: subjects(node, via, prefix, peer, dev, packet.dst, packet.src),
    count: blame.conversations.length,
    evidence: evidence(
      ...decidedBy(blame, 'nobody answers for the next hop'),
      ...route.at.map((at): Cite => ({ role: 'the route', at })),
      ...prefixes.map((p) => p.cite),
      ...shownBy(blame.symptoms),
      ...blame.ground,
    ),
    remedy:
      direct && peer !== undefined
        ? [byPeer(given, off, { node, prefix, peer, dst: via })]
        : offLinkRemedies(given, { node, prefix, via, dev, proto: route.proto }, peer, packet.dst),
    explains: (symptom) => concerns(blame, symptom) || reported(given, symptom, node, prefix),
  };
}

/** The route as the node's others lead to peers. */
function byPeer(
  given: Case,
  { dev }: OffLink,
  {
    node,
    prefix,
    peer,
    dst,
  }: { readonly node: string; readonly prefix: string; readonly peer: string; readonly dst: string },
): Remedy {
  const way = wayToNode(given, given.hosts.get(node)!, peer, dst.includes(':') ? 6 : 4);
  return {
    command: `ip route replace ${prefix} ${way ?? `via ADDRESS_OF_${peer.toUpperCase()}`}    # on ${node}`,
    why: `The way by which ${node} reaches other nodes' pods. Find out who set the route by ${dev}, or it comes back.`,
    verify: `ip route get ${dst}    # on ${node}; then try the connection again`,
    rollback: `ip route replace ${prefix} dev ${dev}    # on ${node}`,
  };
}

/** "Host unreachable" from the node itself, for a destination behind that route. */
function reported(given: Case, symptom: FindingDraft, node: string, prefix: string): boolean {
  const range = parsePrefix(prefix);
  return (
    symptom.code === 'icmp-error' &&
    range !== undefined &&
    symptom.subjects.some((name) => given.cluster.owner(name).node === node) &&
    (symptom.flows ?? []).length > 0 &&
    symptom.flows!.every((flow) => /^[\d.]+$|:/.test(flow.dst) && contains(range, flow.dst))
  );
}

/** flanneld's word that the kernel refused a route: `network is unreachable`, `nexthop has invalid gateway`. */
function refused(given: Case): readonly CauseDraft[] {
  const logs = given.facts.logs.filter(
    (log) =>
      log.code === 'route-failed' &&
      log.value !== undefined &&
      log.address !== undefined &&
      /network is unreachable|invalid gateway/i.test(log.message),
  );
  const groups = new Map<string, (typeof logs)[number][]>();
  for (const log of logs) {
    const node = given.cluster.nodeOf(log);
    if (node !== undefined) appendTo(groups, `${node} ${log.address}`, log);
  }
  return [...groups.values()].map((lines): CauseDraft => {
    const last = lines.at(-1)!;
    const node = given.cluster.nodeOf(last)!;
    const [via, prefix] = [last.address!, last.value!];
    const symptoms = given.symptoms.filter((s) => behind(given, s, node, prefix));
    return {
      code: 'next-hop-off-link',
      severity: 'critical',
      confidence: 'likely',
      title: `The kernel of ${node} refuses the route to ${prefix}: the next hop ${via} is on none of its networks`,
      summary: `The CNI of ${node} wants to route ${prefix} by ${via}, which is on no network of ${node}, so the kernel refuses the route and nothing from ${node} reaches that subnet.`,
      explanation:
        'Routes from node to node (host-gw) work within one network only. With a router between the nodes the next hop cannot be asked for by ARP, and the kernel refuses such a route.',
      subjects: subjects(node, via, prefix, given.cluster.nodeWithAddress(via)),
      count: lines.length,
      evidence: evidence(
        { role: 'the kernel refused the route', at: last },
        ...lines.slice(0, 3).map((at): Cite => ({ role: 'the kernel refused the route', at })),
        ...shownBy(symptoms),
      ),
      remedy: [
        {
          command: tunnelsBetween(given.cluster),
          why: 'tunnels between networks, plain routes within one; then restart the agents',
          verify: `ip route show ${prefix}    # on ${node}: by the tunnel's device`,
          rollback: '# set the former backend or mode again',
        },
      ],
      explains: (symptom) => symptoms.includes(symptom),
    };
  });
}

/** True when every flow of the symptom goes from the node or its pods to the prefix, or back. */
function behind(given: Case, symptom: FindingDraft, node: string, prefix: string): boolean {
  const range = parsePrefix(prefix);
  const flows = symptom.flows ?? [];
  return (
    range !== undefined &&
    flows.length > 0 &&
    flows.every(({ src, dst }) => {
      const inside = (address: string): boolean => /^[\d.]+$|:/.test(address) && contains(range, address);
      return (
        (given.cluster.owner(src).node === node && inside(dst)) ||
        (given.cluster.owner(dst).node === node && inside(src))
      );
    })
  );
}
