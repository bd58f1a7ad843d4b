import { canonicalAddress } from '../core/address.js';
import { appendTo } from '../core/append-to.js';
import type { lease } from '../core/event/cni.js';
import type { Fact, Placed } from '../model/facts.js';
import { leasedSubnets } from '../model/leased-subnets.js';
import type { Scene } from '../model/scene.js';
import { elapsed, type Moment, type MomentOf, timesOf } from './vxlan-moment.js';

type Lease = Fact<typeof lease>;

/** The address that leases announce for a pod subnet. */
export interface Standing {
  readonly subnet: string;
  readonly address: string;
  readonly node?: string | undefined;
  readonly vni?: number | undefined;
  readonly at: Placed;
  /** Addresses that the same subnet was leased to before. */
  readonly former: ReadonlyMap<string, Placed>;
  /** Addresses of leases that are printed after the moment asked for. */
  readonly later: ReadonlySet<string>;
  /** True when the lease is known to be older than the moment asked for. */
  readonly before: boolean;
}

interface Change extends Placed {
  readonly address: string | undefined;
  readonly removed: boolean;
  readonly node: string | undefined;
  readonly vni: number | undefined;
  readonly time: Moment | undefined;
}

const leasedTo = ({ public_ip }: Lease): string | undefined =>
  public_ip === undefined ? undefined : canonicalAddress(public_ip);

type Fold = { -readonly [K in keyof Change]: Change[K] } & { former: Map<string, Placed>; unclear: boolean };

/** Back ends that send to the leased address in UDP; an older flannel does not name its own. */
const TUNNELS = new Set<string | undefined>(['vxlan', 'udp', undefined]);
/** Leases of one subnet nearer than this are two nodes' (a starting flanneld lists all), not one node's new address. */
const APART_NS = 10e9;
/** Until a lease is in the forwarding database. */
const SETTLED_NS = 5e9;

/** Subnet leases of flannel's logs, in the order in which they became true. */
export class Leases {
  /** Cilium sends by its own maps; leases that a former CNI left say nothing then. */
  readonly #silent: boolean;
  #times: MomentOf | undefined;

  constructor(private readonly scene: Scene) {
    this.#silent = scene.cluster.facts.links.some((link) => /^cilium_/.test(link.ifname));
  }

  /** The subnet with this address, when leases name exactly one. */
  subnetOf(address: string): string | undefined {
    return this.#rowsFor(address)[0]?.subnet;
  }

  /** The lines about the subnet with this address, in the order of the bundle; none when leases name more than one. */
  #rowsFor(address: string): readonly Lease[] {
    if (this.#silent) return [];
    const rows = [...leasedSubnets(this.scene.cluster.facts).index.holding(address)]
      .map(({ lease }) => lease)
      .filter((lease) => TUNNELS.has(lease.backend) && (leasedTo(lease) !== undefined || lease.action === 'removed'));
    return rows.every(({ subnet }) => subnet === rows[0]!.subnet) ? rows : [];
  }

  /**
   * The newest lease for the subnet with this address, before `moment` when it is given and can be compared. `unclear` when
   * two nodes may hold it, or logs contradict each other and nothing tells which is newer.
   */
  standing(address: string, moment?: Moment): Standing | 'unclear' | undefined {
    const rows = this.#rowsFor(address);
    const subnet = rows[0]?.subnet;
    if (subnet === undefined) return undefined;
    const later = new Set<string>();
    const ends: Fold[] = [];
    for (const changes of this.#changesOf(rows)) {
      const past = changes.filter((change) => {
        const age = elapsed(change.time, moment);
        if (age === undefined || age >= SETTLED_NS) return true;
        if (change.address !== undefined) later.add(change.address);
        return false;
      });
      const end = this.#fold(past);
      if (end !== undefined) ends.push(end);
    }
    const held = ends.flatMap((end) => end.address ?? []);
    if (held.some((a) => held.some((b) => this.#rivals(a, b)))) return 'unclear';
    const last = newest(ends);
    if (last === 'unclear' || last?.address === undefined) return last === 'unclear' ? last : undefined;
    const former = new Map(
      ends.flatMap((end) => [...end.former, ...(end.address ? [[end.address, end] as const] : [])]),
    );
    former.delete(last.address);
    const { source, line, node, vni } = last;
    const before = elapsed(last.time, moment) !== undefined;
    return { subnet, address: last.address, node, vni, at: { source, line }, former, later, before };
  }

  /** What befell a subnet by the lines about it: for each log in the order of its lines. */
  #changesOf(rows: readonly Lease[]): Iterable<readonly Change[]> {
    this.#times ??= timesOf(this.scene.cluster.facts);
    const logs = new Map<string, Change[]>();
    for (const lease of rows) {
      const { source, line, node, vni } = lease;
      const removed = lease.action === 'removed';
      appendTo(logs, this.scene.file(source), {
        source,
        line,
        address: leasedTo(lease),
        removed,
        node,
        vni,
        time: this.#times(lease),
      });
    }
    return logs.values();
  }

  /** What one log ends with. */
  #fold(changes: readonly Change[]): Fold | undefined {
    let state: Fold | undefined;
    for (const change of changes) {
      const former = state?.former ?? new Map<string, Placed>();
      const held = state?.address;
      // What is taken away from a former holder does not concern the new one.
      if (change.removed && held !== undefined && change.address !== undefined && change.address !== held) continue;
      const passed = elapsed(state?.time, change.time);
      const moved = held !== undefined && !change.removed && held !== change.address;
      const unclear =
        state?.unclear === true ||
        (moved &&
          (passed === undefined ||
            passed < APART_NS ||
            former.has(change.address!) ||
            this.#rivals(held, change.address!)));
      if (held !== undefined && (change.removed || moved)) former.set(held, state!);
      const address = change.removed ? undefined : change.address;
      if (address !== undefined && !unclear) former.delete(address);
      state = { ...change, address, former, unclear };
    }
    return state;
  }

  /** True for addresses of two nodes that are both known: then both may hold the subnet. */
  #rivals(a: string, b: string): boolean {
    const [one, other] = [this.scene.cluster.nodeWithAddress(a), this.scene.cluster.nodeWithAddress(b)];
    return one !== undefined && other !== undefined && one !== other;
  }
}

/** The newest of what several logs end with. */
function newest(ends: readonly Fold[]): Fold | 'unclear' | undefined {
  if (ends.some((end) => end.unclear)) return 'unclear';
  let last = ends[0];
  for (const end of ends.slice(1)) {
    const newer = elapsed(last!.time, end.time);
    if (end.address === last!.address) last = newer !== undefined && newer > 0 ? end : last;
    else if (newer === undefined || Math.abs(newer) < APART_NS) return 'unclear';
    else if (newer > 0) last = end;
  }
  return last;
}
