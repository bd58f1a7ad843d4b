import { devicesOf, nodesOf } from '../network/world.js';
import { someHop, someMachine, somePrefix, type Twist } from './twist.js';

const conf = (dev: string, key: string): string => `net.ipv4.conf.${dev.replaceAll('.', '/')}.${key}`;

const reversePath: Twist = (world, random) => {
  const machines = random.chance(0.5) ? nodesOf(world) : [someMachine(world, random)];
  for (const machine of machines) {
    const all = random.pick([0, 0, 1, 2]);
    machine.sysctls.set('net.ipv4.conf.all.rp_filter', all);
    for (const dev of devicesOf(machine)) machine.sysctls.set(conf(dev, 'rp_filter'), random.pick([0, 1, 1, 2]));
    // The way back leaves elsewhere for some.
    if (random.chance(0.6)) {
      const { via, dev } = someHop(machine, random);
      machine.routes.push(`${somePrefix(world, random)} via ${via} dev ${dev}`);
    }
  }
  return `${machines.map((machine) => machine.name).join(', ')}: filtered by reverse path`;
};

const noForwarding: Twist = (world, random) => {
  const machine = someMachine(world, random);
  if (random.chance(0.4)) {
    machine.sysctls.set('net.ipv4.ip_forward', 0);
    if (random.chance(0.4)) machine.sysctls.set(conf(random.pick(devicesOf(machine)), 'forwarding'), 1);
    return `${machine.name} does not forward`;
  }
  const dev = random.pick(devicesOf(machine));
  machine.sysctls.set(conf(dev, 'forwarding'), 0);
  return `${machine.name} does not forward from ${dev}`;
};

const bridgeNetfilter: Twist = (world, random) => {
  const machine = someMachine(world, random);
  if (machine.bridge === undefined) return undefined;
  machine.sysctls.set('net.bridge.bridge-nf-call-iptables', 0);
  return `${machine.name} does not show bridged packets to iptables`;
};

const ownSources: Twist = (world, random) => {
  const machine = someMachine(world, random);
  machine.sysctls.set(conf(random.pick(['all', ...devicesOf(machine)]), 'accept_local'), 1);
  return `${machine.name} accepts its own addresses as sources`;
};

export const SYSCTL_TWISTS: readonly Twist[] = [
  reversePath,
  reversePath,
  reversePath,
  noForwarding,
  noForwarding,
  bridgeNetfilter,
  ownSources,
];
