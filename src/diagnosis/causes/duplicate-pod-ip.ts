import type { Cite, FindingDraft } from '../../core/finding.js';
import type { Placed } from '../../model/facts.js';
import { type LivePod, livePods } from '../../model/live-pods.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { flowEnd } from '../flow-end.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * Two live pods have one address.
 *
 * Physics: on one node whoever answered ARP last gets the packets, on two nodes the route decides. The other pod's
 * connections are answered to the wrong one, which resets them.
 *
 * Innocent: pods on their node's network share its address (told by the object, or by the address lying outside every pod
 * range); finished, evicted and vanishing pods keep an old one; two lists of different times.
 *
 * Proven: one list with both pods running, packets of the address in trouble, and each pod's node has the address at one of
 * its pods (a route, a neighbour). A list may be behind: without the nodes, or without packets, it is likely.
 */
export const duplicatePodIp: Cause = {
  code: 'duplicate-pod-ip',
  diagnose(given) {
    const { cluster } = given;
    const holders = new Map<string, Map<string, LivePod>>();
    for (const pod of livePods(cluster))
      for (const address of pod.addresses) {
        // Node names in the list but no addresses of nodes: then only a pod range tells a pod's address from a node's.
        if (cluster.podRange(address, false) === undefined) continue;
        const key = `${pod.at.source} ${address}`;
        const known = holders.get(key) ?? new Map<string, LivePod>();
        if (!known.has(pod.name)) holders.set(key, known.set(pod.name, pod));
      }
    const drafts = new Map<string, CauseDraft>();
    for (const [key, byName] of holders) {
      const address = key.split(' ')[1]!;
      const pods = [...byName.values()];
      const oneNode = new Set(pods.map((p) => p.node)).size === 1;
      if (pods.length < 2 || drafts.has(address)) continue;
      // Several on one node under an address outside that node's own subnet: pods on the host's network.
      if (oneNode && cluster.podRange(address, true)?.node !== pods[0]!.node) continue;
      drafts.set(address, draft(given, address, pods));
    }
    return found([...drafts.values()]);
  },
};

function draft(given: Case, address: string, pods: readonly LivePod[]): CauseDraft {
  const [first] = pods as [LivePod];
  const victim = leastAsked(given, pods);
  const explains = (s: FindingDraft): boolean =>
    (SILENCE.has(s.code) || s.code === 'connection-reset') &&
    allFlows(s, ({ src, dst }) => [src, dst].some((end) => flowEnd(given.cluster, end).addresses.includes(address)));
  const shown = given.symptoms.filter(explains);
  const nodes = [...new Set(pods.map((p) => p.node))];
  const homes = nodes.map((node) => ({ node, at: heldOn(given, node, address) }));
  const unseen = homes.flatMap(({ node, at }) => (at === undefined && node !== undefined ? [node] : []));
  const held = homes.every(({ at }) => at !== undefined);
  const [namespace, name] = victim.name.includes('/') ? victim.name.split('/') : ['NAMESPACE', victim.name];
  return {
    code: 'duplicate-pod-ip',
    severity: shown.length > 0 ? 'critical' : 'warning',
    confidence: shown.length > 0 && held ? 'proven' : 'likely',
    title: `${pods.length} live pods have the address ${address}`,
    summary: `The pods ${pods.map((p) => `${p.name}${p.node === undefined ? '' : ` on ${p.node}`}`).join(' and ')} have the same address ${address}, so each gets packets that are meant for the other.`,
    explanation:
      'The record of given addresses was lost or restored while pods lived on. Answers to one pod reach the other, which knows nothing of the connection.',
    subjects: subjects(address, ...pods.map((p) => p.name), ...pods.map((p) => p.at.name), ...pods.map((p) => p.node)),
    count: pods.length,
    evidence: evidence(
      { role: first.name, at: first.at },
      ...pods.slice(1, 5).map((p) => ({ role: p.name, at: p.at })),
      ...homes.flatMap(({ node, at }): Cite[] =>
        at === undefined ? [] : [{ role: `a pod of ${node} has this address`, at }],
      ),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      {
        command: `kubectl -n ${namespace} delete pod ${name}`,
        why: `Its successor gets a free address, and the other one keeps ${address}. Any of them will do; one behind a service is asked by more clients.`,
        verify: `kubectl get pods -A -o wide | grep -w '${address}'    # one line`,
        rollback: 'none needed: the controller of the pod makes it anew',
      },
    ],
    wants: unseen.map((node) => ({
      what: `whether a pod of ${node} has the address: its neighbour entry, after a ping that renews it`,
      collect: `ping -c 1 ${address}; ip neigh show ${address}; ip route get ${address}    # on ${node}`,
    })),
    explains,
  };
}

/** The line that shows the address at a pod of this node: its route to one cable, or a neighbour that was resolved there. */
function heldOn({ cluster, facts }: Case, node: string | undefined, address: string): Placed | undefined {
  const atPod = (at: Placed, dev: string | undefined): boolean =>
    node !== undefined &&
    cluster.nodeOf(at) === node &&
    dev !== undefined &&
    /^(workload|bridge)$/.test(cluster.device(node, dev));
  return (
    facts.neighbours.find((n) => n.address === address && n.mac !== undefined && atPod(n, n.dev)) ??
    facts.routes.find((r) => r.dst.replace(/\/(?:32|128)$/, '') === address && r.via === undefined && atPod(r, r.dev))
  );
}

/** The last pod that no service is called after; clients of a service are spared. */
function leastAsked({ facts }: Case, pods: readonly LivePod[]): LivePod {
  const serves = ({ at }: LivePod): boolean =>
    facts.endpoints.some(
      (e) =>
        (e.namespace ?? at.namespace) === at.namespace &&
        (e.pod === undefined ? at.name.startsWith(`${e.service}-`) : e.pod === at.name),
    ) || facts.services.some((s) => (s.namespace ?? at.namespace) === at.namespace && at.name.startsWith(`${s.name}-`));
  return pods.findLast((pod) => !serves(pod)) ?? pods.at(-1)!;
}
