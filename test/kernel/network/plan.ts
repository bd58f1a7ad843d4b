import type { NamespacePlan } from '../lab.js';
import { devicesOf, type Machine, type Pod, type World } from './world.js';

/** Name of the namespace of a machine or pod. */
export const space = (name: string): string => `ptk-${name}`;

/** A world as namespaces, and the links between them as lines of `ip -batch`. */
export function plan(world: World): { readonly namespaces: NamespacePlan[]; readonly links: string[] } {
  const links: string[] = [];
  const namespaces: NamespacePlan[] = world.wires.map((wire) => ({
    ...EMPTY,
    name: space(wire.name),
    links: wireLinks(world, wire.name),
    sysctls: [['net.bridge.bridge-nf-call-iptables', 0]],
  }));
  for (const machine of world.machines) {
    for (const { dev, wire, mac } of machine.uplinks) {
      links.push(pair(dev, mac, machine.name, `${machine.name.slice(-9)}-${dev.slice(-4)}`, undefined, wire.name));
    }
    for (const pod of machine.pods) {
      links.push(pair(pod.hostDev, pod.hostMac, machine.name, 'eth0', pod.mac, pod.name));
      namespaces.push(podPlan(machine, pod));
    }
    namespaces.push(machinePlan(machine));
  }
  return { namespaces, links };
}

const EMPTY: NamespacePlan = {
  name: '',
  listens: false,
  links: '',
  sysctls: [],
  addresses: '',
  fdb: '',
  ipset: '',
  legacy: '',
  nft: '',
};

const pair = (
  dev: string,
  mac: string,
  at: string,
  peer: string,
  peerMac: string | undefined,
  peerAt: string,
): string =>
  `link add name ${dev} address ${mac} netns ${space(at)} type veth peer name ${peer}` +
  `${peerMac === undefined ? '' : ` address ${peerMac}`} netns ${space(peerAt)}`;

function wireLinks(world: World, wire: string): string {
  const ports = world.machines.flatMap((machine) =>
    machine.uplinks
      .filter((uplink) => uplink.wire.name === wire)
      .map((uplink) => `${machine.name.slice(-9)}-${uplink.dev.slice(-4)}`),
  );
  return lines(
    'link add wire type bridge',
    'link set wire up',
    ...ports.flatMap((port) => [`link set ${port} master wire`, `link set ${port} up`]),
  );
}

/** Asking fails fast, so that an unanswered neighbour does not cost three seconds; errors are not rationed. */
const quick = (devices: readonly string[]): [string, number][] => [
  ['net.ipv4.icmp_ratelimit', 0],
  ['net.ipv4.icmp_msgs_per_sec', 100000],
  ['net.ipv4.icmp_msgs_burst', 10000],
  ...devices.flatMap((dev): [string, number][] => [
    [`net.ipv4.neigh.${dev.replaceAll('.', '/')}.retrans_time_ms`, 10],
    [`net.ipv4.neigh.${dev.replaceAll('.', '/')}.mcast_solicit`, 2],
    [`net.ipv4.neigh.${dev.replaceAll('.', '/')}.proxy_delay`, 0],
    [`net.ipv4.conf.${dev.replaceAll('.', '/')}.accept_redirects`, 0],
  ]),
];

function podPlan(machine: Machine, pod: Pod): NamespacePlan {
  const onBridge = machine.bridge !== undefined;
  const gateway = machine.bridge?.address ?? '169.254.1.1';
  return {
    ...EMPTY,
    name: space(pod.name),
    listens: true,
    sysctls: [['net.ipv4.conf.all.rp_filter', 0], ['net.ipv4.conf.eth0.rp_filter', 0], ...quick(['eth0'])],
    addresses: lines(
      'link set lo up',
      `addr add ${pod.address}/${onBridge ? 24 : 32} dev eth0`,
      'link set eth0 up',
      ...(onBridge ? [] : [`route add ${gateway} dev eth0 scope link`]),
      `route add default via ${gateway} dev eth0`,
      ...(onBridge ? [] : [`neigh replace ${gateway} lladdr ${pod.hostMac} dev eth0 nud permanent`]),
    ),
  };
}

function machinePlan(machine: Machine): NamespacePlan {
  const { bridge, overlay } = machine;
  const devices = devicesOf(machine);
  const routed = bridge === undefined ? machine.pods.map((pod) => pod.hostDev) : [];
  const each = new Map<string, number>(
    devices.map((dev) => [`net.ipv4.conf.${dev.replaceAll('.', '/')}.rp_filter`, 0]),
  );
  for (const dev of routed) each.set(`net.ipv4.conf.${dev}.proxy_arp`, 1);
  // Forwarding first: writing it sets that of every device.
  const ordered = [...machine.sysctls].filter(([key]) => key === 'net.ipv4.ip_forward');
  for (const [key, value] of machine.sysctls) if (key !== 'net.ipv4.ip_forward') each.set(key, value);
  return {
    name: space(machine.name),
    listens: true,
    links: lines(
      ...(bridge === undefined
        ? []
        : [
            `link add ${bridge.dev} address ${bridge.mac} type bridge`,
            ...machine.pods.map((pod) => `link set ${pod.hostDev} master ${bridge.dev}`),
            // As the bridge plugin does, so that a pod reaches itself by a service.
            ...machine.pods.map((pod) => `link set ${pod.hostDev} type bridge_slave hairpin on`),
          ]),
      ...(overlay === undefined
        ? []
        : [
            `link add ${overlay.dev} address ${overlay.mac} type vxlan id ${overlay.vni} dev ${overlay.underlay} ` +
              `local ${overlay.local} dstport ${overlay.port} nolearning`,
          ]),
    ),
    sysctls: [...ordered, ...quick(devices), ...each],
    addresses: lines(
      'link set lo up',
      ...machine.uplinks.map(({ dev, address }) => `addr add ${address}/24 brd + dev ${dev}`),
      ...(bridge === undefined ? [] : [`addr add ${bridge.address}/24 brd + dev ${bridge.dev}`]),
      ...(overlay === undefined ? [] : [`addr add ${overlay.address}/32 dev ${overlay.dev}`]),
      ...devices.map((dev) => `link set ${dev} up`),
      ...machine.addresses.map((line) => `addr add ${line}`),
      ...machine.routes.map((line) => `route add ${line}`),
      ...machine.rules.map((line) => `rule add ${line}`),
      ...machine.neighbours.map((line) => `neigh replace ${line}`),
      ...machine.afterwards,
    ),
    fdb: lines(...machine.fdb.map((line) => `fdb append ${line}`)),
    ipset: lines(...machine.sets),
    legacy: machine.legacy.render(),
    nft: machine.nft.render(),
  };
}

const lines = (...list: readonly string[]): string => list.map((line) => `${line}\n`).join('');
