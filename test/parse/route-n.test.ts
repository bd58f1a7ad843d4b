import { describe, expect, it } from 'vitest';
import { maskLength, routeN } from '../../src/parse/network/route-n.js';
import { annotate, goldenTests } from './harness.js';

describe('route-n', () => {
  goldenTests(routeN);

  it('reads masks', () => {
    expect([0, 0xffffffff, 0xffffff00, 0xffffffc0, 0xff00ff00, -1].map(maskLength)).toEqual([0, 32, 24, 26, -1, -1]);
  });

  it('reads names, high metrics and overflowing columns', () => {
    const text = `Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
default         _gateway        0.0.0.0         UG    -16769024 0        0 eth0
link-local      0.0.0.0         255.255.0.0     U     1000   0        0 eth0
10.244.1.0      0.0.0.0         255.255.255.0   U     0      0        0 cni0
`;
    const out = annotate(routeN, text, { path: 'f', command: 'route' });
    expect(out).toContain(
      'dst=0.0.0.0/0 metric=4278198272 onlink=false hop=0 type=unicast dev=eth0 flags=[gateway-by-name]',
    );
    expect(out.match(/not understood/g)).toHaveLength(1);
  });

  it('reads what was pasted below the command without its heading, and takes no column for one of two', () => {
    const text = `default 192.168.1.1 0.0.0.0 UG 100 0 0 eth0
10.244.1.0      0.0.0.0         255.255.255.192 U     1460   0        0 *
The routes of the other node are the same.
`;
    const out = annotate(routeN, text, { path: 'f', command: 'route' });
    expect(out).toContain('dst=0.0.0.0/0 onlink=false hop=0 type=unicast dev=eth0 via=192.168.1.1');
    expect(out).toContain('dst=10.244.1.0/26 onlink=false hop=0 type=blackhole');
    expect(out).not.toMatch(/metric=|mtu=/);
    expect(out.match(/not understood/g)).toHaveLength(1);
  });

  it('starts on headings only', () => {
    expect(routeN.starts('Kernel IP routing table')).toBe(true);
    expect(routeN.starts('Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface')).toBe(true);
    expect(routeN.starts('0.0.0.0         192.168.1.254   0.0.0.0         UG    100    0        0 eth0')).toBe(false);
    expect(routeN.starts('Destination: 10.0.0.1')).toBe(false);
    for (const command of ['route -n', 'route', 'netstat -rn', 'netstat -nr', 'netstat -6 -rn', 'route -A inet6 -n'])
      expect(routeN.command?.test(command), command).toBe(true);
    for (const command of ['route add default gw 1.1.1.1', 'netstat -s', 'netstat -lntup', 'routel'])
      expect(routeN.command?.test(command), command).toBe(false);
  });
});
