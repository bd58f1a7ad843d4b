import { familyOf } from '../core/address.js';
import type { Remedy } from '../core/finding.js';
import { contains } from '../core/prefix.js';
import type { Cluster } from '../model/cluster.js';
import { clusterCidrs, cniNetworks } from '../model/pod-networks.js';
import { restartAgent, restartAgents } from './agent.js';
import type { Case } from './cause.js';
import { shownCnis } from './shown-cni.js';

/** What makes pods' packets to the outside leave with their node's address again: by the pool, by flannel's chain, or by a rule of one's own. */
export const masqueradeRemedies = (
  given: Case,
  node: string,
  pod: string,
  pool: string | undefined,
): readonly Remedy[] => [
  ...(pool === undefined ? [] : [natOutgoing(pool, node)]),
  ...(jumpTo(given, node, pod) ?? [masquerade(given, node, wholeNetwork(given, pod), pool)]),
];

const natOutgoing = (pool: string, node: string): Remedy => ({
  command: `calicoctl patch ippool ${pool} --patch '{"spec":{"natOutgoing":true}}'`,
  why: 'Felix then keeps a rule that masquerades what leaves all pools',
  verify: `iptables -t nat -vnL cali-nat-outgoing    # on ${node}: the counter moves; then try again from the pod`,
  rollback: `calicoctl patch ippool ${pool} --patch '{"spec":{"natOutgoing":false}}'`,
});

/** The CNI's chain of nat rules is there, and nothing leads to it (flannel `pkg/trafficmngr/iptables`, `FLANNEL-POSTRTG`). */
function jumpTo({ hosts, cluster }: Case, node: string, pod: string): readonly Remedy[] | undefined {
  const family = familyOf(pod);
  for (const set of hosts.get(node)?.rulesets ?? []) {
    const nat = set.family === family ? set.tables.get('nat') : undefined;
    const chain = nat?.chains.get('FLANNEL-POSTRTG');
    if (nat?.shown !== 'whole' || chain === undefined || chain.rules.length === 0) continue;
    const led = [...nat.chains.values()].some((c) =>
      c.rules.some(({ target }) => target.kind === 'jump' && target.chain === chain.name),
    );
    if (led) continue;
    const tool = `${family === 6 ? 'ip6tables' : 'iptables'}${set.backend === 'legacy' ? '-legacy' : ''}`;
    const rule = `-m comment --comment "flanneld masq" -j ${chain.name}`;
    return [
      {
        command: `${tool} -t nat -A POSTROUTING ${rule}    # on ${node}`,
        why: `flannel's rules are in ${chain.name} and nothing leads there; find out who flushed POSTROUTING. flanneld with --ip-masq puts the jump back itself: if it did not, ${restartAgent(cluster, node)}`,
        verify: `${tool} -t nat -vnL ${chain.name}    # on ${node}: the counters move; then try again from the pod`,
        rollback: `${tool} -t nat -D POSTROUTING ${rule}    # on ${node}`,
      },
    ];
  }
  return undefined;
}

function masquerade({ cluster }: Case, node: string, network: string, pool: string | undefined): Remedy {
  const tool = network.includes(':') ? 'ip6tables' : 'iptables';
  const rule = `-s ${network} ! -d ${network} -j MASQUERADE`;
  return {
    command: `${tool} -t nat -A POSTROUTING ${rule}    # on ${node}`,
    why: `${pool !== undefined ? 'At once, until Felix does it; take it away then' : `At once${lastingBy(cluster)}`}${network === POD_NETWORK ? `. ${POD_NETWORK} is that of all nodes: kubectl cluster-info dump | grep -m1 cluster-cidr` : ''}`,
    verify: `${tool} -t nat -vnL POSTROUTING    # on ${node}: the counter moves; then try again from the pod`,
    rollback: `${tool} -t nat -D POSTROUTING ${rule}    # on ${node}`,
  };
}

/** What keeps such a rule for good, of the CNI that is shown. */
function lastingBy(cluster: Cluster): string {
  const cnis = shownCnis(cluster);
  if (cnis.has('flannel'))
    return `, until the CNI does it: give flanneld --ip-masq (then: ${restartAgents(cluster)}), or the bridge plugin "ipMasq": true`;
  if (cnis.has('calico')) return ', until Felix does it: natOutgoing: true in the IP pool of these pods';
  if (cnis.has('cilium')) return ', until Cilium does it: enable-ipv4-masquerade "true" in config map cilium-config';
  if (cluster.facts.links.some(({ ifname }) => /^antrea-gw\d+$/.test(ifname)))
    return ', until Antrea does it: noSNAT: false in config map antrea-config, then restart its agents';
  return ': by hand it is gone after a restart; the bridge plugin keeps such a rule with "ipMasq": true in /etc/cni/net.d, or the host’s firewall has to';
}

const POD_NETWORK = 'POD_NETWORK';

/** The network of all pods: of one node's subnet alone, packets to other nodes' pods would be translated as well. */
function wholeNetwork({ cluster }: Case, pod: string): string {
  const networks = [...cniNetworks(cluster).filter((n) => !n.disabled), ...clusterCidrs(cluster)];
  return networks.find((n) => contains(n.prefix, pod))?.text ?? POD_NETWORK;
}
