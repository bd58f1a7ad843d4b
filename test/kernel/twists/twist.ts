import type { Machine, World } from '../network/world.js';
import { nodesOf } from '../network/world.js';
import type { Random } from '../random.js';

/** One thing that is made odd about a world; says what, or nothing when it does not fit this world. */
export type Twist = (world: World, random: Random) => string | undefined;

/** A machine whose dumps are in the bundle, mostly a node. */
export function someMachine(world: World, random: Random): Machine {
  const router = world.machines.find((machine) => machine.role === 'router' && machine.shown);
  return router !== undefined && random.chance(0.2) ? router : random.pick(nodesOf(world));
}

/** Addresses that packets of this world have. */
export const addressesIn = (world: World): string[] => [
  ...world.machines.flatMap((machine) => [
    ...machine.uplinks.map((uplink) => uplink.address),
    ...machine.pods.map((pod) => pod.address),
    ...(machine.bridge === undefined ? [] : [machine.bridge.address]),
    ...(machine.overlay === undefined ? [] : [machine.overlay.address]),
  ]),
  ...world.services.map((service) => service.address),
];

/** Prefixes that packets of this world match: whole networks, halves of them, single addresses. */
export function somePrefix(world: World, random: Random): string {
  const nets = [
    ...world.wires.map((wire) => `${wire.net}.0`),
    ...world.machines.flatMap((machine) => (machine.podNet === undefined ? [] : [machine.podNet.replace('/24', '')])),
  ];
  return random.weighted(
    [3, () => `${random.pick(addressesIn(world))}/32`],
    [3, () => `${random.pick(nets)}/24`],
    [1, () => `${random.pick(nets)}/${random.pick([25, 27, 28])}`],
    [1, () => (world.podsBy === 'none' ? `${random.pick(nets)}/24` : world.podNetwork)],
  )();
}

/** A next hop on one of the machine's wires: its gateway, a neighbour, or nobody. */
export function someHop(machine: Machine, random: Random): { readonly via: string; readonly dev: string } {
  const { dev, wire, address } = random.pick(machine.uplinks);
  const last = random.weighted([3, 1], [2, 11], [2, 12], [1, 99]);
  const via = `${wire.net}.${last}`;
  return { dev, via: via === address ? `${wire.net}.13` : via };
}
