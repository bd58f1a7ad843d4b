import type { firewall, ipvs } from '../../core/event/netfilter.js';
import type { fdb as fdbTable, interfaceAddress, link, neighbour, rule, sysctl } from '../../core/event/network.js';
import type { Prefix } from '../../core/prefix.js';
import type { DeviceRole } from '../device.js';
import type { Fact, Placed } from '../facts.js';
import type { IpSet } from '../netfilter/ipset.js';
import type { Ruleset } from '../netfilter/ruleset.js';
import type { DataPlane } from './data-plane.js';

/**
 * One node's kernel as the bundle shows it: immutable, built once, and read by routing, netfilter, journeys and causes
 * alike. Nothing in it is guessed: what the bundle does not hold is `none` or `part`.
 */
export interface Host {
  readonly name: string;
  readonly devices: ReadonlyMap<string, Device>;
  readonly addresses: Readonly<Record<4 | 6, Shown<readonly HostAddress[]>>>;
  /** Policy rules by priority; the kernel's own default rules when none are in the bundle (`shown` is then `none`). */
  readonly rules: Readonly<Record<4 | 6, Shown<readonly HostRule[]>>>;
  /**
   * Routes by family and table (`4 main`, `6 local`, `4 100`), longest prefix first, then metric. Table local is what the
   * kernel makes of the addresses when no dump shows it.
   */
  readonly tables: ReadonlyMap<string, Shown<readonly HostRoute[]>>;
  readonly neighbours: Shown<readonly Fact<typeof neighbour>[]>;
  readonly fdb: Shown<readonly Fact<typeof fdbTable>[]>;
  /** The newest line of each key. */
  readonly sysctls: ReadonlyMap<string, Fact<typeof sysctl>>;
  /** Sources that show all settings (`sysctl -a`): a device without a line there is newer than they are. */
  readonly wholeSysctls: readonly number[];
  /** Legacy and nft back ends are two rule sets that both apply; empty when no dump is in the bundle. */
  readonly rulesets: readonly Ruleset[];
  /** What carries packets of pods and services past all of this; absent where the kernel's own tables do. */
  readonly dataPlane?: DataPlane | undefined;
  /** Virtual and real servers of IPVS (`ipvsadm -Ln`). */
  readonly ipvs: readonly Fact<typeof ipvs>[];
  /** What ufw and firewalld say of themselves. */
  readonly firewalls: readonly Fact<typeof firewall>[];
  /** IP sets by name; a set that is not in the bundle is not here, and nobody knows its members. */
  readonly ipsets: ReadonlyMap<string, IpSet>;
  /** True for the address of a pod that runs on another node: whatever this host's list of addresses lacks, it is not there. */
  readonly isElsewhere: (address: string) => boolean;
}

/** What the bundle shows of a list: all of it, some of it, nothing. An absence counts only in what is shown whole. */
export interface Shown<T> {
  readonly value: T;
  readonly shown: 'whole' | 'part' | 'none';
  /** Sources that it was read from: where an absence was looked for. */
  readonly sources: readonly number[];
  /** Devices of which everything is shown, although the list is `part` (`… show dev X`). */
  readonly wholeFor?: ReadonlySet<string> | undefined;
  /** Other dumps of the same thing that say something else; `value` is from the last in the bundle. */
  readonly contradictedBy?: readonly number[] | undefined;
}

/** A device, its `link` rows merged. */
export interface Device {
  readonly name: string;
  readonly role: DeviceRole;
  readonly links: readonly Fact<typeof link>[];
  readonly kind?: string | undefined;
  readonly mac?: string | undefined;
  readonly mtu?: number | undefined;
  /** False when the flags are shown and UP is not among them. */
  readonly up?: boolean | undefined;
  /** Flags as printed last; absent when no output shows them. */
  readonly flags?: readonly string[] | undefined;
  readonly master?: string | undefined;
  readonly parent?: string | undefined;
  readonly vxlan?: VxlanSettings | undefined;
  readonly bridgePort?: BridgePort | undefined;
}

/** A device as a port of a bridge (`bridge_slave` of `ip -d link`). */
export interface BridgePort {
  /** forwarding, blocking, disabled, listening, learning. */
  readonly state?: string | undefined;
  readonly hairpin?: boolean | undefined;
  readonly at: Placed;
}

export interface VxlanSettings {
  readonly vni?: number | undefined;
  readonly local?: string | undefined;
  readonly remote?: string | undefined;
  readonly port?: number | undefined;
  readonly dev?: string | undefined;
  readonly learning?: boolean | undefined;
}

export interface HostAddress {
  readonly address: string;
  readonly prefix: Prefix;
  readonly ifname: string;
  readonly at: Fact<typeof interfaceAddress>;
}

export interface HostRule {
  readonly priority: number;
  readonly at: Fact<typeof rule> | undefined;
  readonly family: 4 | 6;
  readonly not: boolean;
  readonly from?: Prefix | undefined;
  readonly to?: Prefix | undefined;
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
  readonly fwmark?: { readonly value: number; readonly mask: number } | undefined;
  /** What else the rule asks for, as words of its line (`ipproto tcp`, `uidrange 0-99`). */
  readonly selectors: readonly RuleSelector[];
  readonly action: 'lookup' | 'blackhole' | 'unreachable' | 'prohibit' | 'goto' | 'nop' | 'unread';
  readonly table?: string | undefined;
  readonly goto?: number | undefined;
  readonly suppressPrefixLength?: number | undefined;
}

/** A selector that is not an address, device or mark: its keyword and value as printed. */
export interface RuleSelector {
  readonly name: string;
  readonly value: string;
}

export interface HostRoute {
  readonly prefix: Prefix;
  readonly table: string;
  readonly type: string;
  readonly metric: number;
  readonly src?: string | undefined;
  /** False where the output has no column for the preferred source (`route -n`). */
  readonly srcShown: boolean;
  /** Who installed it: kernel, bird, static, …; absent when not printed. */
  readonly proto?: string | undefined;
  readonly scope?: string | undefined;
  /** Next hops; more than one for a multipath route. Empty for blackhole, unreachable and prohibit. */
  readonly hops: readonly NextHop[];
  /** Only for packets with this type of service (IPv4) or from this prefix (IPv6); such a route never serves others. */
  readonly only?: { readonly tos: string } | { readonly from: Prefix } | undefined;
  readonly mtu?: number | undefined;
  /** The route as printed; all its lines when multipath; the address's line when it was derived from that. */
  readonly at: readonly [Placed, ...Placed[]];
}

export interface NextHop {
  readonly dev?: string | undefined;
  readonly via?: string | undefined;
  readonly onlink: boolean;
  readonly weight: number;
  /** `dead`: never used. `linkdown` is used unless ignore_routes_with_linkdown is on. */
  readonly state: 'alive' | 'linkdown' | 'dead';
  /** It leaves in a lightweight tunnel (`encap`), or it is a next-hop object that the output does not show. */
  readonly opaque: boolean;
  /** The output shows that there is a gateway but not which (`route` without -n). */
  readonly viaUnknown: boolean;
  readonly at: Placed;
}
