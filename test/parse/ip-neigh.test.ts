import { describe, expect, it } from 'vitest';
import { ipNeigh } from '../../src/parse/network/ip-neigh.js';
import { annotate, goldenTests } from './harness.js';

describe('ip-neigh', () => {
  goldenTests(ipNeigh);

  it('reads the statistics of all releases', () => {
    const text = `10.0.0.1 dev eth0 lladdr 00:11:22:33:44:55 ref 1 used 0/0/0 probes 4 REACHABLE
10.0.0.2 dev eth0  used 119/119/89probes 1 FAILED
fe80::1 dev eth0 lladdr 00:11:22:33:44:56 router extern_learn  NOARP proto zebra
`;
    const out = annotate(ipNeigh, text, { path: 'f', command: 'ip -s neigh' });
    expect(out).not.toContain('not understood');
    expect(out).toContain('address=10.0.0.2 dev=eth0 state=FAILED');
    expect(out).toContain('address=fe80::1 dev=eth0 mac=00:11:22:33:44:56 state=NOARP flags=[router extern_learn]');
  });

  it('starts on neighbours only', () => {
    expect(ipNeigh.starts('10.244.2.0 dev flannel.1 lladdr 0e:00:00:00:00:02 PERMANENT')).toBe(true);
    expect(ipNeigh.starts('192.168.1.254 dev eth0  FAILED')).toBe(true);
    for (const line of [
      '10.244.2.0 dev flannel.1',
      '10.65.0.2 dev cali1 scope link',
      'node1 dev eth0 FAILED',
      '10.0.0.1 FAILED',
    ])
      expect(ipNeigh.starts(line), line).toBe(false);
  });
});
