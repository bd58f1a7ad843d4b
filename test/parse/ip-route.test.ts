import { describe, expect, it } from 'vitest';
import { ipRoute } from '../../src/parse/network/ip-route.js';
import { annotate, goldenTests } from './harness.js';

const rows = (text: string, command = 'ip route', path = 'f'): string[] =>
  annotate(ipRoute, text, { path, command })
    .split('\n')
    .filter((line) => line.startsWith('       '))
    .map((line) => line.trim());

describe('ip-route', () => {
  goldenTests(ipRoute);

  it('joins a line that a terminal wrapped', () => {
    expect(
      rows('10.244.1.0/24 dev cni0 proto kernel scope\nlink src 10.244.1.1\ndefault via 10.0.0.1 dev eth0\n'),
    ).toEqual([
      '> route family=4 table=main type=unicast dst=10.244.1.0/24 src=10.244.1.1 proto=kernel scope=link dev=cni0 onlink=false hop=0',
      '> route family=4 table=main type=unicast dst=0.0.0.0/0 via=10.0.0.1 dev=eth0 onlink=false hop=0',
    ]);
    expect(rows('10.244.1.0/24 via 10.244.1.0 dev flannel.1\n  onlink\n')[0]).toContain('onlink=true');
  });

  it('takes family and filters from the command or the file name', () => {
    expect(rows('default dev tun0\n', 'ip -6 route')[0]).toContain('family=6 table=main type=unicast dst=::/0');
    expect(rows('unreachable default dev lo metric 4294967295\n', '', 'networking/ipv6route')[0]).toContain('dst=::/0');
    expect(rows('10.0.0.0/8 via 10.1.1.1 dev eth0\n', 'ip route show table 100')[0]).toContain('table=100');
    expect(rows('10.0.0.0/8 via 10.1.1.1\n', 'ip r s dev eth7')[0]).toContain('dev=eth7');
  });

  it('reads a quoted paste with colours, remarks and the two spaces of old releases', () => {
    expect(rows('> default via 10.0.0.1 dev eth0  proto static  metric 100   # gone\n')[0]).toContain(
      'metric=100 proto=static via=10.0.0.1 dev=eth0',
    );
  });

  it('takes an answer of ip route get for what it is', () => {
    expect(rows('10.244.2.5 via 10.0.0.1 dev eth0  src 10.0.0.2 \n    cache \n')).toEqual([
      '> route_get dst=10.244.2.5 via=10.0.0.1 dev=eth0 src=10.0.0.2',
    ]);
  });

  it('says when a dump was cut short', () => {
    expect(annotate(ipRoute, 'Error: ipv6: FIB table does not exist.\nDump terminated\n', { path: 'f' })).toContain(
      'note 2 Dump terminated',
    );
  });

  it('starts on routes only', () => {
    for (const line of [
      'default via 192.168.1.1 dev ens33 proto static ',
      'blackhole 10.0.0.0/26 proto bird',
      'blackhole 10.0.0.0/26',
      '10.65.0.2 dev cali1 scope link',
      '10.244.0.0/16 dev cni0',
    ])
      expect(ipRoute.starts(line), line).toBe(true);
    for (const line of [
      'default via the gateway',
      'default',
      '10.0.0.0/8',
      '192.168.1.254 dev eth0 FAILED',
      '10.244.2.0 dev flannel.1 lladdr 0e:00:00:00:00:02 PERMANENT',
      '8.8.8.8 via 10.0.0.1 dev eth0 src 10.0.0.2 uid 0',
      '192.168.1.254 dev eth0',
      '10.0.0.1 via 10.0.0.2 dev eth0 was missing',
      '2. 10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink',
      '到默认路由 default via 10.0.0.1 dev eth0',
      'local: true',
      'throw new Error',
      '',
    ])
      expect(ipRoute.starts(line), line).toBe(false);
  });

  it('knows its commands', () => {
    for (const command of [
      'ip r',
      'ip route',
      'ip -6 route show table all',
      'ip -4 -d ro ls',
      'ip -c route list',
      'ip -f inet6 route',
      'ip -details route show table local',
    ])
      expect(ipRoute.command?.test(command), command).toBe(true);
    for (const command of [
      'ip rule',
      'ip -j route',
      'ip route get 1.1.1.1',
      'ip -6 r g ::1',
      'ip addr',
      'iproute',
      'ip -json -6 route show',
    ])
      expect(ipRoute.command?.test(command), command).toBe(false);
  });
});
