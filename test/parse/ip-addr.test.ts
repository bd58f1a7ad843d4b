import { describe, expect, it } from 'vitest';
import { ipAddr } from '../../src/parse/network/ip-addr.js';
import { annotate, goldenTests } from './harness.js';

const rows = (text: string): string[] =>
  annotate(ipAddr, text, { path: 'f' })
    .split('\n')
    .filter((line) => line.startsWith('       '))
    .map((line) => line.trim());

describe('ip-addr', () => {
  goldenTests(ipAddr);

  it('reads tunnels of the kinds that this kernel has not', () => {
    const text = `4: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/ipip 0.0.0.0 brd 0.0.0.0 promiscuity 0 minmtu 0 maxmtu 0
    ipip any remote any local any ttl inherit nopmtudisc addrgenmode eui64 numtxqueues 1
5: gre1@eth0: <POINTOPOINT,NOARP> mtu 1476 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/gre 192.168.1.11 peer 192.168.1.12 promiscuity 0
    gre remote 192.168.1.12 local 192.168.1.11 dev eth0 ttl inherit ikey 1
6: genev_sys_6081: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 65000 qdisc noqueue master ovs-system state UNKNOWN mode DEFAULT group default qlen 1000
    link/ether 3a:50:40:4a:e1:b1 brd ff:ff:ff:ff:ff:ff promiscuity 1
    geneve external id 0 ttl auto dstport 6081 udpcsum noudp6zerocsumrx
    openvswitch_slave addrgenmode eui64
7: flannel-wg: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1420 qdisc noqueue state UNKNOWN mode DEFAULT group default
    link/none  promiscuity 0 minmtu 0 maxmtu 2147483552
    wireguard addrgenmode none numtxqueues 1
`;
    expect(rows(text).filter((row) => row.includes('kind='))).toEqual([
      '> link ifname=tunl0 ifindex=4 mtu=1480 state=UNKNOWN flags=[NOARP UP LOWER_UP] kind=ipip',
      '> link ifname=gre1 ifindex=5 mtu=1476 state=DOWN flags=[POINTOPOINT NOARP] parent=eth0 kind=gre vxlan_local=192.168.1.11 vxlan_remote=192.168.1.12 vxlan_dev=eth0',
      '> link ifname=genev_sys_6081 ifindex=6 mtu=65000 state=UNKNOWN flags=[BROADCAST MULTICAST UP LOWER_UP] master=ovs-system mac=3a:50:40:4a:e1:b1 kind=geneve vxlan_vni=0 vxlan_port=6081',
      '> link ifname=flannel-wg ifindex=7 mtu=1420 state=UNKNOWN flags=[POINTOPOINT NOARP UP LOWER_UP] kind=wireguard',
    ]);
  });

  it('reads what newer and older releases print', () => {
    const text = `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000
    link/ether 42:01:0a:80:00:02 brd ff:ff:ff:ff:ff:ff
    inet 10.128.0.2/32 metric 100 scope global dynamic eth0
       valid_lft 2704sec preferred_lft 2704sec
    inet6 fe80::4001:aff:fe80:2/64 scope link proto kernel_ll
`;
    expect(rows(text).filter((row) => row.includes('interface_address'))).toEqual([
      '> interface_address ifname=eth0 address=10.128.0.2 prefix_length=32 family=4 scope=global flags=[dynamic]',
      '> interface_address ifname=eth0 address=fe80::4001:aff:fe80:2 prefix_length=64 family=6 scope=link',
    ]);
  });

  it('starts on interfaces only', () => {
    for (const line of [
      '5: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default',
      '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever',
      'eth0@if2         UP             192.168.1.11/24 fe80::1/64 ',
      'eth0             UP             52:54:00:12:34:56 <BROADCAST,UP> ',
    ])
      expect(ipAddr.starts(line), line).toBe(true);
    for (const line of [
      '1: open the file <FILE> and read',
      'eth0 UP',
      'node1 DOWN since Monday',
      '    inet 10.0.0.1/24 scope global eth0',
      '0:\tfrom all lookup local',
      '1: eth0: inet is missing',
      'STATUS UP 3 days',
      'Pool DOWN 10.0.0.1:80',
    ])
      expect(ipAddr.starts(line), line).toBe(false);
  });

  it('leaves foreign lines', () => {
    const text =
      '2: eth0: <UP> mtu 1500 qdisc mq state UP\n    link/ether 42:01:0a:80:00:02 brd ff:ff:ff:ff:ff:ff\n10.0.0.0/8 via 10.0.0.1 dev eth0\n   hello world\n';
    expect(annotate(ipAddr, text, { path: 'f' }).match(/not understood/g)).toHaveLength(2);
  });
});
