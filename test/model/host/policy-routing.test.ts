import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/model/host/host.js';
import { lookup } from '../../../src/model/host/policy-routing.js';
import { sourceFor } from '../../../src/model/host/source-address.js';
import { hostOf } from '../../host-folder.js';

const ADDRESSES = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500
    inet 192.168.5.11/24 brd 192.168.5.255 scope global eth0
3: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500
    inet 10.20.0.11/16 brd 10.20.255.255 scope global eth1
`;
const MAIN = `default via 192.168.5.1 dev eth0
10.20.0.0/16 dev eth1 proto kernel scope link src 10.20.0.11
192.168.5.0/24 dev eth0 proto kernel scope link src 192.168.5.11
`;
const RULES = (more: string) =>
  `0:\tfrom all lookup local\n${more}32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n`;

const host = (files: Record<string, string>): Promise<Host> =>
  hostOf({ 'ip_addr.txt': ADDRESSES, 'ip_route.txt': MAIN, ...files });
const ask = (on: Host, dst: string, more: { src?: string; iif?: string; mark?: number; proto?: number } = {}) =>
  lookup(on, { family: 4, dst, mark: 0, ...more });

describe('lookup', () => {
  it('is sure without `ip rule` as long as no other table is in the bundle', async () => {
    const plain = await host({});
    expect(ask(plain, '8.8.8.8')).toMatchObject({ kind: 'unicast', assumptions: [], hops: [{ via: '192.168.5.1' }] });
    const more = await host({ 'ip_route_show_table_100.txt': 'default dev eth1 scope link\n' });
    expect(ask(more, '8.8.8.8')).toMatchObject({
      kind: 'unicast',
      assumptions: [{ what: 'the routing rules of node-1', collect: 'ip rule    # on node-1' }],
    });
  });

  it('cites the route, and the rule when somebody added it', async () => {
    const on = await host({
      'ip_rule.txt': RULES('100:\tfrom 10.20.0.11 lookup 100\n'),
      'ip_route_show_table_100.txt': 'default via 10.20.0.1 dev eth1\n',
    });
    expect(ask(on, '8.8.8.8', { src: '10.20.0.11' })).toMatchObject({
      kind: 'unicast',
      hops: [{ dev: 'eth1' }],
      at: [{ line: 1 }, { line: 2 }],
    });
    expect(ask(on, '8.8.8.8', { src: '192.168.5.11' })).toMatchObject({ hops: [{ dev: 'eth0' }], at: [{ line: 1 }] });
  });

  it('does not know what is in a table that is not shown', async () => {
    const on = await host({ 'ip_rule.txt': RULES('220:\tfrom all lookup 220\n') });
    expect(ask(on, '8.8.8.8')).toMatchObject({
      kind: 'unknown',
      missing: { what: 'routing table 220 of node-1', at: [{ line: 2 }] },
    });
    const all = await hostOf({
      'ip_addr.txt': ADDRESSES,
      'ip_route_show_table_all.txt': `${MAIN}local 192.168.5.11 dev eth0 table local proto kernel scope host src 192.168.5.11\n`,
      'ip_rule.txt': RULES('220:\tfrom all lookup 220\n'),
    });
    expect(ask(all, '8.8.8.8')).toMatchObject({ kind: 'unicast', hops: [{ dev: 'eth0' }] });
  });

  it('tries a rule that it cannot judge both ways', async () => {
    const rules = RULES('50:\tfrom all uidrange 0-99 lookup 100\n');
    const other = await host({
      'ip_rule.txt': rules,
      'ip_route_show_table_100.txt': 'default via 10.20.0.1 dev eth1\n',
    });
    expect(ask(other, '8.8.8.8')).toMatchObject({ kind: 'unknown', missing: { at: [{ line: 2 }] } });
    // Forwarded packets are root's.
    expect(ask(other, '8.8.8.8', { src: '10.20.0.7', iif: 'eth1' })).toMatchObject({ hops: [{ dev: 'eth1' }] });
    const same = await host({
      'ip_rule.txt': rules,
      'ip_route_show_table_100.txt': 'default via 192.168.5.1 dev eth0\n',
    });
    expect(ask(same, '8.8.8.8')).toMatchObject({ kind: 'unicast', hops: [{ dev: 'eth0' }] });
  });

  it('says what is missing', async () => {
    expect(ask(await hostOf({ 'ip_addr.txt': ADDRESSES }), '8.8.8.8')).toMatchObject({
      kind: 'unknown',
      missing: { what: 'routing table main of node-1', collect: 'ip route show table all; ip rule    # on node-1' },
    });
    const part = await hostOf({
      'ip_addr.txt': ADDRESSES,
      'x.txt': '[root@node-1 ~]# ip route | grep cali\n10.244.7.3 dev cali1 scope link\n',
    });
    expect(ask(part, '10.244.7.3')).toMatchObject({
      kind: 'unicast',
      assumptions: [{ what: 'the rest of routing table main of node-1' }],
    });
    expect(ask(part, '10.244.7.4')).toMatchObject({ kind: 'unknown' });
  });

  it('an absence in a whole table is none, with where it was looked for', async () => {
    const on = await host({ 'ip_route.txt': MAIN.replace(/^default.*\n/, '') });
    expect(ask(on, '8.8.8.8')).toMatchObject({
      kind: 'none',
      searched: expect.arrayContaining([1, 2]),
      assumptions: [],
    });
  });

  it('an address that routes prefer as source is the host’s own', async () => {
    const on = await hostOf({ 'ip_route.txt': MAIN });
    expect(ask(on, '10.20.0.11')).toMatchObject({ kind: 'local', at: [{ line: 2 }] });
  });

  it('takes no route that leaves in a tunnel that is not shown', async () => {
    const on = await host({
      'ip_route.txt': `${MAIN}10.9.0.0/16 encap ip id 100 src 1.1.1.1 dst 2.2.2.2 dev eth0 scope link\n`,
    });
    expect(ask(on, '10.9.1.1')).toMatchObject({ kind: 'unknown', missing: { at: [{ line: 4 }] } });
  });

  it('dead next hops never, those without carrier still', async () => {
    const on = await host({
      'ip_route.txt': `${MAIN}10.7.0.0/16 via 10.20.0.1 dev eth1 dead linkdown\n10.8.0.0/16 via 10.20.0.1 dev eth1 linkdown\n`,
    });
    expect(ask(on, '10.7.0.1')).toMatchObject({ hops: [{ dev: 'eth0' }] });
    expect(ask(on, '10.8.0.1')).toMatchObject({ hops: [{ dev: 'eth1' }] });
    const ignoring = await host({
      'ip_route.txt': `${MAIN}10.8.0.0/16 via 10.20.0.1 dev eth1 linkdown\n`,
      'sysctl.txt': 'net.ipv4.conf.eth1.ignore_routes_with_linkdown = 1\n',
    });
    expect(ask(ignoring, '10.8.0.1')).toMatchObject({ hops: [{ dev: 'eth0' }] });
  });
});

describe('source address', () => {
  const source = (on: Host, dst: string) => {
    const answer = ask(on, dst);
    return sourceFor(on, answer, answer.kind === 'unicast' ? answer.hops[0] : undefined, dst);
  };

  it('is the route’s, else the device’s, else unknown', async () => {
    expect(source(await host({}), '10.20.7.7')).toMatchObject({
      kind: 'known',
      value: '10.20.0.11',
      at: [{ line: 2 }],
    });
    expect(source(await host({}), '8.8.8.8')).toMatchObject({
      kind: 'known',
      value: '192.168.5.11',
      at: [{ line: 4 }],
    });
    expect(source(await hostOf({ 'ip_route.txt': MAIN }), '8.8.8.8')).toMatchObject({
      kind: 'unknown',
      missing: { collect: 'ip addr    # on node-1' },
    });
  });

  it('of another device when the output device has none', async () => {
    const on = await host({ 'ip_route.txt': `${MAIN}10.244.0.0/16 dev tun9\n` });
    expect(source(on, '10.244.1.1')).toMatchObject({ kind: 'known', value: '192.168.5.11' });
  });
});
