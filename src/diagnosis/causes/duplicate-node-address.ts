import { appendTo } from '../../core/append-to.js';
import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import { contains } from '../../core/prefix.js';
import { type Announced, announced } from '../../model/announced.js';
import { interfacesOf, isLive } from '../../model/interfaces.js';
import { restartAgent } from '../agent.js';
import { announceAnew, OWN_ADDRESS } from '../announce-anew.js';
import { answeredTwice } from '../answered-twice.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { failedDad } from '../failed-dad.js';
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
 *
 * A machine that is no node may have a node's address as well: that is told by ARP (`answered-twice.ts`), and for IPv6 by
 * the kernel itself (`failed-dad.ts`).
 */
export const duplicateNodeAddress: Cause = {
  code: 'duplicate-node-address',
  async diagnose(given) {
    const { cluster } = given;
    const holders = new Map<string, Map<string, Announced[]>>();
    for (const a of announced(cluster)) {
      if (a.use === 'outside') continue;
      const nodes = holders.get(a.address) ?? new Map<string, Announced[]>();
      appendTo(nodes, a.node, a);
      holders.set(a.address, nodes);
    }
    const told = [...holders].filter(([, nodes]) => nodes.size > 1);
    const heard = (await answeredTwice(given)).filter(
      (twice) => !told.some(([address]) => address === twice.subjects[0]),
    );
    return found([...told.map(([address, nodes]) => draft(given, address, nodes)), ...heard, ...failedDad(given)]);
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
    remedy: remedies(given, nodes, address),
    explains,
  };
}

/** The node whose address it is may keep it; the others announce their own, or get one. */
function remedies(given: Case, nodes: ReadonlyMap<string, readonly Announced[]>, address: string): readonly Remedy[] {
  const own = (node: string): boolean => interfacesOf(given.cluster, node).list.some((i) => i.address === address);
  const known = (node: string): string | undefined => otherAddress(given, node, address);
  const [keeper] = [...nodes.keys()].sort((a, b) => rank(a) - rank(b));
  function rank(node: string): number {
    return (own(node) ? 0 : 2) + (known(node) === undefined ? 0 : 1);
  }
  return [...nodes]
    .filter(([node]) => node !== keeper)
    .flatMap(([node, says]) => {
      const other = known(node);
      if (other !== undefined || !says.some((s) => s.as === 'InternalIP'))
        return announceAnew(given, says, other ?? OWN_ADDRESS);
      return [anotherAddress(given, node, address)];
    });
}

/** Another address that the node is known by, or one of its uplinks that only this node has. */
function otherAddress({ cluster }: Case, node: string, taken: string): string | undefined {
  const family = taken.includes(':');
  const told = announced(cluster).find(
    (a) => a.node === node && a.as === 'InternalIP' && a.address !== taken && a.address.includes(':') === family,
  );
  const other = interfacesOf(cluster, node).list.find(
    (i) =>
      i.device === 'uplink' &&
      i.address !== taken &&
      i.prefix.family === (family ? 6 : 4) &&
      !i.address.startsWith('fe80') &&
      !cluster.facts.addresses.some((a) => a.address === i.address && cluster.nodeOf(a) !== node),
  );
  return told?.address ?? other?.address;
}

/** Two machines really have it: one of them needs another one. */
function anotherAddress({ hosts, cluster }: Case, node: string, address: string): Remedy {
  const shown = interfacesOf(cluster, node).list.find((i) => i.address === address);
  // The network as some other node on it shows it.
  const neighbour = [...hosts.values()].flatMap((host) =>
    host.addresses[address.includes(':') ? 6 : 4].value
      .filter((own) => own.prefix.length > 0 && contains(own.prefix, address))
      .map((own) => ({ host, own })),
  )[0];
  const router = neighbour?.host.tables
    .get(`${address.includes(':') ? 6 : 4} main`)
    ?.value.find((route) => route.prefix.length === 0)?.hops[0]?.via;
  const length = shown?.prefix.length ?? neighbour?.own.prefix.length ?? 'LENGTH';
  const dev = shown?.ifname ?? 'UPLINK';
  const brd = address.includes(':') ? '' : ' brd +';
  const back = `ip route replace default via ${router ?? 'ROUTER'} dev ${dev}`;
  return {
    command: `ip addr del ${address}/${length} dev ${dev} && ip addr add FREE_ADDRESS/${length}${brd} dev ${dev} && ${back}    # on ${node}, from its console`,
    why: `Two machines answer for ${address}: ip neigh and arping show two MAC addresses. One of them needs another one: FREE_ADDRESS from whoever gives out this network${shown === undefined ? `, UPLINK as ip -4 addr show to ${address} on ${node} names it` : ''}. Write it down where the machine's network is configured (netplan, NetworkManager, DHCP), then restart kubelet and ${restartAgent(cluster, node)}`,
    verify: `arping -c 3 ${address}    # from another node: answers of one MAC address`,
    rollback: `ip addr del FREE_ADDRESS/${length} dev ${dev} && ip addr add ${address}/${length}${brd} dev ${dev} && ${back}    # on ${node}`,
  };
}
