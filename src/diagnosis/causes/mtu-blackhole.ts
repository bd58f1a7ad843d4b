import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import type { Device, Host } from '../../model/host/host.js';
import type { Missing } from '../../model/journey/missing.js';
import type { Step } from '../../model/journey/step.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { flowEnd } from '../flow-end.js';
import { shownCnis } from '../shown-cni.js';
import { evidence, shownBy, subjects } from '../witness.js';

/**
 * The path's MTU is smaller than its ends believe, and the message that says so is lost.
 *
 * Physics: pod MTU plus envelope (VXLAN 50 bytes, 70 over IPv6; IP in IP 20) must fit the smallest link between the nodes. A
 * packet that does not fit is dropped; where "fragmentation needed" does not come back (RFC 1191, RFC 2923), the sender
 * repeats it for ever, while handshakes and small answers pass.
 *
 * Innocent: MTUs that do not match on paper while nobody loses a packet (Linux fragments VXLAN envelopes); losses of small
 * packets as well (checksums, filters); a single loss.
 *
 * Proven: sizes that pass and sizes that never do, in captures, and the MTUs of both ends that allow the lost ones. Likely: the sizes alone.
 */
export const mtuBlackhole: Cause = {
  code: 'mtu-blackhole',
  diagnose(given) {
    const groups = new Map<string, FindingDraft[]>();
    for (const symptom of given.symptoms) {
      if (symptom.code !== 'large-packets-lost' || symptom.severity === 'info') continue;
      const key = endsOf(given, symptom).join(' ');
      groups.set(key, [...(groups.get(key) ?? []), symptom]);
    }
    return found([...groups.values()].map((symptoms) => draft(given, symptoms)));
  },
};

/** Nodes at both ends of the symptom's flows, in order of their names; of an end outside its address. */
function endsOf(given: Case, symptom: FindingDraft): readonly string[] {
  const names = (symptom.flows ?? []).slice(0, 8).flatMap(({ src, dst }) =>
    [src, dst].flatMap((text) => {
      const { nodes } = flowEnd(given.cluster, text);
      return nodes.size > 0 ? [...nodes].slice(0, 1) : [text];
    }),
  );
  return [...new Set(names)].sort();
}

/** The devices of one end by which the packets leave: that of the wire, and the tunnel's above it. */
interface Exit {
  readonly node: string;
  readonly uplink: Device | undefined;
  readonly tunnel: Device | undefined;
  /** Bytes that the envelope adds. */
  readonly overhead: number;
}

/** The way that the flow's packets leave a node, as the model walks them. */
function exitOf(given: Case, node: string, symptoms: readonly FindingDraft[]): Exit {
  const host = given.hosts.get(node);
  const none: Exit = { node, uplink: undefined, tunnel: undefined, overhead: 0 };
  if (host === undefined) return none;
  const exits = symptoms.flatMap((symptom) =>
    (symptom.flows ?? []).slice(0, 4).flatMap(({ src, dst, dport }): Exit[] => {
      const [from, to] = flowEnd(given.cluster, src).nodes.has(node) ? [src, dst] : [dst, src];
      const origin = given.journeys.origin(from);
      if ('collect' in origin || !/^[\d.]+$|:/.test(to)) return [];
      const [trip] = given.journeys.between({ from: origin, to, proto: dport === undefined ? 1 : 6, dport }).walks;
      return trip === undefined ? [] : [exitIn(host, trip.request.steps)];
    }),
  );
  return exits.find((exit) => exit.tunnel !== undefined) ?? exits.find((exit) => exit.uplink !== undefined) ?? none;
}

function exitIn(host: Host, steps: readonly Step[]): Exit {
  const own = steps.filter((step) => step.node === host.name);
  const wire = own.findLast((step) => step.stage === 'transmit');
  const wrapped = own.find((step) => step.stage === 'encapsulate' && step.outer !== undefined);
  return {
    node: host.name,
    uplink: wire?.dev === undefined ? undefined : host.devices.get(wire.dev),
    tunnel: wrapped?.dev === undefined ? undefined : host.devices.get(wrapped.dev),
    overhead: (wrapped?.outer?.length ?? 0) - (wrapped?.packet.length ?? 0),
  };
}

/** Largest packet on the wire that got through, and smallest that never did; envelopes counted. */
function sizesOnTheWire(given: Case, symptoms: readonly FindingDraft[], exits: readonly Exit[]) {
  let passed = 0;
  let lost: number | undefined;
  for (const { sizes, flows = [] } of symptoms) {
    if (sizes === undefined) continue;
    const inside = flows.some(({ src, dst }) => [src, dst].some((end) => flowEnd(given.cluster, end).inside));
    const extra = inside ? Math.max(0, ...exits.map((exit) => exit.overhead)) : 0;
    passed = Math.max(passed, sizes.passed === 0 ? 0 : sizes.passed + extra);
    if (sizes.lost !== undefined) lost = Math.min(lost ?? Number.POSITIVE_INFINITY, sizes.lost + extra);
  }
  return { passed, lost };
}

/** Room for IPv6's least (RFC 8200 section 5) inside VXLAN. */
const LEAST = 1280 + 50;

/** An MTU to go on with: round, below what was lost and not below what passed. */
function roundMtu({ passed, lost }: { readonly passed: number; readonly lost: number | undefined }): number {
  if (lost === undefined) return Math.max(passed, LEAST);
  const round = Math.floor((lost - 1) / 100) * 100;
  return round >= passed && round >= LEAST ? round : Math.max(passed, Math.min(LEAST, lost - 1));
}

function draft(given: Case, symptoms: readonly FindingDraft[]): CauseDraft {
  const ends = [...new Set(symptoms.flatMap((s) => endsOf(given, s)))];
  const nodes = ends.filter((name) => given.cluster.nodes.has(name));
  const exits = nodes.map((node) => exitOf(given, node, symptoms));
  const sizes = sizesOnTheWire(given, symptoms, exits);
  const mtu = roundMtu(sizes);
  const known = exits.filter((exit) => exit.uplink?.mtu !== undefined);
  const tooLarge = exits.find(
    ({ tunnel, uplink, overhead }) =>
      tunnel?.mtu !== undefined && uplink?.mtu !== undefined && tunnel.mtu + overhead > uplink.mtu,
  );
  const sure = symptoms.some((s) => s.confidence === 'proven') && nodes.length > 1 && known.length === nodes.length;
  const range = `${sizes.passed === 0 ? '' : `${sizes.passed} bytes pass, `}${sizes.lost === undefined ? 'full segments never do' : `${sizes.lost} never do`}`;
  const believe = known
    .map(
      ({ node, uplink, tunnel }) =>
        `${node}: ${uplink!.name} ${uplink!.mtu}${tunnel?.mtu === undefined ? '' : `, ${tunnel.name} ${tunnel.mtu}`}`,
    )
    .join('; ');
  return {
    code: 'mtu-blackhole',
    severity: 'critical',
    confidence: sure ? 'proven' : 'likely',
    title: `Between ${ends.join(' and ')} large packets vanish: ${range}`,
    summary: `Between ${ends.join(' and ')} packets vanish by their size (on the wire ${range}), and nobody tells the senders${believe === '' ? '' : `, who believe in more (${believe})`}.`,
    explanation: `${tooLarge === undefined ? 'Some link on the way takes less than the ends believe' : `${tooLarge.tunnel!.name} of ${tooLarge.node} lets packets of ${tooLarge.tunnel!.mtu} bytes in, which with ${tooLarge.overhead} bytes of envelope are more than the ${tooLarge.uplink!.mtu} of ${tooLarge.uplink!.name}`}, and the ICMP message that would say so does not come back. Connections open, for handshakes are small, and hang with the first full segment.`,
    subjects: subjects(
      ...ends,
      ...exits.flatMap(({ uplink, tunnel }) => [tunnel?.name, uplink?.name]),
      ...symptoms.flatMap((s) => s.subjects),
    ),
    culprits: tooLarge === undefined ? [] : [tooLarge.node],
    count: symptoms.reduce((sum, s) => sum + s.count, 0),
    evidence: evidence(
      symptoms[0]!.evidence[0],
      ...shownBy(symptoms, 4),
      ...exits.flatMap(({ uplink, tunnel }) => [...mtuOf(uplink), ...mtuOf(tunnel)]),
      ...symptoms.flatMap((s) => s.evidence.filter((cite) => 'absent' in cite)).slice(0, 2),
    ),
    remedy: remedies(given, exits, mtu, { range, passed: sizes.passed, peer: peerOf(given, nodes) }),
    wants: sure ? [] : narrowness(given, exits, ends),
    explains: (symptom) => symptoms.includes(symptom) || ofTheSamePath(given, symptom, ends),
  };
}

const mtuOf = (device: Device | undefined): readonly Cite[] =>
  device?.mtu === undefined
    ? []
    : device.links
        .filter((link) => link.mtu !== undefined)
        .slice(-1)
        .map((at): Cite => ({ role: `${device.name} takes ${device.mtu} bytes`, at }));

/** An address to ping: the last node's first. */
const peerOf = (given: Case, nodes: readonly string[]): string =>
  given.cluster.nodes
    .get(nodes.at(-1) ?? '')
    ?.addresses.keys()
    .next().value ?? 'PEER';

function remedies(
  given: Case,
  exits: readonly Exit[],
  mtu: number,
  { range, passed, peer }: { readonly range: string; readonly passed: number; readonly peer: string },
): readonly Remedy[] {
  const set = (node: string, dev: string, value: number, was: number | undefined): Remedy => ({
    command: `ip link set dev ${dev} mtu ${value}    # on ${node}`,
    why: `on the wire ${range}; ${mtu} lies ${passed >= mtu ? 'where it passed' : `between: try ping -M do -s ${mtu - 28} ${peer} first, and take less if that is lost`}. Pods keep their MTU until they are made anew`,
    verify: `ping -c 3 -M do -s ${mtu - 28} ${peer}    # on ${node}: answered; then try the connection again`,
    rollback: `ip link set dev ${dev} mtu ${was ?? 'WHAT_IT_WAS'}    # on ${node}`,
  });
  const devices = exits.flatMap(({ node, uplink, tunnel, overhead }): Remedy[] => [
    ...(tunnel === undefined ? [] : [set(node, tunnel.name, mtu - overhead, tunnel.mtu)]),
    set(node, uplink?.name ?? 'UPLINK', mtu, uplink?.mtu),
  ]);
  const overhead = Math.max(0, ...exits.map((exit) => exit.overhead));
  const cnis = shownCnis(given.cluster);
  const flannel = given.cluster.facts.pods.some((pod) => /^(kube-flannel|canal)/.test(pod.name));
  if (!flannel && !cnis.has('calico')) return devices.map(keptBy);
  const lasting: Remedy = {
    command: flannel
      ? `kubectl -n kube-flannel edit configmap kube-flannel-cfg    # "Backend": {"Type":"vxlan","MTU":${mtu - overhead}}; then restart the agents and make the pods anew`
      : `calicoctl patch felixconfiguration default --patch '{"spec":{"vxlanMTU":${mtu - 50},"ipipMTU":${mtu - 20}}}'    # the CNI's configuration has "mtu" for the pods' own cables`,
    why: 'the lasting way: the CNI gives devices and pods an MTU that fits the path; letting ICMP type 3 code 4 through on the way helps as well',
    verify: 'ip link show eth0    # in a pod that was made anew',
    rollback: '# set the former value again',
  };
  return [...devices, lasting];
}

/** No CNI that is known here: whose setting it is has to be found. */
const keptBy = (remedy: Remedy): Remedy => ({
  ...remedy,
  why: `${remedy.why}. For good: where this device is configured, and the MTU of pods in the CNI's configuration (grep -r mtu /etc/cni/net.d)`,
});

/** The MTUs that nothing shows; where all are known, what the path itself takes. */
function narrowness(given: Case, exits: readonly Exit[], ends: readonly string[]): readonly Missing[] {
  const unknown = exits.filter(({ uplink }) => uplink?.mtu === undefined).map(({ node }) => node);
  if (unknown.length > 0)
    return unknown.map((node) => ({ what: `the MTUs of ${node}`, collect: `ip -d link    # on ${node}` }));
  const [from, to] = exits.map(({ node }) => node);
  if (from === undefined) return [];
  const peer = to === undefined ? (ends.find((end) => end !== from) ?? 'PEER') : peerOf(given, [to]);
  return [{ what: 'what the path takes', collect: `tracepath -n ${peer}    # on ${from}` }];
}

/** Retransmissions and unanswered large pings between the same nodes. */
function ofTheSamePath(given: Case, symptom: FindingDraft, ends: readonly string[]): boolean {
  if (!['large-packets-lost', 'tcp-retransmission', 'unreplied-icmp', 'lost-between-captures'].includes(symptom.code))
    return false;
  const own = endsOf(given, symptom);
  return own.length > 0 && own.every((name) => ends.includes(name));
}
