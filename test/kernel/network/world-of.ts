import type { Random } from '../random.js';
import { BRIDGE_PORT_TWISTS } from '../twists/bridge-ports.js';
import { NEIGHBOUR_TWISTS } from '../twists/neighbours.js';
import { NETFILTER_TWISTS } from '../twists/netfilter.js';
import { ROUTE_TWISTS } from '../twists/routes.js';
import { RULE_TWISTS } from '../twists/rules.js';
import { SYSCTL_TWISTS } from '../twists/sysctls.js';
import { baseline } from './baseline.js';
import { kubeRules } from './kube-rules.js';
import type { World } from './world.js';

const FAMILIES = [
  ROUTE_TWISTS,
  RULE_TWISTS,
  SYSCTL_TWISTS,
  NEIGHBOUR_TWISTS,
  BRIDGE_PORT_TWISTS,
  NETFILTER_TWISTS,
  NETFILTER_TWISTS,
];

/** The world that a seed stands for; some are as they should be, most have up to nine twists. */
export function worldOf(random: Random): World {
  const bare = baseline(random);
  const world = random.chance(0.7) ? kubeRules(bare, random) : bare;
  const count = random.weighted([1, 0], [1, 2], [3, 4], [3, 6], [2, 9]);
  for (let i = 0; i < count; i++) {
    const said = random.pick(random.pick(FAMILIES))(world, random);
    if (said !== undefined) world.twists.push(said);
  }
  return world;
}
