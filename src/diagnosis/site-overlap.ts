import { contains, covers, overlaps, type Prefix, parsePrefix } from '../core/prefix.js';
import type { Cluster } from '../model/cluster.js';
import type { Conversation } from '../model/journey/conversations.js';
import { cniNetworks, podSubnets } from '../model/pod-networks.js';
import type { Case } from './cause.js';
import type { Overlap } from './overlap.js';

/**
 * Networks of the site inside flannel's network: nodes reach them by a route of their own, through a router that is no
 * node, and no node's pods have addresses there. flannel excepts its whole network from masquerading (pkg/trafficmngr
 * masqRules: `-s POD_NETWORK -d POD_NETWORK -j RETURN`), so what pods send there keeps a source that nobody there can answer.
 *
 * Only where a pod tried and failed, and its packets leave untranslated by the rules of its node. A route to the pods of a
 * node that the bundle does not name would look the same: every node must be known with its podCIDR.
 */
export function sitesInPodNetwork(given: Case): Overlap[] {
  const { cluster, facts, failed } = given;
  const known = facts.nodes.length > 0 && facts.nodes.every((node) => (node.pod_cidrs ?? []).length > 0);
  if (!known) return [];
  const networks = cniNetworks(cluster).filter((network) => network.kind === 'flannel');
  const found = new Map<string, Overlap>();
  for (const conversation of failed) {
    const { from, to } = conversation.question;
    if (from.kind !== 'pod' || !untranslated(conversation, from.address)) continue;
    const network = networks.find((n) => contains(n.prefix, to));
    const site = network === undefined ? undefined : routeToSite(cluster, from.node, to, network.prefix);
    if (network === undefined || site === undefined) continue;
    const { prefix, route } = site;
    const tool = prefix.family === 6 ? 'ip6tables' : 'iptables';
    found.set(`${from.node} ${route.dst}`, {
      one: { what: 'the pod network', text: network.text, at: network.at },
      other: { what: `a network of the site, which ${from.node} reaches by ${route.via}`, text: route.dst, at: route },
      shared: prefix,
      nodes: [from.node],
      effect: `${from.node} takes it for pods and sends what pods send there untranslated, and its answers have no way back`,
      remedy: {
        command: `${tool} -t nat -I POSTROUTING 1 -s ${network.text} -d ${route.dst} -j MASQUERADE    # on ${from.node} and every other node with pods`,
        why: `What pods send to ${route.dst} then has their node's address, which is answered. For good the cluster needs a pod network without ${route.dst}.`,
        verify: `conntrack -L -d ${to}    # the answers go to the node's address`,
        rollback: `${tool} -t nat -D POSTROUTING -s ${network.text} -d ${route.dst} -j MASQUERADE`,
      },
    });
  }
  return [...found.values()];
}

/** True when the request leaves, by every way that it may take, with the pod's own address as its source. */
function untranslated({ journey }: Conversation, address: string): boolean {
  const left = journey.walks.map(({ request }) => request.steps.find((step) => step.stage === 'postrouting'));
  return left.length > 0 && left.every((step) => step?.packet.src === address);
}

function routeToSite(
  cluster: Cluster,
  node: string,
  to: string,
  network: Prefix,
): { readonly prefix: Prefix; readonly route: Cluster['facts']['routes'][number] } | undefined {
  for (const route of cluster.facts.routes) {
    const prefix = parsePrefix(route.dst);
    if (cluster.nodeOf(route) !== node || prefix === undefined || route.via === undefined) continue;
    const gateway = cluster.owner(route.via).role;
    const toPods = gateway === 'node' || gateway === 'vtep' || cluster.device(node, route.dev ?? '') !== 'uplink';
    if (toPods || !contains(prefix, to) || !covers(network, prefix) || prefix.length <= network.length) continue;
    if (podSubnets(cluster).some((subnet) => overlaps(subnet.prefix, prefix))) continue;
    return { prefix, route };
  }
  return undefined;
}
