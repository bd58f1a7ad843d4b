import type { Table } from '../core/table.js';
import type { EventStore, SqlRow } from '../store/event-store.js';
import type { PacketKind } from '../store/packet-writer.js';
import type { Cluster } from './cluster.js';
import type { Owner } from './owner.js';
import type { TapView } from './taps.js';

/** What heuristics see: packets by SQL, configuration as a cluster, taps with their meaning. Never raw text. */
export class Scene {
  readonly #taps: ReadonlyMap<number, TapView>;
  readonly #owners = new Map<number, Owner>();

  constructor(
    private readonly store: EventStore,
    readonly cluster: Cluster,
    readonly taps: readonly TapView[],
  ) {
    this.#taps = new Map(taps.map((tap) => [tap.tap, tap]));
  }

  /** Rows of a query over the sealed store. */
  rows(sql: string): Promise<SqlRow[]> {
    return this.store.query(sql);
  }

  /** Runs a statement that makes a table of the database `derived`. */
  async prepare(sql: string): Promise<void> {
    await this.store.query(sql);
  }

  /** How many queries are worth to be asked at the same time. */
  get lanes(): number {
    return this.store.lanes;
  }

  /** True when the bundle has any packet of this kind, or any row of this table. */
  holds(subject: PacketKind | Table): boolean {
    return this.store.holds(subject);
  }

  get packets(): number {
    return this.store.packetCount;
  }

  tap(tap: number): TapView {
    const view = this.#taps.get(tap);
    if (view === undefined) throw new Error(`no tap ${tap}`);
    return view;
  }

  /** Path of the member that a source is in. */
  file(source: number): string {
    return this.store.artifacts[this.store.sources[source - 1]!.artifact - 1]!.file;
  }

  /** Node that a source belongs to. */
  node(source: number): string | undefined {
    return this.store.sources[source - 1]?.node;
  }

  address(id: number): string {
    return this.store.addresses.text(id);
  }

  /** Id of an address; undefined for one that no packet and no line has. */
  addressId(address: string): number | undefined {
    return this.store.addresses.findText(address);
  }

  /** Whose an interned address is. */
  owner(id: number): Owner {
    let owner = this.#owners.get(id);
    if (owner === undefined) {
      owner = this.cluster.owner(this.address(id));
      this.#owners.set(id, owner);
    }
    return owner;
  }

  /** An address with its owner in words: `10.244.3.12 (pod web-1 on node-3)`. */
  describe(id: number): string {
    return this.#inWords(this.address(id), this.owner(id));
  }

  /** The same for an address that no packet has. */
  describeAddress(address: string): string {
    return this.#inWords(address, this.cluster.owner(address));
  }

  #inWords(address: string, owner: Owner): string {
    const on = owner.node === undefined ? '' : ` on ${owner.node}`;
    switch (owner.role) {
      case 'pod':
        return `${address} (pod ${owner.name ?? ''}${on})`.replace('pod )', 'pod)').replace('  ', ' ');
      case 'pod-range':
        return `${address} (pod range${owner.node === undefined ? '' : ` of ${owner.node}`})`;
      case 'service':
        return `${address} (service${owner.name === undefined ? '' : ` ${owner.name}`})`;
      case 'node':
        return `${address} (${owner.node === undefined ? 'a node' : `node ${owner.node}`})`;
      case 'vtep':
        return `${address} (overlay address of ${owner.node ?? 'a node'})`;
      case 'gateway':
        return `${address} (pod bridge of ${owner.node ?? 'a node'})`;
      default:
        return address;
    }
  }
}
