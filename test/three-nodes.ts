import { at, ipAddr, nodesYaml, podsTable } from './diagnosis/case-of.js';

/** A small healthy cluster of k1, k2 and k3, of which the bundle shows everything; tests take away what they are about. */

/** `iptables-save` of a node that lets everything through. */
const RULES = ['raw', 'mangle', 'nat', 'filter']
  .map((table) => {
    const chains =
      table === 'nat'
        ? ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']
        : ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
    const own =
      table === 'filter' ? ['INPUT', 'FORWARD', 'OUTPUT'] : table === 'raw' ? ['PREROUTING', 'OUTPUT'] : chains;
    return `*${table}\n${own.map((chain) => `:${chain} ACCEPT [0:0]\n`).join('')}COMMIT`;
  })
  .join('\n');

/** A node of three whose routes lead from each to each; `hop` is the node by which it reaches a peer. */
export function node(n: number, hop: (peer: number) => number = (peer) => peer): Record<string, string> {
  const name = `k${n}`;
  const peers = [1, 2, 3].filter((peer) => peer !== n);
  const save = (command: string, output: string): [string, string] => [
    `${name}/${command.replace(/\W+/g, '_')}.txt`,
    at(name, command, output),
  ];
  return Object.fromEntries([
    save(
      'ip addr',
      `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n${ipAddr(['eth0', `10.7.7.1${n}/24`], ['cni0', `10.244.${n}.1/24`])}`,
    ),
    save('ip rule', '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default'),
    save(
      'ip route show table all',
      [
        ...peers.map((peer) => `10.244.${peer}.0/24 via 10.7.7.1${hop(peer)} dev eth0`),
        `10.244.${n}.0/24 dev cni0 proto kernel scope link src 10.244.${n}.1`,
        `10.7.7.0/24 dev eth0 proto kernel scope link src 10.7.7.1${n}`,
        `local 10.7.7.1${n} dev eth0 table local proto kernel scope host src 10.7.7.1${n}`,
        `local 10.244.${n}.1 dev cni0 table local proto kernel scope host src 10.244.${n}.1`,
        'local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1',
      ].join('\n'),
    ),
    save(
      'ip neigh',
      peers.map((peer) => `10.7.7.1${peer} dev eth0 lladdr 52:54:00:00:00:0${peer} REACHABLE`).join('\n'),
    ),
    save('iptables-save', RULES),
    save(
      'sysctl -a',
      ['all', 'default', 'eth0', 'cni0']
        .flatMap((dev) => [
          `net.ipv4.conf.${dev}.forwarding = 1`,
          `net.ipv4.conf.${dev}.rp_filter = 0`,
          `net.ipv4.conf.${dev}.src_valid_mark = 0`,
        ])
        .concat('net.ipv4.ip_forward = 1', 'net.bridge.bridge-nf-call-iptables = 1')
        .join('\n'),
    ),
  ]);
}

export const OBJECTS = {
  'kubectl/nodes.yaml': nodesYaml(
    ...[1, 2, 3].map((n) => ({ name: `k${n}`, ip: `10.7.7.1${n}`, podCidr: `10.244.${n}.0/24` })),
  ),
  'kubectl/pods.txt': podsTable(
    ...[1, 2, 3].map((n): readonly [string, string, string, string] => [
      `shop/web-${n}`,
      'Running',
      `10.244.${n}.5`,
      `k${n}`,
    ]),
  ),
};
export const WHOLE: Record<string, string> = { ...OBJECTS, ...node(1), ...node(2), ...node(3) };
