import { describe, expect, it } from 'vitest';
import { ownSubnets } from '../../src/model/own-subnets.js';
import { analyzed, serious } from '../bundle-folder.js';
import { clusterOf } from '../host-folder.js';

const LINKS = (
  uplink: string,
  rest: string,
): string => `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether 00:0c:29:11:22:${uplink.split('.')[3]!.padStart(2, '0')} brd ff:ff:ff:ff:ff:ff
    inet ${uplink}/24 brd ${uplink.replace(/\d+$/, '255')} scope global eth0
       valid_lft forever preferred_lft forever
${rest}`;
const BRIDGE = (
  name: string,
  address: string,
): string => `5: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 5a:11:22:33:44:55 brd ff:ff:ff:ff:ff:ff
    inet ${address} scope global ${name}
       valid_lft forever preferred_lft forever
`;

/** Node `n` of a network of flannel's host-gw: routes to the pods of `peers`. */
function node(lan: string, pods: string, n: number, peers: readonly number[], bridge = 'cni0'): [string, string] {
  const own = `${lan}.${10 + n}`;
  return [
    LINKS(own, BRIDGE(bridge, `${pods}.${n}.1/24`)),
    `default via ${lan}.1 dev eth0
${peers.map((p) => `${pods}.${p}.0/24 via ${lan}.${10 + p} dev eth0\n`).join('')}${pods}.${n}.0/24 dev ${bridge} proto kernel scope link src ${pods}.${n}.1
${lan}.0/24 dev eth0 proto kernel scope link src ${own}
`,
  ];
}
const bundle = (nodes: Readonly<Record<string, readonly [string, string]>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(nodes).flatMap(([name, [addr, route]]) => [
      [`${name}/ip_addr.txt`, addr],
      [`${name}/ip_route.txt`, route],
    ]),
  );
const causes = async (files: Record<string, string>): Promise<readonly string[]> =>
  serious(await analyzed(files)).map((f) => f.code);

describe('subnets that nodes show by themselves', () => {
  const one = node('10.7.7', '10.244', 1, [2, 3]);
  const two = node('10.7.7', '10.244', 2, [1, 3]);

  it('are walked without any list of nodes or pods: a route that one node lacks is told', async () => {
    const report = await analyzed(
      bundle({ alpha: one, beta: node('10.7.7', '10.244', 2, [1]), gamma: node('10.7.7', '10.244', 3, [1, 2]) }),
    );
    expect(report.verdict).toMatchObject({ state: 'diagnosed', cause: 'missing-pod-route', confidence: 'likely' });
    expect(report.verdict.subjects).toEqual(expect.arrayContaining(['beta', '10.244.3.0/24']));
  });

  it('read as well from JSON, where a whole table stands on one line: what discards the rest of the network is not to blame', async () => {
    const json = (routes: readonly object[]): string =>
      JSON.stringify(routes.map((r) => ({ type: 'unicast', ...r, flags: [] })));
    const files = bundle({ alpha: one, beta: two });
    const onLink = { dst: '10.7.7.0/24', dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: '10.7.7.12' };
    const own = { dst: '10.244.2.0/24', dev: 'cni0', protocol: 'kernel', scope: 'link', prefsrc: '10.244.2.1' };
    const others = { dst: '10.244.3.0/24', gateway: '10.7.7.13', dev: 'eth0' };
    delete files['beta/ip_route.txt'];
    files['beta/collect/ip_4_route.json'] = json([
      { dst: 'default', gateway: '10.7.7.1', dev: 'eth0' },
      { type: 'blackhole', dst: '10.244.0.0/16' },
      others,
      own,
      onLink,
    ]);
    const { verdict } = await analyzed(files);
    expect(verdict).toMatchObject({ cause: 'missing-pod-route', confidence: 'likely' });
    expect(verdict.subjects).toEqual(expect.arrayContaining(['beta', '10.244.1.0/24']));
  });

  it('are of one cluster by the route of either, where there are two nodes', async () => {
    const report = await analyzed(bundle({ alpha: node('10.7.7', '10.244', 1, []), beta: two }));
    expect(report.verdict).toMatchObject({ cause: 'missing-pod-route' });
    expect(report.verdict.subjects).toEqual(expect.arrayContaining(['alpha', '10.244.2.0/24']));
  });

  it('say nothing where all is well', async () => {
    expect(await causes(bundle({ alpha: one, beta: two, gamma: node('10.7.7', '10.244', 3, [1, 2]) }))).toEqual([]);
  });

  it('are not expected to know each other across two clusters in one bundle', async () => {
    const files = bundle({
      alpha: node('10.7.7', '10.244', 1, [2]),
      beta: node('10.7.7', '10.244', 2, [1]),
      east: node('10.7.7', '10.42', 3, [4]),
      west: node('10.7.7', '10.42', 4, [3]),
    });
    expect(await causes(files)).toEqual([]);
    const { list, related } = ownSubnets(await clusterOf(files));
    expect(list.map((s) => s.node)).toEqual(['alpha', 'beta', 'east', 'west']);
    expect([related('alpha', 'beta'), related('alpha', 'east'), related('nobody', 'nobody')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('are not expected to have routes where routers of a cloud have them', async () => {
    expect(
      await causes(
        bundle({ alpha: node('10.7.7', '10.244', 1, [], 'cbr0'), beta: node('10.7.7', '10.244', 2, [], 'cbr0') }),
      ),
    ).toEqual([]);
  });

  it.each(['docker0', 'br-0f3a5c1d2e4b', 'virbr1'])(
    'are not those of %s, whose network ends at its host',
    async (bridge) => {
      const files = bundle({
        alpha: node('10.7.7', '10.244', 1, [2], bridge),
        beta: node('10.7.7', '10.244', 2, [], bridge),
      });
      expect(ownSubnets(await clusterOf(files)).list).toEqual([]);
      expect(await causes(files)).toEqual([]);
    },
  );

  it('of Calico are its blocks, with a pod that is there; a block that a former owner still discards is not its own', async () => {
    const calico = (n: number, routes: string): readonly [string, string] => [
      LINKS(`10.7.7.${10 + n}`, ''),
      `default via 10.7.7.1 dev eth0\n10.7.7.0/24 dev eth0 proto kernel scope link src 10.7.7.${10 + n}\n${routes}`,
    ];
    const files = bundle({
      alpha: calico(
        1,
        'blackhole 10.9.1.0/26 proto bird\n10.9.1.5 dev cali1a2b3c4d5e6 scope link\n10.9.2.64/26 via 10.7.7.12 dev eth0 proto bird\n',
      ),
      beta: calico(
        2,
        'blackhole 10.9.2.64/26 proto bird\n10.9.2.70 dev cali6e5d4c3b2a1 scope link\nblackhole 10.9.1.0/26 proto bird\n',
      ),
    });
    expect(ownSubnets(await clusterOf(files)).list.map(({ node: name, sample }) => [name, sample])).toEqual([
      ['alpha', '10.9.1.5'],
      ['beta', '10.9.2.70'],
    ]);
  });

  it('are told by the address of the bridge where the node’s routes are missing', async () => {
    const files = bundle({ alpha: one, beta: two });
    delete files['beta/ip_route.txt'];
    const cluster = await clusterOf(files);
    expect(ownSubnets(cluster).list.map((s) => s.node)).toEqual(expect.arrayContaining(['alpha', 'beta']));
    expect(cluster.owner('10.244.2.9')).toMatchObject({ role: 'pod-range', node: 'beta' });
    expect(await causes(files)).toEqual([]);
    // Two hosts with one network on their bridges tell nothing of either.
    const alike = bundle({ alpha: node('10.7.7', '10.88', 1, []), beta: node('10.7.7', '10.88', 1, []) });
    delete alike['alpha/ip_route.txt'];
    delete alike['beta/ip_route.txt'];
    expect((await clusterOf(alike)).podRanges).toEqual([]);
  });
});
