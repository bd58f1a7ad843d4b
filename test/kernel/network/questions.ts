import type { Sent } from '../lab.js';
import type { Random } from '../random.js';
import { space } from './plan.js';
import { nodesOf, type World } from './world.js';

interface Place {
  readonly namespace: string;
  readonly address: string;
}

/** IP lengths of what the lab sends: a SYN with its options, nine bytes of payload, an echo with 24. */
const LENGTHS = { icmp: 52, tcp: 60, udp: 37 } as const;
const PORTS = [53, 80, 443, 8080, 9090];

/** Packets between everything that has an address, services and addresses that nobody has. */
export function questions(world: World, count: number, random: Random): Sent[] {
  const pods = nodesOf(world).flatMap((node) => node.pods.map((pod) => at(pod.name, pod.address)));
  const nodes = nodesOf(world).flatMap((node) => node.uplinks.map((uplink) => at(node.name, uplink.address)));
  const inner = nodesOf(world).flatMap((node) =>
    [node.bridge?.address, node.overlay?.address].flatMap((address) =>
      address === undefined ? [] : [at(node.name, address)],
    ),
  );
  const elsewhere = world.machines
    .filter((machine) => machine.role !== 'node')
    .flatMap((machine) => machine.uplinks.map((uplink) => at(machine.name, uplink.address)));
  const nobody = [
    ...world.wires.slice(0, 3).map((wire) => `${wire.net}.99`),
    ...nodesOf(world).flatMap((node) => (node.podNet === undefined ? [] : [node.podNet.replace('.0/24', '.77')])),
    '198.51.100.7',
  ];
  const services = world.services.flatMap((service) => [
    { address: service.address, port: service.port },
    { address: random.pick(nodes).address, port: service.nodePort },
  ]);
  const hidden = world.machines.filter((machine) => !machine.shown).map((machine) => space(machine.name));
  const sent: Sent[] = [];
  for (let number = 1; number <= count; number++) {
    const from = random.weighted<() => Place>(
      [pods.length > 0 ? 6 : 0, () => random.pick(pods)],
      [3, () => random.pick(nodes)],
      [inner.length > 0 ? 1 : 0, () => random.pick(inner)],
      [1, () => random.pick(elsewhere)],
    )();
    const anywhere = random.weighted<() => { readonly address: string; readonly port?: number }>(
      [pods.length > 0 ? 6 : 0, () => random.pick(pods)],
      [4, () => random.pick(nodes)],
      [inner.length > 0 ? 1 : 0, () => random.pick(inner)],
      [2, () => random.pick(elsewhere)],
      [1, () => ({ address: random.pick(nobody) })],
      [services.length > 0 ? 5 : 0, () => random.pick(services)],
    )();
    // The bundle shows nothing of a way between machines that are not in it, nor of a pod that talks to itself.
    const toNode = hidden.includes(from.namespace) || (pods.includes(from) && anywhere.address === from.address);
    const to: { readonly address: string; readonly port?: number } = toNode ? random.pick(nodes) : anywhere;
    const proto =
      to.port === undefined ? random.pick(['udp', 'tcp', 'icmp'] as const) : random.pick(['udp', 'tcp'] as const);
    sent.push({
      number,
      namespace: from.namespace,
      proto,
      from: from.address,
      to: to.address,
      sport: 40000 + number,
      dport: to.port ?? random.pick(PORTS),
      length: proto === 'udp' && random.chance(0.15) ? random.pick([500, 1450, 1451, 1500]) : LENGTHS[proto],
    });
  }
  return sent;
}

const at = (name: string, address: string): Place => ({ namespace: space(name), address });
