import type { Cite, FindingDraft } from '../../core/finding.js';
import { type Announced, announced } from '../../model/announced.js';
import { interfacesOf, isLive } from '../../model/interfaces.js';
import { restartAgent } from '../agent.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { crosses } from '../flow-end.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * Two nodes announce the same address.
 *
 * Physics: tunnels, BGP and kubelet connections for both go to one of them; the FDB and neighbour tables of the others
 * hold one entry where two are needed.
 *
 * Innocent: one public address in front of many nodes (ExternalIP); the object of a node that registered again under
 * another name and is not Ready; an address that stands on every machine and that nobody announces (10.0.2.15, docker0).
 *
 * Proven: the announcements of two live nodes, and both nodes' interfaces with that address, or packets that get lost.
 * Likely with the announcements alone; possible when one of the two is not Ready.
 */
export const duplicateNodeAddress: Cause = {
  code: 'duplicate-node-address',
  diagnose(given) {
    const { cluster } = given;
    const holders = new Map<string, Map<string, Announced[]>>();
    for (const a of announced(cluster)) {
      if (a.use === 'outside') continue;
      const nodes = holders.get(a.address) ?? new Map<string, Announced[]>();
      nodes.set(a.node, [...(nodes.get(a.node) ?? []), a]);
      holders.set(a.address, nodes);
    }
    return found([...holders].flatMap(([address, nodes]) => (nodes.size < 2 ? [] : [draft(given, address, nodes)])));
  },
};

function draft(given: Case, address: string, nodes: ReadonlyMap<string, readonly Announced[]>): CauseDraft {
  const { cluster } = given;
  const names = [...nodes.keys()];
  const live = names.filter((n) => isLive(cluster, n));
  const standing = names.flatMap((node) =>
    interfacesOf(cluster, node)
      .list.filter((i) => i.address === address)
      .slice(0, 1)
      .map((i) => ({ node, ...i })),
  );
  const explains = (s: FindingDraft): boolean => {
    if (s.code === 'vxlan-wrong-outer-dst') return s.subjects[0] === address;
    return SILENCE.has(s.code) && allFlows(s, (flow) => names.some((node) => crosses(cluster, flow, node)));
  };
  const shown = live.length < 2 ? [] : given.symptoms.filter(explains);
  const all = [...nodes.values()].flat();
  const [, second] = names;
  return {
    code: 'duplicate-node-address',
    severity: live.length < 2 ? 'info' : shown.length > 0 ? 'critical' : 'warning',
    confidence: live.length < 2 ? 'possible' : standing.length > 1 || shown.length > 0 ? 'proven' : 'likely',
    title: `${listed(names)} announce the same address ${address}`,
    summary:
      `${listed(names)} all announce the address ${address} (${listed([...new Set(all.map((a) => a.as))])}), so what is meant for one of them goes to another.`.replace(
        names.length === 2 ? ' all ' : '\u0000',
        ' both ',
      ),
    explanation:
      'The other nodes keep one neighbour and FDB entry per address. Tunnels and sessions for all of these nodes end at whichever of them was learnt last; the pods of the others are cut off.',
    subjects: subjects(address, ...names, ...standing.map((i) => i.ifname)),
    count: names.length,
    evidence: evidence(
      ...([...nodes].flatMap(([node, list]) =>
        list.slice(0, 2).map((a) => ({ role: `${node}: ${a.as}`, at: a.at })),
      ) as [Cite, ...Cite[]]),
      ...standing.slice(0, 4).map((i): Cite => ({ role: `${i.ifname} of ${i.node}`, at: i.at })),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      {
        command: `echo 'KUBELET_EXTRA_ARGS=--node-ip=${otherAddress(given, second!, address)}' > /etc/default/kubelet && systemctl restart kubelet    # on ${second}; then ${restartAgent(cluster, second!)}`,
        why: `Each node must be known by an address of its own; ${address} can be that of one node only.`,
        verify: `kubectl get nodes -o wide | grep -cw '${address}'    # 1; and bridge fdb on the other nodes`,
        rollback: `rm /etc/default/kubelet && systemctl restart kubelet    # on ${second}`,
      },
    ],
    explains,
  };
}

/** Another address of the node's uplinks that only this node has. */
function otherAddress({ cluster }: Case, node: string, taken: string): string {
  const other = interfacesOf(cluster, node).list.find(
    (i) =>
      i.device === 'uplink' &&
      i.address !== taken &&
      i.prefix.family === (taken.includes(':') ? 6 : 4) &&
      !i.address.startsWith('fe80') &&
      !cluster.facts.addresses.some((a) => a.address === i.address && cluster.nodeOf(a) !== node),
  );
  return other?.address ?? 'OWN_ADDRESS';
}
