import { appendTo } from '../../core/append-to.js';
import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import { covers, overlaps } from '../../core/prefix.js';
import {
  type CniNetwork,
  clusterCidrs,
  cniNetworks,
  leavesPods,
  type PodSubnet,
  podSubnets,
  usedSubnets,
  within,
} from '../../model/pod-networks.js';
import { restartAgents } from '../agent.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found, quiet, ruledOut } from '../cause.js';
import { POD_NETWORK, WHERE_POD_NETWORK_STANDS } from '../pod-network.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * The CNI is configured with a network that does not contain the subnets that pods really have.
 *
 * Physics: source translation and forwarding rules are written for the configured network (flannel: `-s NETWORK ! -d
 * 224.0.0.0/4 -j MASQUERADE`; Calico: ipsets of the pools). Pods outside it keep their own source towards nodes and the
 * world, and the receiver's way back is the overlay, or nothing.
 *
 * Innocent: podCIDRs that nobody uses (Calico's own address management, flannel with etcd: the node's pods or lease lie
 * elsewhere); a node whose own configuration is right while an older object says otherwise; a disabled pool that still
 * holds the pods; dual stack (families are compared with their own kind); a CNI that is told not to translate.
 *
 * Proven: both sides in the configuration, and a pod of the wrong side seen untranslated; or flannel's own refusal.
 * Ruled out: the configured network contains every subnet; too much is `ippool-overlaps-node-network`.
 */
export const podCidrMismatch: Cause = {
  code: 'pod-cidr-mismatch',
  diagnose(given) {
    const { cluster } = given;
    const networks = cniNetworks(cluster);
    const outside = [...subnetsOutsideFlannel(given, networks), ...podsOutsidePools(given, networks)];
    const untranslated = given.symptoms.filter((s) => s.code === 'unsnatted-source');
    if (outside.length > 0) return found([draft(given, networks, outside)]);
    const apart = clusterCidrApart(given, networks);
    if (apart !== undefined) return found([draft(given, networks, [apart])]);
    if (untranslated.length === 0) return quiet;
    const [network] = networks;
    const [subnet] = podSubnets(cluster);
    if (network === undefined)
      return cannotTell('kubectl get configmaps -A -o yaml', 'the network that the CNI is configured with');
    if (subnet === undefined)
      return cannotTell('kubectl get nodes -o yaml', 'the pod subnets of the nodes, or the addresses of pods');
    return ruledOut(
      `the CNI's network ${network.text} contains the addresses that pods have`,
      { role: 'the CNI\u2019s network', at: network.at },
      { role: 'what pods have', at: subnet.at },
    );
  },
};

interface Outside {
  readonly subnet: Pick<PodSubnet, 'prefix' | 'text' | 'at'> & { readonly node?: string | undefined };
  readonly networks: readonly CniNetwork[];
}

function subnetsOutsideFlannel({ cluster }: Case, networks: readonly CniNetwork[]): Outside[] {
  const flannel = networks.filter((n) => n.kind === 'flannel');
  return usedSubnets(cluster).flatMap((subnet) => {
    const kin = flannel.filter((n) => n.prefix.family === subnet.prefix.family);
    const own = kin.filter((n) => n.node === subnet.node);
    const asked = own.length > 0 ? own : kin.filter((n) => n.node === undefined);
    if (asked.length === 0 || asked.some((n) => covers(n.prefix, subnet.prefix))) return [];
    return [{ subnet, networks: asked }];
  });
}

/** Pods in no pool of their family, but in their node's podCIDR: host-local gave the address, Calico's rules do not know it. */
function podsOutsidePools({ cluster }: Case, networks: readonly CniNetwork[]): Outside[] {
  const pools = networks.filter((n) => n.kind === 'pool');
  const subnets = podSubnets(cluster);
  const held = new Map<string, PodSubnet[]>();
  for (const subnet of subnets) if (subnet.what === 'podCIDR') appendTo(held, subnet.node, subnet);
  return subnets.flatMap((pod) => {
    const kin = pools.filter((n) => n.prefix.family === pod.prefix.family);
    const holder = held.get(pod.node)?.find((s) => covers(s.prefix, pod.prefix));
    if (pod.what !== 'pod' || kin.length === 0 || holder === undefined) return [];
    return kin.some((n) => covers(n.prefix, pod.prefix)) ? [] : [{ subnet: holder, networks: kin }];
  });
}

/** Without any node's subnet, two networks that have no address in common say enough. */
function clusterCidrApart({ cluster }: Case, networks: readonly CniNetwork[]): Outside | undefined {
  if (podSubnets(cluster).length > 0) return undefined;
  const flannel = networks.filter((n) => n.kind === 'flannel');
  for (const cidr of clusterCidrs(cluster)) {
    const kin = flannel.filter((n) => n.prefix.family === cidr.prefix.family);
    if (kin.length > 0 && !kin.some((n) => overlaps(n.prefix, cidr.prefix))) return { subnet: cidr, networks: kin };
  }
  return undefined;
}

function draft(given: Case, networks: readonly CniNetwork[], outside: readonly Outside[]): CauseDraft {
  const { cluster, facts } = given;
  const wrong = outside.flatMap((o) => o.networks);
  const prefixes = outside.map((o) => o.subnet.prefix);
  const real = clusterCidrs(cluster).find(({ prefix }) => prefixes.some((p) => covers(prefix, p)));
  const explained = (symptom: FindingDraft): boolean => explains(given, prefixes, symptom);
  const shown = given.symptoms.filter(explained);
  const untranslated = shown.filter((s) => s.code === 'unsnatted-source');
  const refusal = facts.logs.find((log) => log.code === 'network-mismatch');
  const nodes = outside.flatMap((o) => o.subnet.node ?? []);
  const texts = [...new Set(wrong.map((n) => n.text))];
  const subnets = [...new Set(outside.map((o) => o.subnet.text))];
  const flows = untranslated.flatMap((s) => s.flows ?? []);
  const sets = facts.ipsetMembers.filter((m) => /ipam-pools$/.test(m.set) && texts.includes(m.member));
  // Where the CNI is told not to translate, the network may be routed by design.
  const masquerades = facts.settings.filter((s) => /^(ipMasq|ip-masq|FLANNEL_IPMASQ)$/.test(s.key));
  const noSnat = masquerades.length > 0 && masquerades.every((s) => s.value === 'false');
  const proven = untranslated.length > 0 || refusal !== undefined;
  const to = [...new Set(flows.map((flow) => flow.dst))];
  const configured: Cite[] = [...wrong, ...networks.filter((n) => texts.includes(n.text))].map((n) => ({
    role: 'the CNI\u2019s network',
    at: n.at,
  }));
  return {
    code: 'pod-cidr-mismatch',
    severity: shown.length > 0 || refusal !== undefined ? 'critical' : noSnat ? 'info' : 'warning',
    confidence: proven ? 'proven' : noSnat ? 'possible' : 'likely',
    title: `The CNI is configured with ${listed(texts)}, but pods have addresses of ${real?.text ?? listed(subnets)}`,
    summary:
      `The CNI's network ${listed(texts)} does not contain the pod subnets that nodes really have (${listed(
        outside.map((o) => (o.subnet.node === undefined ? o.subnet.text : `${o.subnet.text} of ${o.subnet.node}`)),
      )}${real === undefined || subnets.includes(real.text) ? '' : `, out of ${real.text}`})` +
      (to.length === 0
        ? ', so packets of pods to nodes are not translated.'
        : `, so packets of pods such as ${flows[0]!.src} to ${listed(to)} leave with the pod's own address.`),
    explanation:
      'Rules for source translation and forwarding are written for the configured network. A pod outside of it keeps its own address when it talks to nodes or to the world, and the receiver either has no way back or finds it through the overlay, so that its reverse-path filter drops the packet. Pod to pod across nodes goes on working.',
    subjects: subjects(
      ...texts,
      real?.text,
      ...flows.slice(0, 8).map((flow) => flow.src),
      ...to.slice(0, 4),
      ...subnets.slice(0, 8),
      ...sets.map((m) => m.set),
      ...untranslated.flatMap((s) => s.subjects.filter((name) => cluster.nodes.has(name))),
      ...nodes.slice(0, 8),
    ),
    count: new Set(outside.map((o) => o.subnet.text)).size,
    evidence: evidence(
      { role: 'the CNI\u2019s network', at: wrong[0]!.at },
      ...outside.slice(0, 3).map((o): Cite => ({ role: 'a subnet that pods really have', at: o.subnet.at })),
      ...(real === undefined ? [] : [{ role: 'where the subnets come from', at: real.at }]),
      ...(refusal === undefined ? [] : [{ role: 'the CNI refuses it', at: refusal }]),
      ...configured.slice(0, 4),
      ...sets.slice(0, 2).map((m): Cite => ({ role: 'the set that translation is decided by', at: m })),
      ...shownBy(untranslated),
      ...shownBy(shown.filter((s) => s.code !== 'unsnatted-source').slice(0, 3), 1),
    ),
    remedy: remedies(given, wrong, real?.text),
    explains: explained,
  };
}

/** What is lost because a pod's own address left: its packets towards what is no pod, and nothing between pods. */
function explains({ cluster }: Case, prefixes: readonly PodSubnet['prefix'][], symptom: FindingDraft): boolean {
  if (symptom.code !== 'unsnatted-source' && !SILENCE.has(symptom.code)) return false;
  const fromPod = (src: string): boolean =>
    within(prefixes, src) || cluster.facts.pods.some((p) => src.startsWith(p.name) && within(prefixes, p.ip ?? ''));
  return allFlows(symptom, ({ src, dst }) => fromPod(src) && leavesPods(cluster, dst));
}

function remedies({ cluster }: Case, wrong: readonly CniNetwork[], known: string | undefined): Remedy[] {
  const map = wrong.find((n) => n.name?.startsWith('ConfigMap/'));
  const [, namespace, name] = map?.name?.split('/') ?? [];
  const network = (map ?? wrong.find((n) => n.kind === 'flannel'))?.text;
  const pool = wrong.find((n) => n.kind === 'pool');
  const right = known ?? POD_NETWORK;
  // The subnet of one node is not the network of all.
  const find =
    known === undefined
      ? ` The bundle does not tell it: put it in for ${POD_NETWORK} (${WHERE_POD_NETWORK_STANDS}).`
      : '';
  const verify = `iptables -t nat -S POSTROUTING | grep ${right}    # on a node; and from a pod the request that failed`;
  const remedy: Remedy[] = [];
  if (network !== undefined) {
    const where = name === undefined ? '-n NAMESPACE configmap CNI_CONFIG' : `-n ${namespace} configmap ${name}`;
    remedy.push({
      command: `kubectl get ${where} -o yaml | sed 's#${network}#${right}#' | kubectl apply -f - && ${restartAgents(cluster)}`,
      why: `The CNI must know the network that pods really have${known === undefined ? '' : `, ${known}`}. The other way round would mean new addresses for every pod.${find}`,
      verify,
      rollback: `kubectl get ${where} -o yaml | sed 's#${right}#${network}#' | kubectl apply -f - && ${restartAgents(cluster)}`,
    });
  }
  if (pool !== undefined) {
    remedy.push({
      command: `kubectl get ippools.crd.projectcalico.org ${pool.name} -o yaml > ${pool.name}.yaml && sed 's#${pool.text}#${right}#; s#name: ${pool.name}#name: pods#; /uid:/d; /resourceVersion:/d' ${pool.name}.yaml | kubectl apply -f -`,
      why: `Calico decides about translation by its pools; a pool's prefix cannot be changed, so ${known ?? 'the network of the pods'} gets a pool of its own.${find}`,
      verify: `ipset list cali40masq-ipam-pools    # on a node: must list ${right}`,
      rollback: 'kubectl delete ippools.crd.projectcalico.org pods',
    });
  }
  return remedy;
}
