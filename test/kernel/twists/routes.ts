import { nodesOf } from '../network/world.js';
import { addressesIn, someHop, someMachine, somePrefix, type Twist } from './twist.js';

/** A route is gone: to a peer's pods, to a pod, the default. */
const lostRoute: Twist = (world, random) => {
  const machine = someMachine(world, random);
  if (machine.routes.length === 0) return undefined;
  const [route] = machine.routes.splice(random.below(machine.routes.length), 1);
  return `${machine.name} lost the route ${route}`;
};

/** A route of another type takes packets away. */
const refusing: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const type = random.pick(['blackhole', 'unreachable', 'prohibit', 'throw']);
  const metric = random.chance(0.3) ? ` metric ${random.pick([5, 500])}` : '';
  const route = `${type} ${somePrefix(world, random)}${metric}`;
  machine.routes.push(route);
  return `${machine.name} has ${route}`;
};

/** A more specific or preferred route leads elsewhere. */
const detour: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const { via, dev } = someHop(machine, random);
  const metric = random.chance(0.4) ? ` metric ${random.pick([0, 50, 600])}` : '';
  const onlink = random.chance(0.2) ? ' onlink' : '';
  const route = `${somePrefix(world, random)} via ${via} dev ${dev}${metric}${onlink}`;
  machine.routes.push(route);
  return `${machine.name} has ${route}`;
};

/** Everything beyond the own wires is thought to be on the link. */
const onTheLink: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const { dev } = random.pick(machine.uplinks);
  const route = `${somePrefix(world, random)} dev ${dev} scope link`;
  machine.routes.push(route);
  return `${machine.name} has ${route}`;
};

const twoDefaults: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const { via, dev } = someHop(machine, random);
  const route = `default via ${via} dev ${dev} metric ${random.pick([1, 100, 2000])}`;
  machine.routes.push(route);
  return `${machine.name} has ${route}`;
};

const multipath: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const one = someHop(machine, random);
  const two = someHop(machine, random);
  if (one.via === two.via) return undefined;
  const route = `${somePrefix(world, random)} nexthop via ${one.via} dev ${one.dev} weight 1 nexthop via ${two.via} dev ${two.dev} weight 1`;
  machine.routes.push(route);
  return `${machine.name} has ${route}`;
};

/** A host has an address that belongs to another one. */
const takenAddress: Twist = (world, random) => {
  const machine = random.pick(nodesOf(world));
  const address = random.pick(addressesIn(world));
  const { dev } = random.pick(machine.uplinks);
  machine.addresses.push(`${address}/32 dev ${random.chance(0.5) ? 'lo' : dev}`);
  return `${machine.name} has the address ${address}`;
};

/** The source that the host's own packets get. */
const preferredSource: Twist = (world, random) => {
  const machine = random.pick(nodesOf(world));
  const { via, dev } = someHop(machine, random);
  const source = random.pick([
    ...machine.uplinks.map((uplink) => uplink.address),
    machine.bridge?.address ?? machine.uplinks[0]!.address,
  ]);
  const route = `${somePrefix(world, random)} via ${via} dev ${dev} src ${source}`;
  machine.routes.push(route);
  return `${machine.name} has ${route}`;
};

export const ROUTE_TWISTS: readonly Twist[] = [
  lostRoute,
  refusing,
  detour,
  onTheLink,
  twoDefaults,
  multipath,
  takenAddress,
  preferredSource,
];
