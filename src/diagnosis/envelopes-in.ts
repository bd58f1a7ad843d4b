import type { Host } from '../model/host/host.js';
import { lookup } from '../model/host/policy-routing.js';
import type { Conversation } from '../model/journey/conversations.js';
import { tunnelKind, vxlanPort } from '../model/journey/decapsulate.js';
import type { Question } from '../model/journey/journeys.js';
import type { Journey } from '../model/journey/step.js';
import { WEAVE_DATA_PORT, WEAVE_PEER_PORT } from '../model/overlay-ports.js';
import type { Case } from './cause.js';
import { SILENCE } from './witness.js';

type Envelope = Pick<Question, 'proto' | 'dport'>;

const [TCP, UDP, IPIP] = [6, 17, 4];
/** RFC 8926; Cilium's `tunnel-port` for it. */
const GENEVE = 6081;

/**
 * The envelopes that failed conversations between pods need, as packets of their own from node to node: where the sender's node is
 * not shown, so that no walk puts the packet into one; and Weave's, whose tunnels no table of the kernel shows. A
 * conversation's answer needs them the other way; with a source port of its own, so that no entry of the first lets it in, but for
 * IPIP, which has no ports: there the first packet's entry is that of the answer too (nf_conntrack_proto_generic.c). So is
 * WireGuard's, whose port is the same at both ends: it is not asked for.
 */
export function envelopesIn(given: Case): readonly Conversation[] {
  const { cluster, hosts, failed } = given;
  const asked = new Map<string, { question: Question; symptoms: Set<Conversation['symptoms'][number]> }>();
  for (const { question: inner, symptoms } of failed) {
    const silent = symptoms.filter(({ code }) => SILENCE.has(code));
    const [src, dst] = [inner.from.address ?? '', inner.to];
    const [from, to] = [cluster.owner(src), cluster.owner(dst)];
    if (silent.length === 0 || (from.role !== 'pod' && to.role !== 'pod')) continue;
    for (const [sender, receiver, behind, answer] of [
      [from.node, to.node, src, false],
      [to.node, from.node, dst, true],
    ] as const) {
      const host = hosts.get(receiver ?? '');
      const [address, target] = [onlyAddress(given, sender), onlyAddress(given, receiver)];
      if (host === undefined || sender === undefined || sender === receiver || !address || !target) continue;
      for (const envelope of envelopesTo(host, behind)) {
        if (answer && envelope.proto === IPIP) continue;
        const question: Question = { from: { kind: 'node', node: sender, address }, to: target, ...envelope };
        const key = JSON.stringify(question);
        const known = asked.get(key) ?? { question, symptoms: new Set() };
        for (const symptom of silent) known.symptoms.add(symptom);
        asked.set(key, known);
      }
    }
  }
  const walk = (question: Question): Journey | undefined =>
    given.journeys.arriving(question) ?? (isWeave(question) ? given.journeys.between(question) : undefined);
  return [...asked.values()].flatMap(({ question, symptoms }): Conversation[] => {
    const journey = walk(question);
    // What cannot come by the fast datapath comes by sleeve, slower.
    const otherwise =
      question.dport === WEAVE_DATA_PORT ? walk({ ...question, dport: WEAVE_PEER_PORT })?.outcome : 'drop';
    return journey === undefined || otherwise !== 'drop' ? [] : [{ question, journey, symptoms: [...symptoms] }];
  });
}

/** A sender of these that is shown is walked from its start; other tunnels' walks already are. */
const isWeave = ({ dport }: Question): boolean => dport === WEAVE_PEER_PORT || dport === WEAVE_DATA_PORT;

/** What brings packets of this pod to the host, by the device that the host's own route to the pod has. */
function envelopesTo(host: Host, pod: string): readonly Envelope[] {
  const way = lookup(host, { family: pod.includes(':') ? 6 : 4, dst: pod, mark: 0 });
  const [hop, ...others] = way.kind === 'unicast' ? way.hops : [];
  if (hop?.dev === undefined || others.length > 0) return [];
  // Weave's bridge has the whole range on link: its router, and not a route, knows the peers.
  if (hop.dev === 'weave')
    return [
      { proto: TCP, dport: WEAVE_PEER_PORT },
      { proto: UDP, dport: WEAVE_DATA_PORT },
    ];
  // Open vSwitch names its tunnel devices after their port (OVN-Kubernetes, Antrea); pods are behind a port of the switch.
  if (/^(?:antrea-gw\d|ovn-k8s-mp\d)$/.test(hop.dev))
    return [...host.devices.keys()].flatMap((name) => {
      const port = /^(?:genev|vxlan)_sys_(\d+)$/.exec(name)?.[1];
      return port === undefined ? [] : [{ proto: UDP, dport: Number(port) }];
    });
  const dev = hop.dev === 'cilium_host' ? ['cilium_vxlan', 'cilium_geneve'].find((d) => host.devices.has(d)) : hop.dev;
  if (dev === undefined) return [];
  if (dev === 'cilium_geneve') return [{ proto: UDP, dport: GENEVE }];
  // Without `ip link` the name tells what the device is.
  const device = host.devices.get(dev) ?? { name: dev, kind: undefined, role: undefined, vxlan: undefined };
  switch (tunnelKind(device)) {
    case 'vxlan':
      return [{ proto: UDP, dport: vxlanPort(device) }];
    case 'ipip':
      return [{ proto: IPIP, dport: undefined }];
    default:
      return [];
  }
}

/** The only address that a node is known by; with several nobody knows which of them the overlay uses. */
function onlyAddress({ cluster }: Case, node: string | undefined): string | undefined {
  const [only, ...others] = cluster.nodes.get(node ?? '')?.addresses.keys() ?? [];
  return others.length > 0 ? undefined : only;
}
