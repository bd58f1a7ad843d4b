import type { Cite, FindingDraft } from '../../core/finding.js';
import type { RoundTrip, Step } from '../../model/journey/step.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { POD_NETWORK, podNetwork, WHERE_POD_NETWORK_STANDS } from '../pod-network.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * A node sends its own traffic to pods over the overlay with the source of its physical interface, and nothing masquerades it.
 *
 * Physics: the kernel chooses the source by the route to the *service* address, which is the default route by the uplink;
 * DNAT then turns the packet into the overlay, and the source stays. The peer reaches that source by its own uplink, so the
 * answer goes another way, or its reverse-path filter drops the request. kube-proxy repairs it when it knows the pod network
 * (--cluster-cidr) or masquerades all.
 *
 * Innocent: the overlay's own address; replies that come back (the symptom is then for information).
 *
 * Proven: packets with that source on the overlay that nothing answers, and the route or rule that selects it. Likely: the
 * packets alone.
 */
export const overlaySourceAddress: Cause = {
  code: 'overlay-source-address',
  diagnose(given) {
    const drafts = given.symptoms
      .filter((s) => s.code === 'node-source-on-overlay' && s.severity !== 'info')
      .flatMap((symptom): CauseDraft[] => {
        const [flow] = symptom.flows ?? [];
        const node = flow === undefined ? undefined : given.cluster.owner(flow.src).node;
        return flow === undefined || node === undefined ? [] : [draft(given, symptom, node)];
      });
    return found(drafts);
  },
};

/** The way of the node's own packets that leave by the overlay with an uplink's address, if the model predicts one. */
function predicted(
  given: Case,
  node: string,
  symptom: FindingDraft,
): { readonly trip: RoundTrip; readonly service: string } | undefined {
  const backends = new Set((symptom.flows ?? []).map((flow) => flow.dst));
  const services = new Map<string, number | undefined>();
  for (const conversation of given.failed) {
    if (conversation.question.from.kind === 'node' && conversation.question.from.node === node)
      services.set(conversation.question.to, conversation.question.dport);
  }
  for (const endpoint of given.facts.endpoints) {
    if (!backends.has(endpoint.address)) continue;
    const service = given.facts.services.find((s) => s.name === endpoint.service);
    const port = given.facts.servicePorts.find((p) => p.service === endpoint.service);
    if (service?.cluster_ip !== undefined && /[.:]/.test(service.cluster_ip))
      services.set(service.cluster_ip, port?.port);
  }
  for (const [service, port] of services) {
    const journey = given.journeys.between({ from: { kind: 'node', node }, to: service, proto: 6, dport: port ?? 80 });
    const trip = journey.walks.find(({ request }) =>
      request.tracked.some((t) => t.node === node && backends.has(t.after.dst) && t.after.dst !== service),
    );
    if (trip !== undefined) return { trip, service };
  }
  return undefined;
}

function draft(given: Case, symptom: FindingDraft, node: string): CauseDraft {
  const flows = symptom.flows ?? [];
  const source = flows[0]!.src;
  const way = predicted(given, node, symptom);
  const steps: readonly Step[] = way?.trip.request.steps ?? [];
  const own = steps.filter((step) => step.node === node);
  const chosen = own.filter((step) => step.stage === 'output-route');
  const translated = own.filter((step) => step.stage === 'output' && step.at.length > 0 && /DNAT/.test(step.says));
  const device = symptom.subjects.find((name) => given.cluster.device(node, name) === 'overlay' && /^[a-z]/.test(name));
  const overlay = [...(given.cluster.nodes.get(node)?.overlayAddresses.keys() ?? [])];
  const masquerade = given.facts.settings.filter(
    (s) =>
      s.component === 'kube-proxy' &&
      /^(cluster-cidr|clusterCIDR|masquerade-all|masqueradeAll|proxy-mode)$/.test(s.key),
  );
  const explains = (other: FindingDraft): boolean =>
    other === symptom ||
    (other.code === 'node-source-on-overlay' && other.subjects.includes(source)) ||
    (SILENCE.has(other.code) &&
      allFlows(
        other,
        ({ src, dst }) =>
          (src === source || given.cluster.owner(src).node === node) &&
          (flows.some((f) => f.dst === dst) || dst === way?.service || given.cluster.owner(dst).role === 'service'),
      ));
  const shown = given.symptoms.filter((s) => s !== symptom && explains(s));
  const proof = chosen.length > 0 && way !== undefined;
  const network = podNetwork(given.cluster, source.includes(':') ? 6 : 4);
  return {
    code: 'overlay-source-address',
    severity: 'critical',
    confidence: proof ? 'proven' : 'likely',
    title: `${node} sends its own packets to pods by ${device ?? 'the overlay'} with the source ${source}`,
    summary: `${node}'s own packets to ${listed(flows.map((f) => f.dst))} leave by ${device ?? 'the overlay device'} with its physical address ${source}, and no rule masquerades them${overlay.length > 0 ? ` to ${overlay[0]}` : ''}, so no answer finds its way back.`,
    explanation: `The source is chosen by the route to the service address, before DNAT turns the packet into the overlay. The peer reaches ${source} by its own uplink, not by the overlay: the answer takes another way, or the peer's reverse-path filter drops the request. Pods are not concerned, for they have addresses of the overlay.`,
    subjects: subjects(node, source, device, ...flows.slice(0, 4).map((f) => f.dst), way?.service, ...overlay),
    count: symptom.count,
    evidence: evidence(
      symptom.evidence[0],
      ...shownBy([symptom]),
      ...chosen.flatMap((step) => step.at.map((at): Cite => ({ role: step.says, at }))),
      ...translated.flatMap((step) =>
        step.at.map((at): Cite => ({ role: 'where the destination changes, after the source was chosen', at })),
      ),
      ...masquerade.slice(0, 3).map((at): Cite => ({ role: 'how kube-proxy is told to masquerade', at })),
      ...shownBy(shown.slice(0, 3), 1),
    ),
    remedy: [
      {
        command: `${source.includes(':') ? 'ip6tables' : 'iptables'} -t nat -A POSTROUTING -s ${source} -o ${device ?? 'OVERLAY_DEVICE'} -j MASQUERADE    # on ${node}`,
        why: `at once; then give kube-proxy --cluster-cidr=${network ?? POD_NETWORK} (or --masquerade-all), so that it masquerades what does not come from pods${network === undefined ? `. ${POD_NETWORK} is that of all nodes: ${WHERE_POD_NETWORK_STANDS}` : ''}`,
        verify: `curl --max-time 3 ${way === undefined ? 'http://SERVICE_ADDRESS' : `http://${way.service}`}    # on ${node}`,
        rollback: `${source.includes(':') ? 'ip6tables' : 'iptables'} -t nat -D POSTROUTING -s ${source} -o ${device ?? 'OVERLAY_DEVICE'} -j MASQUERADE    # on ${node}`,
      },
    ],
    explains,
  };
}
