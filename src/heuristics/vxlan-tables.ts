import { canonicalAddress } from '../core/address.js';
import type { fdb, neighbour, route } from '../core/event/network.js';
import type { Fact, Placed } from '../model/facts.js';
import { rowsBy } from '../model/rows-by.js';
import type { Scene } from '../model/scene.js';

export type FdbEntry = Fact<typeof fdb>;

/** A route over a VXLAN device with what its next hop comes to: its MAC, and the address that the MAC is sent to. */
export interface Chain {
  readonly host: string;
  /** Node of the host, when known. */
  readonly node: string | undefined;
  readonly route: Fact<typeof route>;
  readonly via: string;
  readonly neighbour: Fact<typeof neighbour>;
  readonly fdb: FdbEntry;
  readonly dst: string;
}

interface Host {
  readonly node: string | undefined;
  readonly routes: Fact<typeof route>[];
  readonly neighbours: Fact<typeof neighbour>[];
  readonly fdb: FdbEntry[];
}

/** Sending addresses of single peers, put there by a program: learnt ones change by themselves and are the translated ones. */
export const programmed = (entry: FdbEntry): boolean =>
  entry.dst !== undefined &&
  entry.mac !== '00:00:00:00:00:00' &&
  Number.parseInt(entry.mac.slice(0, 2), 16) % 2 === 0 &&
  (entry.flags ?? []).some((flag) => flag === 'permanent' || flag === 'static' || flag === 'extern_learn') &&
  !(entry.flags ?? []).some((flag) => flag === 'local' || flag === 'stale' || flag === 'inactive');

/** The one value that all of them have, or undefined. */
const sole = <T>(values: readonly T[]): T | undefined => (new Set(values).size === 1 ? values[0] : undefined);

/** A host has an entry for each peer, and a route: searching all entries for each route would take their square. */
const fdbOf = rowsBy((entry: FdbEntry) => entry.mac);
const neighboursAt = rowsBy((entry: Fact<typeof neighbour>) => entry.address);

/** What each host's own tables say of its VXLAN devices. Files of hosts without a name belong together by their folder. */
export class Tables {
  readonly #hosts = new Map<string, Host>();

  constructor(private readonly scene: Scene) {
    const { facts } = scene.cluster;
    for (const row of facts.fdb) this.#of(row)?.fdb.push(row);
    for (const row of facts.neighbours) this.#of(row)?.neighbours.push(row);
    for (const row of facts.routes) this.#of(row)?.routes.push(row);
  }

  /** Name under which a host's tables are found: its node, else the folder of the file. */
  hostOf(node: string | undefined, source: number): string {
    return node === undefined ? `folder ${this.scene.file(source).replace(/[^/!]*$/, '')}` : `node ${node}`;
  }

  /** All entries for a MAC. */
  entries(host: string, mac: string): readonly FdbEntry[] {
    const known = this.#hosts.get(host);
    return known === undefined ? [] : fdbOf(known.fdb, mac);
  }

  /** The neighbour entry that gives a next hop this MAC. */
  programs(host: string, mac: string, dev: string | undefined): Placed | undefined {
    return this.#hosts
      .get(host)
      ?.neighbours.find((row) => row.mac?.toLowerCase() === mac && (dev === undefined || row.dev === dev));
  }

  /** Every route that can be followed to an address; those of which dumps contradict each other are left out. */
  chains(): Chain[] {
    return [...this.#hosts].flatMap(([name, host]) => {
      const targets = new Map<string, Set<string>>();
      for (const row of host.routes) {
        if (row.table === 'local') continue;
        const target = `${row.type} ${row.via ?? ''} ${row.dev ?? ''}`;
        targets.set(row.dst, (targets.get(row.dst) ?? new Set()).add(target));
      }
      const seen = new Set<string>();
      return host.routes.flatMap((row) => {
        const off = row.flags?.some((flag) => flag !== 'offload' && !/^(rt_)?offload|^nhid/.test(flag)) === true;
        if (row.type !== 'unicast' || row.table !== 'main' || off || row.hop > 0) return [];
        if (targets.get(row.dst)!.size !== 1 || seen.has(row.dst)) return [];
        seen.add(row.dst);
        const chain = this.#follow(name, host, row);
        return chain === undefined ? [] : [chain];
      });
    });
  }

  #follow(name: string, host: Host, row: Fact<typeof route>): Chain | undefined {
    const via = row.via === undefined ? undefined : canonicalAddress(row.via);
    if (via === undefined || row.dev === undefined || this.scene.cluster.device(host.node, row.dev) !== 'overlay')
      return undefined;
    const neighbours = neighboursAt(host.neighbours, via).filter((n) => n.dev === row.dev);
    if (neighbours.some((n) => n.mac === undefined || /^(FAILED|INCOMPLETE|proxy)$/.test(n.state))) return undefined;
    const mac = sole(neighbours.map((n) => n.mac!.toLowerCase()));
    if (mac === undefined) return undefined;
    const entries = fdbOf(host.fdb, mac).filter(
      (e) => (e.dev === undefined || e.dev === row.dev) && e.dst !== undefined,
    );
    const dst = sole(entries.map((e) => e.dst));
    if (dst === undefined || !entries.every(programmed)) return undefined;
    return { host: name, node: host.node, route: row, via, neighbour: neighbours[0]!, fdb: entries[0]!, dst };
  }

  #of(row: Placed): Host | undefined {
    const { cluster } = this.scene;
    const node = cluster.nodeOf(row);
    // A pod's own network namespace.
    if (node === undefined && this.scene.node(row.source) !== undefined) return undefined;
    const key = this.hostOf(node, row.source);
    const host = this.#hosts.get(key) ?? { node, routes: [], neighbours: [], fdb: [] };
    this.#hosts.set(key, host);
    return host;
  }
}
