import type { Names } from '../core/finding.js';
import type { Cluster } from './cluster.js';

/** Names of everything that the bundle shows of the cluster, each once, in order. */
export function clusterNames(cluster: Cluster): Names {
  const { facts } = cluster;
  const nodes = new Set<string>([...cluster.nodes.keys(), ...cluster.dumpedNodes]);
  for (const { name, hostname } of facts.nodes) add(nodes, name, hostname);
  for (const { type, address } of facts.nodeAddresses) if (/^Hostname$|DNS$/.test(type)) add(nodes, address);
  for (const { node } of facts.leases) add(nodes, node);
  for (const { node } of facts.ipamBlocks) add(nodes, node);
  const pods = new Set<string>();
  const services = new Set<string>();
  const namespaces = new Set<string>();
  const policies = new Set<string>();
  const others = new Set<string>();
  for (const { name, namespace, node } of facts.pods) {
    add(pods, name);
    add(namespaces, namespace);
    add(nodes, node);
  }
  for (const { name, namespace } of facts.services) {
    add(services, name);
    add(namespaces, namespace);
  }
  for (const { service, namespace, pod, node } of facts.endpoints) {
    add(services, service);
    add(pods, pod);
    add(namespaces, namespace);
    add(nodes, node);
  }
  for (const { object, namespace, node } of facts.k8sEvents) {
    add(namespaces, namespace);
    add(nodes, node);
    const [kind, name] = object.split('/');
    if (/^pods?$/i.test(kind!)) add(pods, name);
    else if (/^nodes?$/i.test(kind!)) add(nodes, name);
  }
  for (const { component, value } of facts.logs) {
    if (component !== 'hubble') continue;
    for (const [, namespace, pod] of (value ?? '').matchAll(/(\S+)\/([^\s/:]+)/g)) {
      add(namespaces, namespace);
      add(pods, pod);
    }
  }
  for (const { component, object } of facts.settings) {
    if (component !== 'network-policy') continue;
    const [namespace, name] = object?.includes('/') === true ? object.split('/') : [undefined, object];
    add(namespaces, namespace);
    add(policies, name);
  }
  for (const { name } of facts.pools) add(others, name);
  const sorted = (names: ReadonlySet<string>): string[] => [...names].sort();
  return {
    nodes: sorted(nodes),
    pods: sorted(pods),
    services: sorted(services),
    namespaces: sorted(namespaces),
    policies: sorted(policies),
    others: sorted(others),
  };
}

function add(names: Set<string>, ...given: readonly (string | undefined)[]): void {
  for (const name of given)
    if (name !== undefined && name !== '' && !/^[\d.:a-f]*[.:][\d.:a-f]*$/i.test(name)) names.add(name);
}
