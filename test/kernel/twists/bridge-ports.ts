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

/** Numbers of BR_STATE (include/uapi/linux/if_bridge.h). A bridge without STP leaves "blocking" at once. */
const STATES = ['disabled', 'listening', 'learning'] as const;

const notForwarding: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const [pod] = machine.pods;
  if (machine.bridge === undefined || pod === undefined) return undefined;
  const state = random.pick([0, 1, 2] as const);
  machine.afterwards.push(
    random.chance(0.3) ? `link set ${pod.hostDev} down` : `link set ${pod.hostDev} type bridge_slave state ${state}`,
  );
  return `${pod.hostDev} of ${machine.name} is down or ${STATES[state]}`;
};

export const BRIDGE_PORT_TWISTS: readonly Twist[] = [noHairpin, noHairpin, notForwarding];
