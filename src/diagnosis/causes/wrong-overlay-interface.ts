import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import { contains, formatPrefix } from '../../core/prefix.js';
import { type Announced, announced } from '../../model/announced.js';
import type { Cluster } from '../../model/cluster.js';
import { type InterfaceAddress, interfacesOf } from '../../model/interfaces.js';
import { type Case, type Cause, type CauseDraft, found, quiet, ruledOut } from '../cause.js';
import { crosses } from '../flow-end.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * The CNI selected the wrong interface for the overlay.
 *
 * Physics: flannel takes the interface of the default route, Calico's first-found the first that looks like no bridge. On
 * machines with several cards that may be one that the nodes do not share: the hypervisor's NAT card has one address on
 * every machine, docker0 is 172.17.0.1 everywhere. Tunnels then end nowhere.
 *
 * Innocent: a second card that is there for the overlay (every node announces an address of one network that the others are
 * in as well); an InternalIP of another network that the cloud routes. Choosing another interface than the one with the
 * InternalIP is no fault by itself; it is one if the address is not the node's alone, is a bridge's, or is on a network
 * where no peer is, while the InternalIP's network is shared.
 *
 * Proven: log or annotation, interfaces, and packets to that address lost. Likely without packets. Ruled out: the
 * interface is the one that the node is known by.
 */
export const wrongOverlayInterface: Cause = {
  code: 'wrong-overlay-interface',
  diagnose(given) {
    const all = announced(given.cluster);
    const choices = all.filter((a) => a.use === 'overlay').flatMap((a) => choiceOf(given.cluster, all, a) ?? []);
    const wrong = new Map<string, Choice>();
    for (const choice of choices) {
      const key = `${choice.said.node} ${choice.said.address}`;
      const known = wrong.get(key);
      if (known === undefined || (known.said.ifname === undefined && choice.said.ifname !== undefined))
        wrong.set(key, choice);
    }
    // One draft for the setting that all nodes share.
    if (wrong.size > 0) return found([draft(given, [...wrong.values()], all)]);
    const suspect = given.symptoms.find((s) => s.code === 'vxlan-wrong-outer-dst');
    const said = all.find((a) => a.use === 'overlay' && a.address === suspect?.subjects[0] && a.ifname !== undefined);
    if (said === undefined) return quiet;
    return ruledOut(`the CNI chose ${said.ifname} on ${said.node}, and no other interface is known to be right`, {
      role: said.as,
      at: said.at,
    });
  },
};

interface Choice {
  readonly said: Announced;
  readonly ifname: string | undefined;
  /** The address that the node is known by, and its interface when shown. */
  readonly right: Announced;
  readonly rightOn: InterfaceAddress | undefined;
  readonly why: string;
  readonly chosenOn: InterfaceAddress | undefined;
}

function choiceOf(cluster: Cluster, all: readonly Announced[], said: Announced): Choice | undefined {
  if (/overwrite/.test(said.as)) return undefined;
  const family = said.address.includes(':');
  const right = all.find((a) => a.node === said.node && a.as === 'InternalIP' && a.address.includes(':') === family);
  if (right === undefined || right.address === said.address) return undefined;
  const own = interfacesOf(cluster, said.node).list;
  const chosenOn = own.find((i) => i.address === said.address);
  const rightOn = own.find((i) => i.address === right.address);
  const ifname = said.ifname ?? chosenOn?.ifname;
  if (ifname === undefined || rightOn?.ifname === ifname) return undefined;
  const why = wrongness(cluster, all, said, right, { chosenOn, rightOn, ifname });
  return why === undefined ? undefined : { said, ifname, right, rightOn, chosenOn, why };
}

function wrongness(
  cluster: Cluster,
  all: readonly Announced[],
  said: Announced,
  right: Announced,
  { chosenOn, rightOn, ifname }: Pick<Choice, 'chosenOn' | 'rightOn' | 'ifname'>,
): string | undefined {
  const others = all.filter((a) => a.use === 'overlay' && a.node !== said.node);
  const twin = others.find((a) => a.address === said.address);
  if (twin !== undefined) return `${twin.node} announces the same address`;
  const role = cluster.device(said.node, ifname!);
  if (role === 'bridge') return `${ifname} is a bridge of this machine, the same on others`;
  const elsewhere = cluster.facts.addresses.find((a) => {
    const node = cluster.nodeOf(a);
    return a.address === said.address && node !== undefined && node !== said.node;
  });
  if (elsewhere !== undefined) return `${cluster.nodeOf(elsewhere)} has the same address`;
  // The network of the choice holds no peer, that of the InternalIP does.
  const peers = [...new Set(others.map((a) => a.address))];
  const peersKnown = all.filter((a) => a.as === 'InternalIP' && a.node !== said.node).map((a) => a.address);
  if (chosenOn === undefined || rightOn === undefined || peers.length === 0) return undefined;
  const alone = chosenOn.prefix.length < 31 && ![...peers, ...peersKnown].some((p) => contains(chosenOn.prefix, p));
  const together = peersKnown.some((p) => contains(rightOn.prefix, p)) && !peersKnown.includes(right.address);
  return alone && together ? `no other node is on its network ${formatPrefix(chosenOn.prefix)}` : undefined;
}

function draft(given: Case, choices: readonly Choice[], all: readonly Announced[]): CauseDraft {
  const { cluster } = given;
  const [first] = choices as [Choice];
  const { said, ifname, right, rightOn } = first;
  const nodes = [...new Set(choices.map((c) => c.said.node))];
  const addresses = new Set(choices.map((c) => c.said.address));
  const explains = (s: FindingDraft): boolean => {
    if (s.code === 'vxlan-wrong-outer-dst') return addresses.has(s.subjects[0] ?? '');
    return SILENCE.has(s.code) && allFlows(s, (flow) => nodes.some((node) => crosses(cluster, flow, node)));
  };
  const shown = given.symptoms.filter(explains);
  // Of these nobody shows the interface, but they made the same choice.
  const alike = [
    ...new Set(
      all
        .filter((a) => a.use === 'overlay' && a.address === said.address && !nodes.includes(a.node))
        .filter(({ node }) => all.some((a) => a.node === node && a.as === 'InternalIP' && a.address !== said.address))
        .map(({ node }) => node),
    ),
  ];
  const place = `${right.address}${rightOn === undefined ? '' : ` on ${rightOn.ifname}`}`;
  return {
    code: 'wrong-overlay-interface',
    severity: shown.length > 0 ? 'critical' : 'warning',
    confidence: shown.length > 0 ? 'proven' : 'likely',
    title: `The CNI uses ${ifname} (${said.address}) for the overlay on ${nodes.join(', ')}${alike.length === 0 ? '' : `; ${alike.join(', ')} announces that address as well`}`,
    summary: `The CNI chose ${ifname} with ${said.address} for the overlay on ${nodes.join(' and ')}, but ${first.why}; ${said.node} is known by ${place}.`,
    explanation: `Peers send their envelopes to the address of the interface that was chosen. ${first.why[0]!.toUpperCase()}${first.why.slice(1)}, so they do not arrive. The kubelet and the API server use ${right.address} and work.`,
    subjects: subjects(
      said.address,
      ifname,
      ...nodes,
      right.address,
      rightOn?.ifname,
      ...choices.flatMap((c) => [c.said.address, c.right.address]),
    ),
    culprits: [...nodes, ...alike],
    count: choices.length,
    evidence: evidence(
      { role: `${said.as} of ${said.node}`, at: said.at },
      ...all
        .filter(
          (a) => a.use === 'overlay' && choices.some((c) => c.said.node === a.node && c.said.address === a.address),
        )
        .slice(0, 6)
        .map((a): Cite => ({ role: `${a.as} of ${a.node}`, at: a.at })),
      ...choices
        .slice(0, 4)
        .map((c): Cite => ({ role: `${c.said.node} is known by ${c.right.address}`, at: c.right.at })),
      ...choices
        .slice(0, 3)
        .flatMap((c): Cite[] => [
          ...(c.chosenOn === undefined ? [] : [{ role: `${c.chosenOn.ifname} of ${c.said.node}`, at: c.chosenOn.at }]),
          ...(c.rightOn === undefined ? [] : [{ role: `${c.rightOn.ifname} of ${c.said.node}`, at: c.rightOn.at }]),
        ]),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [remedyFor(given, first, all)],
    explains,
  };
}

function remedyFor({ cluster }: Case, { said, right, rightOn, ifname }: Choice, all: readonly Announced[]): Remedy {
  const internal = all.filter((a) => a.as === 'InternalIP').map((a) => a.address);
  const holding = (name: string): boolean =>
    internal.every((address) => {
      const on = cluster.facts.addresses.filter((a) => a.address === address);
      return on.length > 0 && on.every((a) => a.ifname === name);
    });
  const network = rightOn === undefined ? `${right.address}/24` : formatPrefix(rightOn.prefix);
  const pod = cluster.facts.pods.find((p) => /^(kube-flannel|canal|calico-node)-/.test(p.name));
  const where = `-n ${pod?.namespace ?? 'kube-system'} daemonset ${pod?.name.replace(/-[a-z0-9]{5}$/, '') ?? 'kube-flannel-ds'}`;
  const verify = `kubectl get nodes -o yaml | grep -E 'public-ip|IPv4Address'    # ${right.address} for ${said.node}`;
  if (said.as.startsWith('Calico'))
    return {
      command: `kubectl ${where.replace('daemonset ', 'set env daemonset/')} IP_AUTODETECTION_METHOD=cidr=${network}`,
      why: `Calico then takes the interface on ${network}, where the nodes know each other, instead of ${ifname}.`,
      verify,
      rollback: `kubectl ${where.replace('daemonset ', 'set env daemonset/')} IP_AUTODETECTION_METHOD-`,
    };
  const [variable, value] =
    rightOn !== undefined && holding(rightOn.ifname)
      ? ['FLANNELD_IFACE', rightOn.ifname]
      : ['FLANNELD_IFACE_REGEX', matching(internal, network)];
  const env = `kubectl ${where.replace('daemonset ', 'set env daemonset/')} -c kube-flannel ${variable}`;
  return {
    command: `${env}='${value}'`,
    why: `flannel then announces ${right.address} instead of ${said.address} of ${ifname}: its options are read from the environment as well, those of its command line go first. Where Canal's config map has canal_iface, set it there for good.`,
    verify,
    rollback: `${env}-`,
  };
}

/** Nodes that a pattern names one by one. */
const FEW = 20;

/** A pattern for flannel's --iface-regex, which it also holds against addresses: those of the nodes, or of many their network. */
function matching(addresses: readonly string[], network: string): string {
  const all = [...new Set(addresses)].sort();
  if (all.length <= FEW) return `^(${all.join('|')})$`;
  const [first = '', length = '24'] = network.split('/');
  if (first.includes(':')) return `^${first.split('::')[0]}`;
  const parts = first.split('.').slice(0, Math.max(1, Math.floor(Number(length) / 8)));
  return `^${parts.join('.')}.`;
}
