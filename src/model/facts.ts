import * as cni from '../core/event/cni.js';
import * as kubernetes from '../core/event/kubernetes.js';
import * as logs from '../core/event/log.js';
import * as netfilter from '../core/event/netfilter.js';
import * as network from '../core/event/network.js';
import * as policy from '../core/event/policy.js';
import { sideBySide } from '../core/side-by-side.js';
import type { RowOf, Table } from '../core/table.js';
import type { EventStore, SqlRow } from '../store/event-store.js';
import { concernedSources } from './concerned.js';
import { onHostNetwork } from './host-pods.js';
import { bytesOf, fairShare, leftOut, ROOM, type Share, sumOf } from './room.js';

/** Where a fact was read. */
export interface Placed {
  readonly source: number;
  readonly line: number;
}

/**
 * The one of a list that these citations mean. `ip -j` prints a whole table on one line: the very row tells, as long as it was handed
 * on; the line alone where it was written down anew.
 */
export function cited<T>(list: readonly T[], at: (one: T) => readonly Placed[], by: readonly Placed[]): T | undefined {
  return (
    list.find((one) => at(one).some((row) => by.includes(row))) ??
    list.find((one) => at(one).some((row) => by.some((line) => line.source === row.source && line.line === row.line)))
  );
}

export type Fact<T extends Table> = RowOf<T> & Placed;

/** The configuration that the bundle holds, by the name that the model knows it under. */
const CONFIGURATION = {
  links: network.link,
  addresses: network.interfaceAddress,
  routes: network.route,
  policyRules: network.rule,
  routeGets: network.routeGet,
  sysctls: network.sysctl,
  counters: network.counter,
  offloads: network.offload,
  neighbours: network.neighbour,
  fdb: network.fdb,
  nodes: kubernetes.node,
  nodeAddresses: kubernetes.nodeAddress,
  nodeAnnotations: kubernetes.nodeAnnotation,
  nodeConditions: kubernetes.nodeCondition,
  pods: kubernetes.pod,
  services: kubernetes.service,
  servicePorts: kubernetes.servicePort,
  endpoints: kubernetes.endpoint,
  settings: kubernetes.setting,
  objectLabels: policy.objectLabels,
  networkPolicies: policy.networkPolicy,
  networkPolicyRules: policy.policyRule,
  networkPolicyPeers: policy.policyPeer,
  leases: cni.lease,
  pools: cni.ippool,
  ipamBlocks: cni.ipamBlock,
  bgpPeers: cni.bgpPeer,
  ipsets: netfilter.ipset,
  ipsetMembers: netfilter.ipsetMember,
  chains: netfilter.nfChain,
  rules: netfilter.nfRule,
  ipvs: netfilter.ipvs,
  firewalls: netfilter.firewall,
} as const satisfies Readonly<Record<string, Table>>;

/** What is left out together: a chain without its rules, and a set without its members, would look empty. */
const TOGETHER: readonly (readonly Table[])[] = [
  [netfilter.ipset, netfilter.ipsetMember],
  [netfilter.nfChain, netfilter.nfRule],
];

/** Kinds of which the cluster has a list of all. */
const LISTS: ReadonlySet<Table> = new Set([
  kubernetes.node,
  kubernetes.pod,
  kubernetes.service,
  kubernetes.servicePort,
  kubernetes.endpoint,
  policy.objectLabels,
]);

/** Most things of a kind that happened: each stands for itself, and none of them tells by its absence. */
const MOST_EVENTS = 40_000;
const EVENTS = {
  k8sEvents: kubernetes.k8sEvent,
  logs: logs.log,
  probes: logs.probe,
} as const satisfies Readonly<Record<string, Table>>;

/** What nodes are told by. */
const NAMING = [
  'nodes',
  'nodeAddresses',
  'pods',
  'addresses',
] as const satisfies readonly (keyof typeof CONFIGURATION)[];

/** What one source has of tables that are kept or left out together. */
interface Part extends Share {
  readonly tables: readonly Table[];
}

/** Everything that asks for room. `isConcerned`: a source of a node that what is seen is about. */
function partsOf(store: EventStore, isConcerned: (source: number) => boolean): readonly Part[] {
  const apart = Object.values<Table>(CONFIGURATION).filter((table) => !TOGETHER.some((group) => group.includes(table)));
  return [...TOGETHER, ...apart.map((table) => [table])].flatMap((tables): Part[] => {
    const bySource = new Map<number, { rows: number; bytes: number }>();
    for (const table of tables)
      for (const [source, rows] of store.rowsBySource(table)) {
        const known = bySource.get(source) ?? { rows: 0, bytes: 0 };
        bySource.set(source, { rows: known.rows + rows, bytes: known.bytes + bytesOf(table.name, rows) });
      }
    const of = (source: number): Share['of'] =>
      LISTS.has(tables[0]!) ? 'cluster' : isConcerned(source) ? 'concerned' : 'other';
    return [...bySource].map(([source, share]) => ({ tables, source, of: of(source), ...share }));
  });
}

/**
 * Sources that are left out of a table because there is no room. They are left out whole: half a rule set or a set without some
 * of its members would say things that no node does. What is not in their rows may well have been there.
 */
async function withoutRoom(store: EventStore, room: number): Promise<ReadonlyMap<Table, ReadonlySet<number>>> {
  const out = new Map<Table, Set<number>>();
  if (sumOf(partsOf(store, () => false)) <= room) return out;
  const concerned = await concernedBy(store, room);
  const parts = partsOf(store, (source) => concerned.has(source));
  for (const { tables, source, rows } of leftOut(parts, room)) {
    for (const table of tables) out.set(table, (out.get(table) ?? new Set<number>()).add(source));
    store.leaveOut(source);
    store.note({
      file: fileOf(store, source),
      reason: `in the store, but not modelled: the bundle has more configuration than the ${MOST_MB} MB that are kept in memory, analyse fewer nodes at a time (${tables.map(({ name }) => name).join(' and ')})`,
      count: rows,
    });
  }
  return out;
}

/** Sources of nodes that what is seen is about; none where to find out who they are takes more than a half of the room. */
async function concernedBy(store: EventStore, room: number): Promise<ReadonlySet<number>> {
  const naming = new Set<Table>(NAMING.map((name) => CONFIGURATION[name]));
  const needed = partsOf(store, () => false).filter(({ tables }) => naming.has(tables[0]!));
  if (sumOf(needed) > room / 2) return new Set();
  const load = <T extends Table>(table: T): Promise<readonly Fact<T>[]> => select(store, table, '');
  return concernedSources(store, {
    nodes: await load(kubernetes.node),
    nodeAddresses: await load(kubernetes.nodeAddress),
    pods: (await load(kubernetes.pod)).map(onHostNetwork),
    addresses: await load(network.interfaceAddress),
  });
}

const MOST_MB = Math.round(ROOM / 1e6);
const fileOf = (store: EventStore, source: number): string =>
  store.artifacts[store.sources[source - 1]!.artifact - 1]!.file;

/**
 * Rows of a kind of event that are loaded of each source: its last ones, because whether an error was overcome stands behind it.
 * Undefined when there is room for all.
 */
function lastOfEach(store: EventStore, table: Table): number | undefined {
  const rows = store.rowsBySource(table);
  const most = fairShare(
    rows.map(([, count]) => count),
    MOST_EVENTS,
  );
  for (const [source, count] of rows)
    if (most !== undefined && count > most)
      store.note({
        file: fileOf(store, source),
        reason: `in the store, but not modelled: of ${table.name} only the last ${most} rows of a file, the bundle has more than ${MOST_EVENTS}`,
        count: count - most,
      });
  return most;
}

/** Numbered by themselves, for to put whole rows in order the database holds all their text in memory. */
const lastRows = (table: Table, most: number): string => `
  SELECT id FROM (
    SELECT rowid AS id, row_number() OVER (PARTITION BY source ORDER BY line DESC, rowid DESC) AS n FROM "${table.name}")
  WHERE n <= ${most}`;

/** So few rows that to put them in order takes the database longer than it takes us; they come in the order of their rowid. */
const few = (store: EventStore, table: Table): boolean =>
  store.rowsBySource(table).reduce((sum, [, count]) => sum + count, 0) <= 2_000;

const byPlace = (a: SqlRow, b: SqlRow): number =>
  Number(a['source']) - Number(b['source']) || Number(a['line']) - Number(b['line']);

async function select<T extends Table>(store: EventStore, table: T, narrowed: string): Promise<readonly Fact<T>[]> {
  if (!store.holds(table)) return [];
  const all = `SELECT * FROM "${table.name}" ${narrowed}`;
  const rows = few(store, table)
    ? (await store.query(all)).sort(byPlace)
    : await store.queryMuch(`${all} ORDER BY source, line, rowid`);
  for (const row of rows) {
    for (const key of Object.keys(row)) if (row[key] === null) (row as Record<string, unknown>)[key] = undefined;
  }
  return rows as unknown as readonly Fact<T>[];
}

/** The configuration that the bundle holds, as plain rows. `room`: bytes that they may take, with what is made of them. */
export async function loadFacts(store: EventStore, room = ROOM) {
  const ofEvents = Object.values<Table>(EVENTS).map((table) => {
    const rows = store.rowsBySource(table).reduce((sum, [, count]) => sum + count, 0);
    return bytesOf(table.name, Math.min(rows, MOST_EVENTS));
  });
  const without = await withoutRoom(store, room - ofEvents.reduce((sum, bytes) => sum + bytes, 0));
  const load = <T extends Table>(table: T): Promise<readonly Fact<T>[]> => {
    const out = without.get(table);
    return select(store, table, out === undefined ? '' : `WHERE source NOT IN (${[...out].join(', ')})`);
  };
  const loadLast = <T extends Table>(table: T): Promise<readonly Fact<T>[]> => {
    const most = lastOfEach(store, table);
    return select(store, table, most === undefined ? '' : `WHERE rowid IN (${lastRows(table, most)})`);
  };
  const configuration = await loadEach(CONFIGURATION, store.lanes, load);
  const pods = configuration.pods.map(onHostNetwork);
  return { ...configuration, pods, ...(await loadEach(EVENTS, store.lanes, loadLast)) } as const;
}

type Tables = Readonly<Record<string, Table>>;
type Loaded<T extends Tables> = { readonly [K in keyof T]: readonly Fact<T[K]>[] };

async function loadEach<T extends Tables>(
  tables: T,
  lanes: number,
  load: (table: Table) => Promise<readonly Fact<Table>[]>,
): Promise<Loaded<T>> {
  const loaded = await sideBySide(
    Object.entries(tables),
    lanes,
    async ([name, table]) => [name, await load(table)] as const,
  );
  return Object.fromEntries(loaded) as Loaded<T>;
}

export type Facts = Awaited<ReturnType<typeof loadFacts>>;
