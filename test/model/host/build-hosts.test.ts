import { describe, expect, it } from 'vitest';
import { hostOf } from '../../host-folder.js';

const LINK = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: ens5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc mq state UP group default qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 172.31.7.11/20 brd 172.31.15.255 scope global ens5
       valid_lft forever preferred_lft forever
`;
const ROUTES = `default via 172.31.0.1 dev ens5
172.31.0.0/20 dev ens5 proto kernel scope link src 172.31.7.11
`;

describe('what the bundle shows of a host', () => {
  it('the usual commands show everything, and table local follows from the addresses', async () => {
    const host = await hostOf({ 'ip_addr.txt': LINK, 'ip_route.txt': ROUTES });
    expect(host.addresses[4].shown).toBe('whole');
    expect(host.tables.get('4 main')).toMatchObject({ shown: 'whole', contradictedBy: [] });
    const local = host.tables.get('4 local')!;
    expect(local.shown).toBe('whole');
    expect(local.value.map((route) => `${route.type} ${route.src}/${route.prefix.length}`)).toEqual([
      'local 127.0.0.1/32',
      'broadcast 127.0.0.1/32',
      'local 172.31.7.11/32',
      'broadcast 172.31.7.11/32',
      'local 127.0.0.1/8',
    ]);
    // Cited is the line of the address.
    expect(local.value.find((route) => route.src === '172.31.7.11')!.at[0].line).toBe(7);
    expect(host.rules[4]).toMatchObject({ shown: 'none' });
    expect(host.rules[4].value.map((rule) => rule.table)).toEqual(['local', 'main', 'default']);
  });

  it.each([
    ['a filter', '[root@node-1 ~]# ip route | grep 10.244\n10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink\n'],
    [
      'one device',
      '[root@node-1 ~]# ip route show dev ens5\ndefault via 172.31.0.1\n172.31.0.0/20 proto kernel scope link\n',
    ],
    ['one prefix', '[root@node-1 ~]# ip route show 10.244.1.0/24\n10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink\n'],
    [
      'a line that nobody understands',
      `[root@node-1 ~]# ip route\ndefault via 172.31.0.1 dev ens5\n10.0.0.0/8 by magic\n${ROUTES}`,
    ],
  ])('%s shows a part', async (_, text) => {
    const host = await hostOf({ 'notes.txt': text });
    expect(host.tables.get('4 main')!.shown).toBe('part');
  });

  it('of two whole dumps that differ the last counts, and the other is remembered', async () => {
    const host = await hostOf({
      'ip_route.txt': ROUTES,
      'ip_route_show.txt': `${ROUTES}10.244.2.0/24 via 172.31.7.12 dev ens5\n`,
      'ip_route_list.txt': `${ROUTES}10.244.2.0/24 via 172.31.7.12 dev ens5\n`,
    });
    const main = host.tables.get('4 main')!;
    expect(main).toMatchObject({ shown: 'whole', sources: [3], contradictedBy: [1] });
    expect(main.value).toHaveLength(3);
  });

  it('a file of IPv6 routes alone takes nothing away from those of IPv4, whatever it is called', async () => {
    const host = await hostOf({
      'iproute.txt': `${ROUTES}local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1\n`,
      'ip6route.txt':
        'fe80::/64 dev ens5 proto kernel metric 256 pref medium\nlocal ::1 dev lo table local proto kernel metric 0 pref medium\n',
    });
    expect(host.tables.get('4 main')).toMatchObject({ shown: 'whole', sources: [1], contradictedBy: [] });
    expect(host.tables.get('4 main')!.value).toHaveLength(2);
    expect(host.tables.get('6 main')).toMatchObject({ shown: 'whole', sources: [2] });
  });

  it('`route -n` is taken when nothing better is there', async () => {
    const table = `Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
0.0.0.0         172.31.0.1      0.0.0.0         UG    100    0        0 ens5
172.31.0.0      0.0.0.0         255.255.240.0   U     100    0        0 ens5
`;
    const alone = await hostOf({ 'route_-n.txt': table });
    expect(alone.tables.get('4 main')!.value[0]).toMatchObject({ srcShown: false, scope: 'link' });
    const both = await hostOf({ 'ip_route.txt': ROUTES, 'route_-n.txt': table });
    expect(both.tables.get('4 main')).toMatchObject({ sources: [1], contradictedBy: [] });
  });

  it('merges the rows of a device: settings from `ip -d link`, addresses from `ip addr`', async () => {
    const host = await hostOf({
      'ip_-d_link.txt': `4: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default
    link/ether 0e:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0
    vxlan id 1 local 172.31.7.11 dev ens5 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 addrgenmode none
`,
      'ip_addr.txt': `${LINK}4: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default
    link/ether 0e:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.244.1.0/32 scope global flannel.1
       valid_lft forever preferred_lft forever
`,
    });
    expect(host.devices.get('flannel.1')).toMatchObject({
      kind: 'vxlan',
      role: 'overlay',
      mac: '0e:00:00:00:00:01',
      mtu: 1450,
      up: true,
      vxlan: { vni: 1, local: '172.31.7.11', port: 8472, dev: 'ens5', learning: false },
    });
  });

  it('leaves out what ran in a pod', async () => {
    const host = await hostOf({
      'shell.txt': `[root@node-1 ~]# ip netns exec cni-1 ip route\ndefault via 169.254.1.1 dev eth0\n169.254.1.1 dev eth0 scope link\n[root@node-1 ~]# ip route\n${ROUTES}`,
    });
    const { value } = host.tables.get('4 main')!;
    expect(value.map((route) => route.hops[0]!.dev)).toEqual(['ens5', 'ens5']);
  });
});
