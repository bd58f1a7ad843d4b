import { describe, expect, it } from 'vitest';
import { asymmetricRoute } from '../../src/diagnosis/causes/asymmetric-route.js';
import { missingPodRoute } from '../../src/diagnosis/causes/missing-pod-route.js';
import { explained, heardSample, outcome } from './case-of.js';

describe('asymmetric-route', () => {
  it('is proven by a policy rule and the answers seen leaving by the other interface', async () => {
    const told = await heardSample('120-asymmetric-route-a', asymmetricRoute, missingPodRoute);
    expect(told.drafts.map((d) => d.code)).toEqual(['asymmetric-route']);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects.slice(0, 3)).toEqual(['as-w2', 'ens192b', 'ens192']);
    expect(told.drafts[0]?.remedy[0]?.command).toMatch(/^ip rule del priority 2000 +# on as-w2$/);
    expect(told.drafts[0]?.remedy[0]?.rollback).toMatch(/^ip rule add .*200.* priority 2000/);
    expect(explained(told).sort()).toEqual(['asymmetric-flow', 'unreplied-syn']);
  });

  it('is likely by a route of its own, with requests that arrive', async () => {
    const told = await heardSample('120-asymmetric-route-b', asymmetricRoute, missingPodRoute);
    expect(told.drafts.map((d) => d.code)).toEqual(['asymmetric-route']);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(told.drafts[0]?.remedy[0]?.command).toBe(
      'ip route replace 10.29.1.0/24 via 192.168.70.12 dev eth0    # on dual-c',
    );
  });

  it.each(['004', '010', '119-missing-pod-route-a', '104-rp-filter-drop-a'])(
    'is quiet in sample %s',
    async (sample) => {
      expect(outcome(await heardSample(sample, asymmetricRoute))).toBe('quiet');
    },
  );
});
