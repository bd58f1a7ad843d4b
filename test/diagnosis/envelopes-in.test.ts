import { describe, expect, it } from 'vitest';
import { hostFirewallDrop } from '../../src/diagnosis/causes/host-firewall-drop.js';
import { overlayPortBlocked } from '../../src/diagnosis/causes/overlay-port-blocked.js';
import { at, explained, heard, ipAddr, nodesYaml, podsTable } from './case-of.js';

/** Tickets with the rules of one node, and nothing of the node that sends the envelopes. */

const NODES = nodesYaml({ name: 'n1', ip: '172.31.9.1' }, { name: 'n2', ip: '172.31.9.2' });
const PODS = podsTable(['t/a', 'Running', '10.44.1.5', 'n1'], ['t/b', 'Running', '10.44.2.6', 'n2']);
const PING = at(
  'n1',
  'kubectl exec -n t a -- ping -c 3 10.44.2.6',
  'PING 10.44.2.6 (10.44.2.6): 56 data bytes\n\n--- 10.44.2.6 ping statistics ---\n3 packets transmitted, 0 packets received, 100% packet loss',
);
const LAN = `default via 172.31.9.254 dev eth0
172.31.9.0/24 dev eth0 proto kernel scope link src 172.31.9.2`;
const WEAVE = `${LAN}\n10.44.0.0/16 dev weave proto kernel scope link src 10.44.2.1`;
const FLANNEL = `${LAN}
10.44.1.0/24 via 10.44.1.0 dev flannel.1 onlink
10.44.2.0/24 dev cni0 proto kernel scope link src 10.44.2.1`;
const OVN = `${LAN}\n10.44.0.0/16 via 10.44.2.1 dev ovn-k8s-mp0`;
const CILIUM = `${LAN}\n10.44.0.0/16 via 10.44.2.1 dev cilium_host proto kernel`;
const TUNNEL = at(
  'n2',
  'ip -d link show cilium_vxlan',
  '7: cilium_vxlan: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UNKNOWN mode DEFAULT group default\n    link/ether 5a:1c:4d:00:00:07 brd ff:ff:ff:ff:ff:ff promiscuity 0\n    vxlan external id 0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300',
);
const input = (...accepted: readonly string[]): string =>
  [
    '-P INPUT DROP',
    '-A INPUT -i lo -j ACCEPT',
    '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-A INPUT -p icmp -j ACCEPT',
    ...accepted.map((one) => `-A INPUT ${one} -j ACCEPT`),
  ].join('\n');
const told = (routes: string, rules: string, more = '', ping = PING) =>
  heard(
    {
      'nodes.yaml': NODES,
      'pods.txt': PODS,
      'ping.txt': ping,
      'n2.txt': at('n2', 'ip route', routes) + at('n2', 'iptables -S INPUT', rules) + more,
    },
    overlayPortBlocked,
    hostFirewallDrop,
  );
const ADDRESS = at('n2', 'ip addr show eth0', ipAddr(['eth0', '172.31.9.2/24']));
const FAILED = at(
  'n1',
  'kubectl exec -n kube-system weave-net-8rk2m -c weave -- /home/weave/weave --local status connections',
  '-> 172.31.9.2:6783       failed      dial tcp 172.31.9.1:0->172.31.9.2:6783: i/o timeout, retry: 2024-02-01 10:22:30.661 +0000 UTC',
);
const GENEVE = at(
  'n2',
  'ip link show genev_sys_6081',
  '9: genev_sys_6081: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 65000 qdisc noqueue master ovs-system state UNKNOWN mode DEFAULT group default qlen 1000\n    link/ether 7a:1c:4d:00:00:09 brd ff:ff:ff:ff:ff:ff',
);

describe('envelopes to a node whose rules alone are shown', () => {
  it.each([
    ['flannel\u2019s VXLAN', FLANNEL, '', '8472'],
    ['Weave\u2019s peers', WEAVE, FAILED, '6783'],
    ['OVN\u2019s Geneve', OVN, GENEVE + ADDRESS, '6081'],
    ['Cilium\u2019s VXLAN', CILIUM, TUNNEL + ADDRESS, '8472'],
  ])('are kept out by its INPUT: %s', async (_what, routes, more, port) => {
    const given = await told(routes, input('-p tcp -m tcp --dport 22'), more);
    expect(given.drafts).toMatchObject([{ code: 'overlay-port-blocked', confidence: 'likely' }]);
    expect(given.drafts[0]!.subjects).toEqual(expect.arrayContaining(['n2', 'INPUT', '172.31.9.1', port]));
    expect(explained(given)).toEqual(['unreplied-icmp']);
  });

  const IPIP = `${LAN}\n10.44.1.0/26 via 172.31.9.1 dev tunl0 proto bird onlink\n10.44.2.6 dev calia1 scope link`;
  it('are kept out as IPIP, but let in as the answer to what the node itself sent', async () => {
    const { drafts } = await told(IPIP, input('-p tcp -m tcp --dport 22'));
    expect(drafts).toMatchObject([{ code: 'overlay-port-blocked', confidence: 'likely' }]);
    const back = PING.replace('root@n1', 'root@n2')
      .replace('exec -n t a', 'exec -n t b')
      .replaceAll('10.44.2.6', '10.44.1.5');
    expect((await told(IPIP, input('-p tcp -m tcp --dport 22'), '', back)).drafts).toEqual([]);
  });

  it.each([
    ['flannel\u2019s port is open', FLANNEL, input('-p udp -m udp --dport 8472'), ''],
    ['the nodes\u2019 network is let in', WEAVE, input('-s 172.31.9.0/24'), ''],
    [
      'Weave\u2019s fast datapath alone is closed: sleeve carries the packets',
      WEAVE,
      input('-p tcp -m tcp --dport 6783', '-p udp -m udp --dport 6783'),
      '',
    ],
    ['the port of Geneve is open', OVN, input('-p udp -m udp --dport 6081'), GENEVE + ADDRESS],
    ['a chain that is not shown may let them in', FLANNEL, `${input()}\n-A INPUT -j INPUT_ZONES`, ''],
    [
      'routes lead there without an envelope',
      `${LAN}\n10.44.1.0/24 via 172.31.9.1 dev eth0\n10.44.2.0/24 dev cni0`,
      input(),
      '',
    ],
  ])('blame nobody where %s', async (_what, routes, rules, more) => {
    expect((await told(routes, rules, more)).drafts).toEqual([]);
  });

  it('are only possibly Weave\u2019s, where Weave does not say that its connection failed: the other end may begin', async () => {
    const { drafts } = await told(WEAVE, input('-p tcp -m tcp --dport 22'));
    expect(drafts).toMatchObject([{ code: 'overlay-port-blocked', confidence: 'possible' }]);
  });
});
