import type { Cite, Confidence, FindingDraft } from '../core/finding.js';
import { formatPrefix } from '../core/prefix.js';
import { announcedFor } from '../model/announced.js';
import type { Case, CauseDraft } from './cause.js';
import { crosses } from './flow-end.js';
import { addressOnLink } from './peer-end.js';
import { wayOfOthers } from './route-by-hand.js';
import { shownCnis } from './shown-cni.js';
import type { PeerWay } from './stale-route.js';
import { staleWayRemedies } from './stale-way-remedies.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from './witness.js';

/** A way of the host's to the peer's pods that ends at an address which the peer does not have; undefined for all others. */
export function staleWay(given: Case, way: PeerWay): CauseDraft | undefined {
  const { host, peer, address, hop, end } = way;
  const { cluster } = given;
  if (end.kind !== 'not-its') return undefined;
  const explains = (s: FindingDraft): boolean =>
    s.code === 'vxlan-wrong-outer-dst'
      ? s.subjects[0] === address && s.subjects[1] === peer
      : SILENCE.has(s.code) && allFlows(s, (flow) => crosses(cluster, flow, peer) && crosses(cluster, flow, host.name));
  const shown = given.symptoms.filter(explains);
  if (end.answers && shown.length === 0) return undefined;
  const prefix = formatPrefix(way.prefix);
  const right = rightAddress(given, way);
  const other = wayOfOthers(given, host, { text: prefix, prefix: way.prefix, node: peer });
  const what = { fdb: 'FDB entry', route: 'route', remote: 'tunnel' }[way.by];
  const inTunnel = way.tunnel === undefined ? '' : `, in the envelopes of ${way.tunnel}`;
  const isNow = right === undefined ? '' : `, while ${peer} is ${right}`;
  return {
    code: 'stale-vtep',
    severity: shown.length > 0 ? 'critical' : 'warning',
    confidence: shown.length > 0 && announces(given, peer) ? end.atMost : below(end.atMost),
    title: `${host.name}'s ${what} for ${prefix}, the pods of ${peer}, leads to ${address}, which ${peer} does not have`,
    summary: `${host.name} sends what is for ${prefix}, the pod subnet of ${peer}, to ${address} by ${hop.dev}${isNow}: ${end.who}, so its packets for these pods are lost.`,
    explanation: `The ${what} names an address${inTunnel} that ${peer} does not have, mostly one from before it was replaced or got a new lease. ${shownCnis(cluster).size > 0 ? "The CNI's agent writes such entries from what each node announces, and should have written this one anew." : 'Nothing in the bundle shows a CNI that would write it anew.'}${other !== undefined && other.hop.via === right ? ` ${other.node} has the right one.` : ''}`,
    subjects: subjects(address, host.name, peer, right, prefix, hop.dev),
    count: 1,
    evidence: evidence(
      ...way.cites,
      ...end.cites,
      { role: `${prefix} is ${peer}'s`, at: way.owner.at[0] },
      ...way.owner.at.slice(1).map((at): Cite => ({ role: `${prefix} is ${peer}'s`, at })),
      ...(other !== undefined && other.hop.via === right
        ? other.route.at.map((at): Cite => ({ role: `${other.node}'s route to the same pods`, at }))
        : []),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: staleWayRemedies(given, way, right),
    wants: [
      {
        what: `whether ${address} is on any interface of ${peer}`,
        collect: `ip addr    # on ${peer}`,
      },
      ...(announces(given, peer)
        ? []
        : [{ what: `the address that ${peer} announces`, collect: 'kubectl get nodes -o yaml' }]),
    ],
    explains,
  };
}

/** Somebody tells what the peer announces. Without it the entry may be faithful to a wrong announcement (`node-address-mismatch`). */
const announces = ({ cluster }: Case, peer: string): boolean =>
  announcedFor(cluster, peer).some(({ use }) => use !== 'outside');

/** Configuration alone, of which nobody says that it fails, proves nothing. */
const below = (most: Confidence): Confidence => (most === 'proven' ? 'likely' : most);

/** The address that the way should lead to: on the same link, else what the peer announces to other nodes. */
function rightAddress(given: Case, { host, peer, address }: PeerWay): string | undefined {
  const { cluster } = given;
  const sameFamily = (one: string): boolean => one.includes(':') === address.includes(':');
  const says = announcedFor(cluster, peer).filter((a) => a.use !== 'outside' && sameFamily(a.address));
  return (
    (says.find((a) => a.use === 'overlay' && a.as !== 'lease') ?? says.find((a) => a.use === 'cluster'))?.address ??
    addressOnLink(given, host, peer, address)?.address ??
    [...(cluster.nodes.get(peer)?.addresses.keys() ?? [])].find(sameFamily)
  );
}
