import { canonicalAddress } from '../core/address.js';
import { parsePrefix } from '../core/prefix.js';
import type { NodeNames } from './attribution.js';
import type { ClusterNodes } from './cluster-nodes.js';
import type { Facts } from './facts.js';
import type { Owner } from './owner.js';

/** Host ends of the links to pods, as CNIs name them. */
const POD_DEVICE = /^(cali|lxc|azv|eni|gke|veth)/;
/** Phases of pods that have ended. */
const ENDED = /^(Completed|Succeeded|Failed|Evicted|Error)$/;

/** Pods by their addresses: from lists of pods, else from the routes to them, else from endpoints of services. */
export function readPodAddresses(
  facts: Facts,
  names: NodeNames,
  nodes: ClusterNodes,
  nodeOf: (at: { readonly source: number }) => string | undefined,
): ReadonlyMap<string, Owner> {
  const pods = new Map<string, Owner>();
  const named = (node: string | undefined): string | undefined => (node === undefined ? undefined : names.of(node));
  for (const pod of facts.pods) {
    if (pod.host_network === true) continue;
    for (const ip of pod.ips ?? (pod.ip === undefined ? [] : [pod.ip])) {
      const address = canonicalAddress(ip);
      if (address === undefined || nodes.withAddress(address) !== undefined) continue;
      // A finished pod's address may belong to another one by now.
      if (ENDED.test(pod.phase ?? '') && pods.has(address)) continue;
      pods.set(address, { role: 'pod', node: named(pod.node), name: pod.name, at: pod });
    }
  }
  for (const route of facts.routes) {
    const node = nodeOf(route);
    if (node === undefined || route.dev === undefined || !POD_DEVICE.test(route.dev)) continue;
    const prefix = parsePrefix(route.dst);
    if (prefix === undefined || prefix.length !== (prefix.family === 4 ? 32 : 128)) continue;
    const address = route.dst.split('/')[0]!;
    if (!pods.has(address)) pods.set(address, { role: 'pod', node, name: route.dev, at: route });
  }
  for (const endpoint of facts.endpoints) {
    const address = canonicalAddress(endpoint.address);
    if (address === undefined || pods.has(address) || nodes.withAddress(address) !== undefined) continue;
    if (endpoint.pod === undefined && endpoint.node === undefined) continue;
    pods.set(address, {
      role: 'pod',
      node: named(endpoint.node),
      name: endpoint.pod ?? endpoint.service,
      at: endpoint,
    });
  }
  return pods;
}
