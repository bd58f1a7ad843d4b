import { canonicalAddress, familyOf } from '../../core/address.js';
import { addressesOf, type Ground, walkable } from './ground.js';
import type { Missing } from './missing.js';
import type { Origin } from './step.js';

const nothing = (name: string): Missing => ({
  what: `anything named ${name}`,
  collect: 'kubectl get nodes,pods,services -A -o wide',
});

/** The pod with this name; `namespace/name` when several namespaces have one. Finished pods have no address any more. */
function podNamed(ground: Ground, name: string) {
  const [namespace, pod] = name.includes('/') ? name.split('/', 2) : [undefined, name];
  return ground.cluster.facts.pods.find(
    (p) =>
      p.name === pod &&
      (namespace === undefined || p.namespace === namespace) &&
      p.ip !== undefined &&
      !/^(Succeeded|Failed|Completed|Error|Evicted)$/.test(p.phase ?? ''),
  );
}

/** Where packets of an address, a node or a pod start. */
export function originNamed(ground: Ground, name: string): Origin | Missing {
  const address = canonicalAddress(name);
  if (address !== undefined && familyOf(name) !== undefined) return originAt(ground, address);
  const node = nodeNamed(ground, name);
  if (node !== undefined) return { kind: 'node', node };
  const pod = podNamed(ground, name);
  if (pod?.ip === undefined) return nothing(name);
  if (pod.host_network === true && pod.node !== undefined) return { kind: 'node', node: pod.node };
  return originAt(ground, pod.ip, pod.name);
}

function originAt(ground: Ground, address: string, name?: string): Origin | Missing {
  for (const host of ground.hosts.values()) {
    if (addressesOf(host).some((a) => a.address === address && host.devices.get(a.ifname)?.role !== 'loopback')) {
      const known = ground.cluster.nodeWithAddress(address);
      if (known === undefined || known === host.name) return { kind: 'node', node: host.name, address };
    }
  }
  const owner = ground.cluster.owner(address);
  switch (owner.role) {
    case 'node':
    case 'vtep':
    case 'gateway':
      return owner.node === undefined ? nothing(address) : { kind: 'node', node: owner.node, address };
    case 'pod':
    case 'pod-range':
      return owner.node === undefined
        ? { what: `the node of pod ${address}`, collect: 'kubectl get pods -A -o wide' }
        : { kind: 'pod', node: owner.node, address, name: name ?? (owner.role === 'pod' ? owner.name : undefined) };
    default:
      return { kind: 'outside', address };
  }
}

/** A node by its name. A host that the list of nodes does not have (a jump host) is one only when it can be walked. */
function nodeNamed(ground: Ground, name: string): string | undefined {
  const { nodes } = ground.cluster.facts;
  const listed = nodes.length === 0 || nodes.some((node) => ground.cluster.named(node.name) === name);
  if (listed && (ground.hosts.has(name) || ground.cluster.nodes.has(name))) return name;
  return walkable(ground.hosts.get(name)) ? name : undefined;
}

/** The address that packets to an address, a node, a service or a pod are sent to. */
export function destinationNamed(
  ground: Ground,
  name: string,
): { readonly address: string; readonly says: string } | Missing {
  const address = canonicalAddress(name);
  if (address !== undefined && familyOf(name) !== undefined) {
    const owner = ground.cluster.owner(address);
    return { address, says: owner.name === undefined ? address : `${address} (${owner.role} ${owner.name})` };
  }
  const node = ground.cluster.nodes.get(name);
  if (node !== undefined) {
    const [first] = node.addresses.keys();
    return first === undefined
      ? { what: `an address of ${name}`, collect: 'kubectl get nodes -o wide' }
      : { address: first, says: `${first} (node ${name})` };
  }
  const pod = podNamed(ground, name);
  if (pod?.ip !== undefined) return { address: pod.ip, says: `${pod.ip} (pod ${pod.name})` };
  const [namespace, service] = name.includes('/') ? name.split('/', 2) : [undefined, name];
  const found = ground.cluster.facts.services.find(
    (s) =>
      s.name === service &&
      (namespace === undefined || s.namespace === namespace) &&
      familyOf(s.cluster_ip ?? '') !== undefined,
  );
  return found?.cluster_ip === undefined
    ? nothing(name)
    : { address: found.cluster_ip, says: `${found.cluster_ip} (service ${found.name})` };
}
