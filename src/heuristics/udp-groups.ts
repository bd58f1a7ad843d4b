import type { Scene } from '../model/scene.js';

/** Requests over UDP to one server that one member shows, as far as they are out of order. */
export interface Group {
  readonly source: number;
  readonly dst: number;
  readonly dport: number;
  readonly tap: number;
  readonly place: number;
  readonly clients: readonly number[];
  readonly silent: number;
  readonly total: number;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly places: readonly (readonly [number, number])[];
  /** One number of client, its port and the transaction: what DNAT does not change. Empty where there is no transaction. */
  readonly queries: readonly string[];
  /** The same queries at other taps. */
  readonly copies: readonly Group[];
}

/** Clients of a group that are kept. */
export const MOST_CLIENTS = 20;
/** Places of a group that are kept: the first ones. To list a million takes more memory than the database has. */
export const MOST_PLACES = 18;
/** Queries that are kept: those with the least numbers. Two groups that share some share some of these, whenever their captures began. */
export const MOST_QUERIES = 250;

/** A row with the names of `Group`, in SQL’s way of writing. */
export function toGroup(row: Readonly<Record<string, unknown>>): Group {
  return {
    source: Number(row['source']),
    dst: Number(row['dst']),
    dport: Number(row['dport']),
    tap: Number(row['tap']),
    place: Number(row['place']),
    clients: (row['clients'] as readonly unknown[]).slice(0, MOST_CLIENTS).map(Number),
    silent: Number(row['silent']),
    total: Number(row['total']),
    firstNs: Number(row['first_ns']),
    lastNs: Number(row['last_ns']),
    places: (row['places'] as readonly (readonly unknown[])[])
      .slice(0, MOST_PLACES)
      .map(([tap, place]) => [Number(tap), Number(place)] as const),
    queries: (row['queries'] as readonly unknown[]).slice(0, MOST_QUERIES).map(String),
    copies: [],
  };
}

/** One loss is one finding: of groups that share a query, the one nearest the client, with the others as its copies. */
export function nearest(scene: Scene, groups: readonly Group[]): readonly Group[] {
  const far = (g: Group): number => {
    const { node } = scene.tap(g.tap);
    return node !== undefined && g.clients.some((c) => scene.owner(c).node === node) ? 0 : 1;
  };
  const kept: { near: Group; copies: Group[] }[] = [];
  const byQuery = new Map<string, { near: Group; copies: Group[] }>();
  for (const g of [...groups].sort((a, b) => far(a) - far(b) || a.source - b.source || a.place - b.place)) {
    const known = g.queries.map((q) => byQuery.get(q)).find((k) => k !== undefined);
    const entry = known ?? { near: g, copies: [] };
    if (known === undefined) kept.push(entry);
    else known.copies.push(g);
    for (const q of g.queries) if (!byQuery.has(q)) byQuery.set(q, entry);
  }
  return kept.map(({ near, copies }) => ({ ...near, copies }));
}
