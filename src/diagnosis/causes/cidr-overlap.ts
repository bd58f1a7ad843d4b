import type { Cite, FindingDraft } from '../../core/finding.js';
import { contains, covers, formatPrefix, overlaps, parsePrefix } from '../../core/prefix.js';
import { interfacesOf } from '../../model/interfaces.js';
import { nodeAddresses } from '../../model/node-addresses.js';
import { clusterCidrs, cniNetworks } from '../../model/pod-networks.js';
import { aroundBridge, sitesOnBridges } from '../bridge-overlap.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { freeNetwork } from '../free-network.js';
import type { Overlap } from '../overlap.js';
import { sitesInPodNetwork } from '../site-overlap.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * Pod, service or host networks overlap, so that some destinations are taken for others.
 *
 * Physics: service rules come before routing, and in routing the longest prefix wins. A cluster address that is also a
 * host's hides the host; a bridge whose network holds another node's address swallows what is sent to that node.
 *
 * Innocent: a large flannel network that covers the service range too while pods get a part of it; pods inside a wide
 * route of the company; Docker's bridge, the same on every host, as long as no node's address is in it; a longer prefix
 * on an uplink that wins over the bridge; a container that is gone; a network of the site inside the pods' network that no pod failed to reach.
 *
 * Proven: a failing flow has its destination in the overlap. The prefixes alone make it likely. What is on a bridge of
 * containers is likely at most, unless another node reaches it.
 */
export const cidrOverlap: Cause = {
  code: 'cidr-overlap',
  diagnose: (given) =>
    found(
      [
        ...podsAndServices(given),
        ...servicesAndHosts(given),
        ...bridgesAndNodes(given),
        ...sitesInPodNetwork(given),
        ...sitesOnBridges(given),
      ].map((o) => draft(given, o)),
    ),
};

const SERVICE_RANGE = /^(service-cluster-ip-range|service-cidr|serviceSubnet|serviceCIDR)$/i;

function podsAndServices({ cluster, facts }: Case): Overlap[] {
  const services = facts.settings.flatMap((at) =>
    SERVICE_RANGE.test(at.key)
      ? at.value.split(',').flatMap((text) => {
          const prefix = parsePrefix(text.trim());
          return prefix === undefined || prefix.length === 0 ? [] : [{ prefix, text: text.trim(), at }];
        })
      : [],
  );
  const pods = [
    ...clusterCidrs(cluster)
      .filter((c) =>
        facts.settings.some((s) => s.source === c.at.source && s.line === c.at.line && s.component !== 'kube-proxy'),
      )
      .map((c) => ({ ...c, what: 'the cluster network' })),
    ...cniNetworks(cluster)
      .filter((n) => n.kind === 'pool' && !n.disabled)
      .map((n) => ({ prefix: n.prefix, text: n.text, at: n.at, what: `IP pool ${n.name}` })),
    ...facts.nodes.flatMap((node) =>
      (node.pod_cidrs ?? []).flatMap((text) => {
        const prefix = parsePrefix(text);
        return prefix === undefined
          ? []
          : [{ prefix, text, at: node, what: `the podCIDR of ${cluster.named(node.name)}` }];
      }),
    ),
  ];
  const found = new Map<string, Overlap>();
  for (const service of services)
    for (const pod of pods) {
      if (!overlaps(service.prefix, pod.prefix) || found.has(service.text)) continue;
      const shared = covers(service.prefix, pod.prefix) ? pod.prefix : service.prefix;
      found.set(service.text, {
        one: { what: pod.what, text: pod.text, at: pod.at },
        other: { what: 'the service network', text: service.text, at: service.at },
        shared,
        nodes: [],
        effect: 'an address may be given to a pod and to a service, and then the service hides the pod',
      });
    }
  return [...found.values()];
}

/** A service that was given an address that a node has. */
function servicesAndHosts({ cluster, facts }: Case): Overlap[] {
  const nodes = nodeAddresses(cluster);
  return facts.services.flatMap((at): Overlap[] =>
    [at.cluster_ip, ...(at.cluster_ips ?? [])].slice(0, 1).flatMap((ip): Overlap[] => {
      const node = nodes.find((n) => n.address === ip && !/^(kube-ipvs|nodelocaldns)/.test(n.ifname ?? ''));
      const shared = parsePrefix(ip ?? '');
      if (node === undefined || shared === undefined) return [];
      return [
        {
          one: { what: `service ${at.name}`, text: ip!, at },
          other: { what: `${node.node}\u2019s own address`, text: node.address, at: node.at },
          shared,
          nodes: [node.node],
          effect: 'the service rules take what is meant for the node',
        },
      ];
    }),
  );
}

/** A bridge of containers or machines on one node whose network holds another node's address, and no longer prefix wins. */
function bridgesAndNodes(given: Case): Overlap[] {
  const { cluster } = given;
  const found: Overlap[] = [];
  const addresses = nodeAddresses(cluster);
  for (const node of cluster.nodes.keys()) {
    const own = interfacesOf(cluster, node).list;
    for (const bridge of own) {
      if (bridge.device !== 'bridge' || bridge.prefix.length > (bridge.prefix.family === 4 ? 30 : 126)) continue;
      const victim = addresses.find(
        (a) =>
          a.node !== node &&
          contains(bridge.prefix, a.address) &&
          !own.some((i) => i.address === a.address) &&
          !own.some(
            (i) => i.device === 'uplink' && i.prefix.length > bridge.prefix.length && contains(i.prefix, a.address),
          ),
      );
      if (victim === undefined) continue;
      found.push({
        one: { what: `${bridge.ifname} of ${node}`, text: formatPrefix(bridge.prefix), at: bridge.at },
        other: { what: `the address of ${victim.node}`, text: victim.address, at: victim.at },
        shared: bridge.prefix,
        nodes: [node, victim.node],
        effect: `${node} looks for ${victim.node} on its own bridge ${bridge.ifname}`,
        remedy: aroundBridge(given, node, bridge, victim.address),
      });
    }
  }
  return found;
}

function draft(given: Case, overlap: Overlap): CauseDraft {
  const { one, other, shared, nodes, effect, remedy } = overlap;
  const { cluster } = given;
  const explains = (s: FindingDraft): boolean =>
    (SILENCE.has(s.code) || s.code === 'unsnatted-source') &&
    allFlows(s, ({ dst }) => contains(shared, dst) && concerned(dst));
  const concerned = (dst: string): boolean => {
    const { node } = cluster.owner(dst);
    return nodes.length < 2 || node === nodes[1];
  };
  const shown = given.symptoms.filter(explains);
  const bridge = /^(\S+) of /.exec(one.what)?.[1];
  return {
    code: 'cidr-overlap',
    severity: shown.length > 0 || overlap.shown !== undefined ? 'critical' : 'warning',
    confidence: overlap.most ?? (shown.length > 0 ? 'proven' : 'likely'),
    title: `${one.what} (${one.text}) overlaps ${other.what} (${other.text})`,
    summary: `${one.what.replace(/^the /, 'The ')} (${one.text}) overlaps ${other.what} (${other.text}), so ${effect}.`,
    explanation:
      'Service rules are asked before routes, and of two routes the longer prefix wins; the same address therefore means one thing on this node and another elsewhere. Only destinations in the overlap fail.',
    subjects: subjects(one.text, other.text, bridge, ...nodes),
    culprits: bridge === undefined ? [] : nodes.slice(0, 1),
    count: 1,
    evidence: evidence(
      { role: one.what, at: one.at },
      { role: other.what, at: other.at } as Cite,
      ...(overlap.shown ?? []).slice(0, 8),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      ...(remedy === undefined ? [] : [remedy]),
      ...(bridge !== undefined
        ? []
        : [
            {
              command: `# choose another network than ${one.text} or ${other.text}; free here: ${freeNetwork(cluster)}`,
              why: 'Service range and cluster network are fixed when the cluster is made; a Calico pool can be replaced (new pool, disable the old one, recreate the pods).',
              verify: 'kubectl get services -A -o wide; kubectl get pods -A -o wide    # no address twice',
              rollback: 'none: nothing was changed',
            },
          ]),
    ],
    wants: overlap.wants,
    explains,
  };
}
