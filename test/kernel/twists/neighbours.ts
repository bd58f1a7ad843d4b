import { devicesOf, nodesOf } from '../network/world.js';
import { someMachine, type Twist } from './twist.js';

const NOBODY = '02:66:66:66:66:66';

/** A neighbour entry that leads to another host. (One that leads to nobody may be a cloud's: podtrail trusts it.) */
const wrongMac: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const { dev, wire, address } = random.pick(machine.uplinks);
  const others = world.machines.flatMap((m) => m.uplinks).filter((u) => u.wire === wire && u.address !== address);
  if (others.length === 0) return undefined;
  const entry = `${random.pick(others).address} lladdr ${random.pick(others).mac} dev ${dev} nud permanent`;
  machine.neighbours.push(entry);
  return `${machine.name} has the neighbour ${entry}`;
};

const lostNeighbour: Twist = (world, random) => {
  const machine = random.pick(nodesOf(world));
  const ofTunnel = machine.neighbours.filter((entry) => entry.endsWith('nud permanent'));
  if (ofTunnel.length === 0) return undefined;
  const entry = random.pick(ofTunnel);
  machine.neighbours.splice(machine.neighbours.indexOf(entry), 1);
  return `${machine.name} lost the neighbour ${entry}`;
};

const staleNeighbour: Twist = (world, random) => {
  const machine = random.pick(nodesOf(world));
  const peer = random.pick(nodesOf(world));
  if (machine.overlay === undefined || peer.overlay === undefined || peer === machine) return undefined;
  const entry = `${peer.overlay.address} lladdr ${random.pick([NOBODY, machine.overlay.mac])} dev ${machine.overlay.dev} nud permanent`;
  machine.neighbours.push(entry);
  return `${machine.name} has the stale neighbour ${entry}`;
};

const lostFdb: Twist = (world, random) => {
  const machine = random.pick(nodesOf(world));
  if (machine.fdb.length === 0) return undefined;
  const [entry] = machine.fdb.splice(random.below(machine.fdb.length), 1);
  if (random.chance(0.3)) {
    const all = `00:00:00:00:00:00 ${entry!.slice(18)}`;
    machine.fdb.push(all);
    return `${machine.name} has ${all} instead of ${entry}`;
  }
  return `${machine.name} lost the FDB entry ${entry}`;
};

/** The tunnel's other end is looked for at an address that is another node's, or nobody's. */
const staleFdb: Twist = (world, random) => {
  const machine = random.pick(nodesOf(world));
  if (machine.fdb.length === 0) return undefined;
  const i = random.below(machine.fdb.length);
  const uplink = machine.uplinks[0]!;
  const end = random.pick([
    `${uplink.wire.net}.99`,
    '198.51.100.4',
    ...nodesOf(world).map((n) => n.uplinks[0]!.address),
  ]);
  machine.fdb[i] = machine.fdb[i]!.replace(/dst \S+/, `dst ${end}`);
  return `${machine.name} has the FDB entry ${machine.fdb[i]}`;
};

const otherTunnel: Twist = (world, random) => {
  const machine = random.pick(nodesOf(world));
  const { overlay } = machine;
  if (overlay === undefined) return undefined;
  machine.overlay = random.pick([
    { ...overlay, port: overlay.port === 4789 ? 8472 : 4789 },
    { ...overlay, vni: overlay.vni + 7 },
    { ...overlay, mac: NOBODY },
    { ...overlay, local: machine.uplinks.at(-1)!.address },
  ]);
  return `${machine.name} has another tunnel: ${JSON.stringify(machine.overlay)}`;
};

const downDevice: Twist = (world, random) => {
  const machine = someMachine(world, random);
  // Which port of a bridge is whose, dumps do not tell.
  const ports = machine.bridge === undefined ? [] : machine.pods.map((pod) => pod.hostDev);
  const dev = random.pick(devicesOf(machine).filter((name) => !ports.includes(name)));
  machine.afterwards.push(`link set ${dev} down`);
  return `${machine.name} has ${dev} down`;
};

export const NEIGHBOUR_TWISTS: readonly Twist[] = [
  wrongMac,
  wrongMac,
  lostNeighbour,
  staleNeighbour,
  lostFdb,
  staleFdb,
  otherTunnel,
  downDevice,
];
