import * as cni from '../core/event/cni.js';
import * as kubernetes from '../core/event/kubernetes.js';
import * as logs from '../core/event/log.js';
import * as netfilter from '../core/event/netfilter.js';
import * as network from '../core/event/network.js';
import type { RowOf, Table } from '../core/table.js';
import type { EventStore } from '../store/event-store.js';

/** Where a fact was read. */
export interface Placed {
  readonly source: number;
  readonly line: number;
}

export type Fact<T extends Table> = RowOf<T> & Placed;

/** Most rows of one table that are loaded: configuration is small; what is larger is looked at by SQL. */
const LIMIT = 200_000;

async function load<T extends Table>(store: EventStore, table: T): Promise<readonly Fact<T>[]> {
  const rows = await store.query(`SELECT * FROM "${table.name}" ORDER BY source, line LIMIT ${LIMIT}`);
  for (const row of rows) {
    for (const key of Object.keys(row)) if (row[key] === null) (row as Record<string, unknown>)[key] = undefined;
  }
  return rows as unknown as readonly Fact<T>[];
}

/** The configuration that the bundle holds, as plain rows. */
export async function loadFacts(store: EventStore) {
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
    k8sEvents: await load(store, kubernetes.k8sEvent),
    leases: await load(store, cni.lease),
    pools: await load(store, cni.ippool),
    ipamBlocks: await load(store, cni.ipamBlock),
    bgpPeers: await load(store, cni.bgpPeer),
    ipsets: await load(store, netfilter.ipset),
    ipsetMembers: await load(store, netfilter.ipsetMember),
    chains: await load(store, netfilter.nfChain),
    rules: await load(store, netfilter.nfRule),
    ipvs: await load(store, netfilter.ipvs),
    firewalls: await load(store, netfilter.firewall),
    logs: await load(store, logs.log),
    probes: await load(store, logs.probe),
  } as const;
}

export type Facts = Awaited<ReturnType<typeof loadFacts>>;
