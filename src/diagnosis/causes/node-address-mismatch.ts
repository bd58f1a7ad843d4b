import type { Cite, FindingDraft } from '../../core/finding.js';
import { isPrivate } from '../../core/prefix.js';
import { type Announced, announced } from '../../model/announced.js';
import { type InterfaceAddress, type Interfaces, interfacesOf } from '../../model/interfaces.js';
import type { Missing } from '../../model/journey/missing.js';
import { announceAnew, OWN_ADDRESS } from '../announce-anew.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found, quiet, ruledOut } from '../cause.js';
import { crosses } from '../flow-end.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * The address that the cluster or the CNI announces for a node is on none of its interfaces, or another node has it.
 *
 * Physics: peers send tunnels and BGP to the announced address. After a new DHCP lease, or with a forgotten override, they
 * go to nobody or to another machine. The node itself sends well, so one direction fails.
 *
 * Innocent: translation one to one in front of the node (ExternalIP, --public-ip, public-ip-overwrite: a public address in
 * front of private ones is on no interface by design); listings that show a part of the interfaces; several dumps of
 * different times (an address of any of them counts as the node's); addresses on the loopback device.
 *
 * Proven: announcement, complete `ip addr` of the node, and packets to that address lost, or another node that has it.
 * Without packets likely. Ruled out: the address is the node's own.
 */
export const nodeAddressMismatch: Cause = {
  code: 'node-address-mismatch',
  diagnose(given) {
    const all = announced(given.cluster).filter((a) => a.use !== 'outside');
    const drafts = new Map<string, CauseDraft>();
    for (const a of all) {
      const wrong = judged(given, a);
      const key = `${a.node} ${a.address}`;
      if (wrong !== undefined && !drafts.has(key)) drafts.set(key, draft(given, a, wrong, all));
    }
    if (drafts.size > 0) return found([...drafts.values()]);
    const suspect = given.symptoms.find((s) => s.code === 'vxlan-wrong-outer-dst');
    if (suspect === undefined) return quiet;
    const [outer, peer] = suspect.subjects;
    if (peer === undefined || !given.cluster.nodes.has(peer)) return quiet;
    const own = interfacesOf(given.cluster, peer);
    const held = own.list.find((i) => i.address === outer);
    if (held !== undefined)
      return ruledOut(`${outer} is ${peer}\u2019s own address on ${held.ifname}`, {
        role: 'its interface',
        at: held.at,
      });
    if (own.whole.size > 0) return quiet;
    return cannotTell(`ip addr    # on ${peer}`, `the interfaces of ${peer}`);
  },
};

interface Wrong {
  readonly own: Interfaces;
  /** Another node that has the address. */
  readonly holder: (InterfaceAddress & { readonly node: string }) | undefined;
}

function judged({ cluster }: Case, a: Announced): Wrong | undefined {
  const family = a.address.includes(':') ? 6 : 4;
  const own = interfacesOf(cluster, a.node);
  if (!own.whole.has(family) || own.list.some((i) => i.address === a.address)) return undefined;
  let holder: Wrong['holder'];
  for (const node of cluster.nodes.keys()) {
    const held = node === a.node ? undefined : interfacesOf(cluster, node).list.find((i) => i.address === a.address);
    if (held?.device === 'uplink') holder = { ...held, node };
  }
  const override = /overwrite|external address/.test(a.as);
  const publicOverPrivate =
    !isPrivate(a.address) && !own.list.some((i) => i.device === 'uplink' && i.prefix.family === family && isGlobal(i));
  return holder === undefined && (override || publicOverPrivate) ? undefined : { own, holder };
}

const isGlobal = (i: InterfaceAddress): boolean => !isPrivate(i.address) && !/^(fe80|169\.254\.)/.test(i.address);

function draft(given: Case, a: Announced, { own, holder }: Wrong, all: readonly Announced[]): CauseDraft {
  const { cluster } = given;
  const { node, address } = a;
  const says = all.filter((b) => b.node === node && b.address === address);
  const uplinks = own.list.filter(
    (i) => i.device === 'uplink' && i.prefix.family === (address.includes(':') ? 6 : 4) && !/^fe80/.test(i.address),
  );
  const explains = (s: FindingDraft): boolean => {
    if (s.code === 'vxlan-wrong-outer-dst') return s.subjects[0] === address && s.subjects[1] === node;
    if (!SILENCE.has(s.code)) return false;
    return allFlows(s, (flow) => flow.dst === address || crosses(cluster, flow, node));
  };
  const shown = given.symptoms.filter(explains);
  const right = uplinks.find((i) => all.some((b) => b.node === node && b.address === i.address)) ?? uplinks[0];
  return {
    code: 'node-address-mismatch',
    severity: shown.length > 0 ? 'critical' : 'warning',
    confidence: shown.length > 0 ? 'proven' : 'likely',
    title: `${address} is announced for ${node}, which does not have it`,
    summary: `${address} is announced for ${node} (${listed([...new Set(says.map((b) => b.as))])}), but ${
      holder === undefined ? 'is on none of its interfaces' : `it is ${holder.node}'s, on ${holder.ifname}`
    }${uplinks.length === 0 ? '' : `; ${node} has ${listed(uplinks.map((i) => `${i.address} on ${i.ifname}`))}`}.`,
    explanation:
      'The other nodes send tunnels, routes or sessions for this node to the announced address, where nobody or somebody else listens. What the node sends by itself gets through, so mostly the connections that others open fail.',
    subjects: subjects(address, node, holder?.node, right?.address, right?.ifname),
    count: says.length,
    evidence: evidence(
      { role: `${a.as} of ${node}`, at: a.at },
      ...says.slice(1, 3).map((b): Cite => ({ role: `${b.as} of ${node}`, at: b.at })),
      ...(holder === undefined ? [] : [{ role: `${holder.node} has it`, at: holder.at } as Cite]),
      ...uplinks.slice(0, 3).map((i): Cite => ({ role: `${node} has ${i.address}`, at: i.at })),
      {
        role: `not on ${node}`,
        absent: `${address} on an interface of ${node}`,
        searched: own.sources as unknown as readonly [number, ...number[]],
      },
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: announceAnew(given, says, right?.address ?? OWN_ADDRESS),
    wants: [fromOthers(cluster, node, address)],
    explains,
  };
}

/** What the other nodes send to the address, and whether anybody answers for it on the link. */
function fromOthers(cluster: Case['cluster'], node: string, address: string): Missing {
  const others = [...cluster.nodes.keys()].filter((name) => name !== node).slice(0, 3);
  return {
    what: `a capture on the uplink of another node, taken while a pod of ${node} is tried`,
    collect: `tcpdump -nni any -w $(hostname).pcap 'host ${address}'    # on ${others.length === 0 ? 'another node' : others.join(' or ')}`,
  };
}
