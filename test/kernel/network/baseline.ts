import type { Random } from '../random.js';
import { Firewall } from './firewall.js';
import { type Machine, nodesOf, type Overlay, type Pod, type Wire, type World } from './world.js';

/** Networks in which every packet would arrive; twists spoil them. */
export function baseline(random: Random): World {
  const podsBy = random.weighted([5, 'bridge' as const], [5, 'routed' as const], [3, 'none' as const]);
  const subnets = random.chance(0.4) ? 2 : 1;
  const between = podsBy === 'none' ? 'nothing' : random.weighted([5, 'vxlan' as const], [4, 'routes' as const]);
  const wires: Wire[] = [];
  for (const name of ['wire-a', 'wire-b', 'wire-c', 'wire-o']) wires.push({ name, net: wireNet(random, name) });
  const [a, b, c, outsideWire] = wires as [Wire, Wire, Wire, Wire];
  const podBase = random.pick(['10.244', '10.42', '172.30', '192.168', '100.64']);
  const machines: Machine[] = [];
  const names = random.pick([
    ['k8s-w-1', 'k8s-w-2', 'k8s-cp-1'],
    ['alpha', 'beta', 'gamma'],
    ['ip-10-0-1-7', 'ip-10-0-1-8', 'ip-10-0-2-9'],
  ]);
  const main = random.pick(['eth0', 'ens3', 'enp1s0', 'lan0']);
  const second = random.chance(0.45) ? random.pick(['eth1', 'ens4', 'storage0']) : undefined;
  const count = random.chance(0.6) ? 2 : 3;
  for (let i = 0; i < count; i++) {
    const wire = subnets === 2 && i === count - 1 ? b : a;
    const node = machine(names[i]!, 'node', random);
    node.uplinks.push(uplink(main, wire, 11 + i));
    if (second !== undefined) node.uplinks.push(uplink(second, c, 11 + i));
    node.routes.push(`default via ${wire.net}.1 dev ${main}`);
    machines.push(node);
  }
  const router = machine('gw', 'router', random);
  router.shown = random.chance(0.5);
  router.uplinks.push(uplink('in0', a, 1), uplink('in1', b, 1), uplink('out0', outsideWire, 1));
  machines.push(router);
  const outside = machine('www', 'outside', random);
  outside.shown = false;
  outside.uplinks.push(uplink('eth0', outsideWire, 9));
  outside.routes.push(`default via ${outsideWire.net}.1 dev eth0`);
  machines.push(outside);
  for (const one of machines) acquaint(one, machines);
  const world: World = { wires, machines, services: [], podNetwork: `${podBase}.0.0/16`, between, podsBy, twists: [] };
  if (podsBy !== 'none') addPods(world, podBase, random);
  return world;
}

/** Hosts that have talked to each other know their neighbours, so that no packet hangs on how ARP is filtered. */
function acquaint(machine: Machine, machines: readonly Machine[]): void {
  for (const { dev, wire } of machine.uplinks) {
    for (const peer of machines) {
      for (const far of peer === machine ? [] : peer.uplinks)
        if (far.wire === wire) machine.neighbours.push(`${far.address} lladdr ${far.mac} dev ${dev} nud stale`);
    }
  }
}

function wireNet(random: Random, wire: string): string {
  if (wire === 'wire-o') return '203.0.113';
  const last = { 'wire-a': 10, 'wire-b': 80, 'wire-c': 150 }[wire]! + random.below(60);
  return random.pick([`10.9.${last}`, `172.20.${last}`, `192.168.${last}`]);
}

const hex = (n: number): string => n.toString(16).padStart(2, '0');

const uplink = (dev: string, wire: Wire, last: number) => ({
  dev,
  wire,
  address: `${wire.net}.${last}`,
  mac: `02:00:${hex(wire.name.charCodeAt(5))}:00:00:${hex(last)}`,
});

function machine(name: string, role: Machine['role'], random: Random): Machine {
  return {
    name,
    role,
    shown: true,
    uplinks: [],
    pods: [],
    addresses: [],
    routes: [],
    rules: [],
    neighbours: [],
    fdb: [],
    afterwards: [],
    sysctls: new Map([
      ['net.ipv4.ip_forward', role === 'outside' ? 0 : 1],
      ['net.ipv4.conf.all.rp_filter', 0],
      ['net.ipv4.conf.default.rp_filter', 0],
    ]),
    sets: [],
    legacy: new Firewall(),
    nft: new Firewall(),
    rulesOf: random.chance(0.5) ? 'legacy' : 'nft',
  };
}

function addPods(world: World, base: string, random: Random): void {
  const nodes = nodesOf(world);
  const flannel = world.podsBy === 'bridge';
  const dev = flannel ? random.pick(['flannel.1', 'vxlan0']) : random.pick(['vxlan.calico', 'vxlan0']);
  const bridgeDev = random.pick(['cni0', 'cbr0', 'br-pods']);
  nodes.forEach((node, i) => {
    const net = `${base}.${i + 1}`;
    node.podNet = `${net}.0/24`;
    const main = node.uplinks[0]!;
    if (flannel) node.bridge = { dev: bridgeDev, address: `${net}.1`, mac: `02:00:b0:00:00:0${i + 1}` };
    for (let p = 0; p < 2; p++) node.pods.push(pod(node.name, net, i, p, flannel));
    if (!flannel) {
      for (const one of node.pods) node.routes.push(`${one.address} dev ${one.hostDev} scope link`);
      if (random.chance(0.7)) node.routes.push(`blackhole ${node.podNet} proto 80`);
    }
    if (world.between === 'vxlan') {
      const port = flannel ? 8472 : 4789;
      node.overlay = {
        dev,
        address: `${net}.0`,
        mac: `02:00:f0:00:00:0${i + 1}`,
        vni: flannel ? 1 : 4096,
        port,
        underlay: main.dev,
        local: main.address,
      };
    }
  });
  for (const node of nodes) {
    for (const peer of nodes) if (peer !== node) connect(world, node, peer);
  }
  // Somebody must route pods for the nodes when they are on different networks.
  if (world.between === 'routes') {
    for (const router of world.machines.filter((m) => m.role === 'router')) {
      for (const node of nodes) router.routes.push(`${node.podNet} via ${node.uplinks[0]!.address}`);
    }
  }
}

function pod(node: string, net: string, i: number, p: number, onBridge: boolean): Pod {
  const id = `${i + 1}${p + 1}`;
  return {
    name: `pod-${node}-${p + 1}`,
    address: `${net}.${p === 0 ? 5 : 17}`,
    hostDev: onBridge ? `veth${id}c0ffee` : `cali${id}0123456789`.slice(0, 15),
    hostMac: onBridge ? `02:00:e0:00:00:${id}` : 'ee:ee:ee:ee:ee:ee',
    mac: `02:00:d0:00:00:${id}`,
  };
}

/** The routes, neighbour and FDB entries with which a node reaches a peer's pods. */
function connect(world: World, node: Machine, peer: Machine): void {
  const there = peer.uplinks[0]!;
  if (world.between === 'routes') {
    const near = there.wire === node.uplinks[0]!.wire;
    if (near) node.routes.push(`${peer.podNet} via ${there.address} dev ${node.uplinks[0]!.dev}`);
    return;
  }
  const own = node.overlay as Overlay;
  const far = peer.overlay as Overlay;
  node.routes.push(`${peer.podNet} via ${far.address} dev ${own.dev} onlink`);
  node.neighbours.push(`${far.address} lladdr ${far.mac} dev ${own.dev} nud permanent`);
  node.fdb.push(`${far.mac} dev ${own.dev} dst ${there.address} self permanent`);
}
