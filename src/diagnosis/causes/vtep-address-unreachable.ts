import type { Cite, FindingDraft } from '../../core/finding.js';
import { isPrivate } from '../../core/prefix.js';
import { type Announced, announcedFor } from '../../model/announced.js';
import type { Placed } from '../../model/facts.js';
import { restartAgent } from '../agent.js';
import { type Case, type Cause, type CauseDraft, found, quiet, ruledOut } from '../cause.js';
import { shownCnis } from '../shown-cni.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * Tunnels go to an address that is the peer's own, but on a network that this sender cannot reach.
 *
 * Physics: flannel announces the address of the interface that it chose. A public address that is translated in front of
 * the machine is on no interface, so the CNI does not know it; from another site the envelope follows the default route
 * and nobody carries it.
 *
 * Innocent: an ExternalIP beside an InternalIP (every cloud has them, and routes the internal ones): configuration alone
 * accuses nobody, envelopes that nothing ever answered must be seen. Mere silence is `underlay-drop`.
 *
 * Proven: an ICMP unreachable for the envelopes, or traffic between the same two nodes that works under translated
 * addresses while the envelopes of the captures vanish. Likely: the peer is known by another address, and nothing from
 * the tunnel's address was ever seen. Ruled out: the address is on none of the peer's interfaces.
 */
export const vtepAddressUnreachable: Cause = {
  code: 'vtep-address-unreachable',
  diagnose(given) {
    const drafts: CauseDraft[] = [];
    let refuted: FindingDraft | undefined;
    for (const symptom of given.symptoms) {
      if (symptom.code !== 'vxlan-wrong-outer-dst') continue;
      const [outer, peer] = symptom.subjects;
      if (outer === undefined || peer === undefined || !given.cluster.nodes.has(peer)) continue;
      const at = given.cluster.nodes.get(peer)?.addresses.get(outer);
      if (at === undefined) refuted ??= symptom;
      else drafts.push(draft(given, symptom, { outer, peer, at }));
    }
    if (drafts.length > 0) return found(drafts);
    if (refuted === undefined) return quiet;
    const [cite] = refuted.evidence;
    return ruledOut(
      `${refuted.subjects[0]} is no address of ${refuted.subjects[1]}, so it is not merely out of reach`,
      cite,
    );
  },
};

interface End {
  readonly outer: string;
  readonly peer: string;
  /** The line that says that the address is the peer's own. */
  readonly at: Placed;
}

function draft(given: Case, symptom: FindingDraft, { outer, peer, at: ownLine }: End): CauseDraft {
  const { cluster } = given;
  const sender = symptom.subjects[2];
  const home = sender === undefined ? undefined : cluster.nodeWithAddress(sender);
  const own = new Set(cluster.facts.addresses.filter((a) => cluster.nodeOf(a) === peer).map((a) => a.address));
  const others = [...(cluster.nodes.get(peer)?.addresses ?? [])].filter(([a]) => a !== outer && !isPrivate(a));
  // Known by it without having it: somebody in front of the node translates.
  const translated = others.filter(([a]) => own.size > 0 && !own.has(a));
  const says = announcedFor(cluster, peer).filter((a) => a.address === outer && a.use === 'overlay');
  const refused = symptom.evidence.some((cite) => cite.role.startsWith('ICMP unreachable'));
  const api = cluster.facts.endpoints.find(
    (e) => e.service === 'kubernetes' && !isPrivate(e.address) && cluster.nodeWithAddress(e.address) === undefined,
  );
  const explains = (other: FindingDraft): boolean => {
    if (other === symptom) return true;
    if (other.code === 'vxlan-wrong-outer-dst') return other.subjects[0] === outer && other.subjects[1] === peer;
    if (!SILENCE.has(other.code)) return false;
    return allFlows(other, ({ src, dst }) => between(given, src, dst, home, peer));
  };
  const shown = given.symptoms.filter((s) => s !== symptom && explains(s));
  const lost = shown.some((s) => s.code === 'lost-between-captures');
  const better = [...others.map(([a]) => a)][0];
  const fdb = cluster.facts.fdb.filter((f) => f.dst === outer && cluster.nodeOf(f) === home);
  const device = fdb[0]?.dev;
  return {
    code: 'vtep-address-unreachable',
    severity: 'critical',
    confidence: refused || (translated.length > 0 && lost) ? 'proven' : 'likely',
    title: `Tunnels to ${peer} are sent to ${outer}, which ${home ?? 'the sender'} cannot reach`,
    summary: `${peer} announces ${outer} for its tunnels, its own address on a network that ${home ?? sender ?? 'the sender'} cannot reach${better === undefined ? '' : `; it is known by ${listed(others.map(([a]) => a))} as well`}, so packets for its pods vanish.`,
    explanation: `${symptom.explanation} Inside its own network the address works, and connections that do not use the tunnel, such as the kubelet's, work by other addresses.`,
    subjects: subjects(
      outer,
      peer,
      better,
      home,
      sender,
      device,
      ...symptom.subjects.slice(3),
      ...(api === undefined ? [] : [api.address]),
    ),
    count: symptom.count,
    evidence: evidence(
      { role: `${outer} is ${peer}\u2019s own`, at: ownLine },
      ...says.slice(0, 2).map((a): Cite => ({ role: `what ${peer} announces (${a.as})`, at: a.at })),
      ...fdb.slice(0, 1).map((at): Cite => ({ role: `${home}'s entry for ${peer}`, at })),
      ...symptom.evidence.filter((cite) => 'at' in cite && 'line' in cite.at),
      ...others.slice(0, 2).map(([, at]): Cite => ({ role: `another address of ${peer}`, at })),
      ...(api === undefined ? [] : [{ role: 'the API server\u2019s announced address', at: api } as Cite]),
      ...shownBy([symptom]),
      ...shownBy(shown.slice(0, 3), 1),
    ),
    remedy: [remedyFor(given, peer, outer, home, better, says, device)],
    explains,
  };
}

/** The flow needs the tunnel from the sender to the peer, in either direction. */
function between({ cluster }: Case, src: string, dst: string, home: string | undefined, peer: string): boolean {
  const nodeOf = (end: string): string | undefined => {
    if (cluster.nodes.has(end)) return end;
    const owner = cluster.owner(end);
    if (owner.role !== 'service') return owner.node;
    const name = owner.name?.split('/').at(-1)?.split(':')[0];
    const nodes = new Set(
      cluster.facts.endpoints.filter((e) => e.service === name).map((e) => cluster.owner(e.address).node),
    );
    return nodes.size === 1 ? [...nodes][0] : undefined;
  };
  const inner = (end: string): boolean =>
    ['pod', 'pod-range', 'service', 'vtep', 'gateway'].includes(cluster.owner(end).role);
  const [from, to] = [nodeOf(src), nodeOf(dst)];
  const overTunnel = inner(dst) || inner(src);
  return overTunnel && ((to === peer && (home === undefined || from === home)) || (from === peer && to === home));
}

function remedyFor(
  { cluster }: Case,
  peer: string,
  outer: string,
  home: string | undefined,
  better: string | undefined,
  says: readonly Announced[],
  device = 'flannel.1',
) {
  const address = better ?? `ADDRESS_BY_WHICH_${(home ?? 'others').toUpperCase()}_REACHES_${peer.toUpperCase()}`;
  const calico = says.some((a) => a.as.startsWith('Calico')) && !says.some((a) => /flannel|lease/.test(a.as));
  if (calico)
    return {
      command: `calicoctl patch node ${peer} --patch '{"spec":{"bgp":{"ipv4Address":"${address}"}}}'`,
      why: `Peers send tunnels and BGP to this address; ${outer} leads nowhere from ${home ?? 'the sender'}.`,
      verify: `tcpdump -nn -i any 'host ${address} and (proto 4 or udp port 4789)'    # on ${home ?? 'the sender'}: envelopes both ways`,
      rollback: `calicoctl patch node ${peer} --patch '{"spec":{"bgp":{"ipv4Address":"${outer}"}}}'`,
    };
  if (!shownCnis(cluster).has('flannel') && !says.some((a) => /flannel|lease/.test(a.as)))
    return {
      command: `bridge fdb show dev ${device} | grep ${outer}    # on ${home ?? 'the sender'}; then for each MAC address of these: bridge fdb replace MAC dev ${device} dst ${address} self permanent`,
      why: `Envelopes then go to ${address} instead of ${outer}. Whoever writes these entries (no CNI of which a setting could be named is shown) has to announce it for good.`,
      verify: `bridge fdb show dev ${device} | grep ${address}    # on ${home ?? 'the other nodes'}; then the request that failed`,
      rollback: `bridge fdb replace MAC dev ${device} dst ${outer} self permanent    # on ${home ?? 'the sender'}`,
    };
  return {
    command: `kubectl annotate node ${peer} flannel.alpha.coreos.com/public-ip-overwrite=${address} --overwrite && ${restartAgent(cluster, peer)}`,
    why: `flannel then announces ${address} instead of ${outer}. Do the same for every node behind translation, and let UDP 8472 through.`,
    verify: `bridge fdb show dev ${device} | grep ${address}    # on ${home ?? 'the other nodes'}; then the request that failed`,
    rollback: `kubectl annotate node ${peer} flannel.alpha.coreos.com/public-ip-overwrite- && ${restartAgent(cluster, peer)}`,
  };
}
