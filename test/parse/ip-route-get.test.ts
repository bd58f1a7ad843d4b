import { describe, expect, it } from 'vitest';
import { ipRouteGet } from '../../src/parse/network/ip-route-get.js';
import { annotate, goldenTests } from './harness.js';

describe('ip-route-get', () => {
  goldenTests(ipRouteGet);

  it('reads what old releases print, and words of the question', () => {
    const text = '10.244.2.5 from 10.244.1.5 via 10.0.0.1 dev eth0 \n    cache  iif cni0 \n';
    expect(
      annotate(ipRouteGet, text, { path: 'f', command: 'ip ro get 10.244.2.5 from 10.244.1.5 iif cni0' }),
    ).toContain('> route_get dst=10.244.2.5 from=10.244.1.5 iif=cni0 via=10.0.0.1 dev=eth0');
  });

  it('starts on answers only', () => {
    expect(ipRouteGet.starts('10.244.2.5 via 10.244.2.0 dev flannel.1 src 10.244.1.0 uid 0 ')).toBe(true);
    expect(ipRouteGet.starts('fd00:6::1 from :: via 2001:db8:1::1 dev eth0 metric 1024 pref high')).toBe(true);
    expect(ipRouteGet.starts('10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink')).toBe(false);
    expect(ipRouteGet.starts('RTNETLINK answers: File exists')).toBe(false);
  });
});
