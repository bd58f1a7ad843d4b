import type { Cite } from '../core/finding.js';
import type { Cluster } from '../model/cluster.js';
import type { Placed } from '../model/facts.js';

/**
 * What shows that a node is up: its object is Ready, something was collected on it, or another node has its link-layer address
 * confirmed. Pods that are listed as running there show nothing: the list keeps them for minutes when a node dies.
 */
export function signOfLife(cluster: Cluster, node: string): Cite | undefined {
  const { facts } = cluster;
  const told = facts.nodes.findLast((n) => cluster.named(n.name) === node && n.status !== undefined);
  if (told !== undefined && /^Ready\b/.test(told.status!))
    return { role: `${node} is Ready`, at: condition(cluster, node, /^True$/) ?? told };
  const shown =
    facts.addresses.find((a) => cluster.nodeOf(a) === node) ?? facts.routes.find((r) => cluster.nodeOf(r) === node);
  if (shown !== undefined) return { role: `${node} is up: this was collected on it`, at: shown };
  const own = cluster.nodes.get(node)?.addresses;
  const heard =
    told === undefined && own !== undefined
      ? facts.neighbours.find((n) => own.has(n.address) && /REACHABLE/.test(n.state))
      : undefined;
  return heard === undefined ? undefined : { role: `${node} answers`, at: heard };
}

/** The line that says that a node is not there. */
export function signOfDeath(cluster: Cluster, node: string): Cite | undefined {
  const told = cluster.facts.nodes.findLast((n) => cluster.named(n.name) === node && n.status !== undefined);
  return told !== undefined && /^(NotReady|Unknown)\b/.test(told.status!)
    ? { role: `${node} is ${told.status}`, at: condition(cluster, node, /^(False|Unknown)$/) ?? told }
    : undefined;
}

/** Objects and `kubectl describe` have a line of its own for it; a table tells it in the node's row. */
const condition = (cluster: Cluster, node: string, status: RegExp): Placed | undefined =>
  cluster.facts.nodeConditions.findLast(
    (c) => c.type === 'Ready' && status.test(c.status) && cluster.named(c.node) === node,
  );
