import * as cni from '../core/event/cni.js';
import * as kubernetes from '../core/event/kubernetes.js';
import * as logs from '../core/event/log.js';
import * as netfilter from '../core/event/netfilter.js';
import * as network from '../core/event/network.js';
import * as policy from '../core/event/policy.js';
import type { RowOf, Table } from '../core/table.js';
import type { EventStore } from '../store/event-store.js';

/** Where a fact was read. */
export interface Placed {
  readonly source: number;
  readonly line: number;
}

export type Fact<T extends Table> = RowOf<T> & Placed;

/** Most rows of one table that are loaded: configuration is small; what is larger is looked at by SQL. */
const LIMIT = 400_000;

/**
 * Sources that are left out because the table is larger than what is loaded. They are left out whole: half a rule set or a set
 * without some of its members would say things that no node does.
 */
function tooMuch(store: EventStore, table: Table): ReadonlySet<number> {
  const out = new Set<number>();
  let loaded = 0;
  for (const [source, count] of store.rowsBySource(table)) {
    if (loaded + count <= LIMIT) {
      loaded += count;
      continue;
    }
    out.add(source);
    store.note({
      file: store.artifacts[store.sources[source - 1]!.artifact - 1]!.file,
      reason: `in the store, but not modelled: the bundle has more than ${LIMIT} rows of ${table.name}`,
      count,
    });
  }
  return out;
}

async function load<T extends Table>(
  store: EventStore,
  table: T,
  without?: ReadonlySet<number>,
): Promise<readonly Fact<T>[]> {
  const left = without ?? tooMuch(store, table);
  return select(store, table, left.size === 0 ? '' : `WHERE source NOT IN (${[...left].join(', ')})`);
}

/** Things that happened, as far as they are loaded: each stands for itself, and none of them tells by its absence. */
const loadFirst = <T extends Table>(store: EventStore, table: T): Promise<readonly Fact<T>[]> =>
  select(store, table, '', `LIMIT ${LIMIT}`);

async function select<T extends Table>(
  store: EventStore,
  table: T,
  where: string,
  limit = '',
): Promise<readonly Fact<T>[]> {
  if (!store.holds(table)) return [];
  const rows = await store.queryMuch(`SELECT * FROM "${table.name}" ${where} ORDER BY source, line, rowid ${limit}`);
  for (const row of rows) {
    for (const key of Object.keys(row)) if (row[key] === null) (row as Record<string, unknown>)[key] = undefined;
  }
  return rows as unknown as readonly Fact<T>[];
}

/** The configuration that the bundle holds, as plain rows. */
export async function loadFacts(store: EventStore) {
  // A chain without its rules, and a set without its members, would look empty.
  const rules = tooMuch(store, netfilter.nfRule);
  const members = tooMuch(store, netfilter.ipsetMember);
  return {
    links: await load(store, network.link),
    addresses: await load(store, network.interfaceAddress),
    routes: await load(store, network.route),
    policyRules: await load(store, network.rule),
    routeGets: await load(store, network.routeGet),
    sysctls: await load(store, network.sysctl),
    counters: await load(store, network.counter),
    offloads: await load(store, network.offload),
    neighbours: await load(store, network.neighbour),
    fdb: await load(store, network.fdb),
    nodes: await load(store, kubernetes.node),
    nodeAddresses: await load(store, kubernetes.nodeAddress),
    nodeAnnotations: await load(store, kubernetes.nodeAnnotation),
    nodeConditions: await load(store, kubernetes.nodeCondition),
    pods: await load(store, kubernetes.pod),
    services: await load(store, kubernetes.service),
    servicePorts: await load(store, kubernetes.servicePort),
    endpoints: await load(store, kubernetes.endpoint),
    settings: await load(store, kubernetes.setting),
    k8sEvents: await loadFirst(store, kubernetes.k8sEvent),
    objectLabels: await load(store, policy.objectLabels),
    networkPolicies: await load(store, policy.networkPolicy),
    networkPolicyRules: await load(store, policy.policyRule),
    networkPolicyPeers: await load(store, policy.policyPeer),
    leases: await load(store, cni.lease),
    pools: await load(store, cni.ippool),
    ipamBlocks: await load(store, cni.ipamBlock),
    bgpPeers: await load(store, cni.bgpPeer),
    ipsets: await load(store, netfilter.ipset, members),
    ipsetMembers: await load(store, netfilter.ipsetMember, members),
    chains: await load(store, netfilter.nfChain, rules),
    rules: await load(store, netfilter.nfRule, rules),
    ipvs: await load(store, netfilter.ipvs),
    firewalls: await load(store, netfilter.firewall),
    logs: await loadFirst(store, logs.log),
    probes: await loadFirst(store, logs.probe),
  } as const;
}

export type Facts = Awaited<ReturnType<typeof loadFacts>>;
