import type { lease } from '../core/event/cni.js';
import { type Prefix, parsePrefix } from '../core/prefix.js';
import { PrefixIndex } from '../core/prefix-index.js';
import type { Fact, Facts } from './facts.js';

/** A line about a pod subnet that is leased to a node. */
export interface LeasedSubnet {
  readonly prefix: Prefix;
  readonly lease: Fact<typeof lease>;
  /** Its place among the leases of the bundle: later lines replace earlier ones. */
  readonly place: number;
}

interface LeasedSubnets {
  /** In the order of the bundle; a subnet that is none is left out. */
  readonly all: readonly LeasedSubnet[];
  readonly index: PrefixIndex<LeasedSubnet>;
}

const known = new WeakMap<Facts, LeasedSubnets>();

/** The leases by their subnets, read once: a cluster of thousands of nodes has a line for each of them in every node's log. */
export function leasedSubnets(facts: Facts): LeasedSubnets {
  let found = known.get(facts);
  if (found === undefined) {
    const all = facts.leases.flatMap((lease, place): readonly LeasedSubnet[] => {
      const prefix = parsePrefix(lease.subnet.trim());
      return prefix === undefined ? [] : [{ prefix, lease, place }];
    });
    found = { all, index: new PrefixIndex(all) };
    known.set(facts, found);
  }
  return found;
}
