import { nodesOf } from '../network/world.js';
import { someMachine, type Twist } from './twist.js';

const noHairpin: Twist = (world, random) => {
  const machines = random.chance(0.5) ? nodesOf(world) : [someMachine(world, random)];
  const ports = machines.flatMap((machine) =>
    machine.bridge === undefined ? [] : machine.pods.map((pod) => [machine, pod] as const),
  );
  if (ports.length === 0) return undefined;
  for (const [machine, pod] of ports) machine.afterwards.push(`link set ${pod.hostDev} type bridge_slave hairpin off`);
  return `${ports.map(([, pod]) => pod.name).join(', ')}: no hairpin`;
};

/** A port that is not up yet takes no other state than BR_STATE_DISABLED (net/bridge/br_netlink.c: br_set_port_state). */
const DISABLED = 0;

const notForwarding: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const [pod] = machine.pods;
  if (machine.bridge === undefined || pod === undefined) return undefined;
  const [how, words] = random.pick([
    ['down', 'is down'],
    [`type bridge_slave state ${DISABLED}`, 'is disabled'],
  ] as const);
  machine.afterwards.push(`link set ${pod.hostDev} ${how}`);
  return `${pod.hostDev} of ${machine.name} ${words}`;
};

export const BRIDGE_PORT_TWISTS: readonly Twist[] = [noHairpin, noHairpin, notForwarding];
