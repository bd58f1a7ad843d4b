import { describe, expect, it } from 'vitest';
import { overlaySourceAddress } from '../../src/diagnosis/causes/overlay-source-address.js';
import { explained, heardSample, outcome } from './case-of.js';

describe('overlay-source-address', () => {
  it('is proven by the packets on the overlay and the route that chose their source', async () => {
    const told = await heardSample('002', overlaySourceAddress);
    expect(told.drafts).toMatchObject([{ confidence: 'proven', severity: 'critical' }]);
    expect(told.drafts[0]?.subjects.slice(0, 3)).toEqual(['slave1', '10.39.0.17', 'flannel0']);
    expect(explained(told)).toContain('node-source-on-overlay');
  });

  it('names the network of all pods for kube-proxy, not one node\u2019s', async () => {
    const { drafts } = await heardSample('002', overlaySourceAddress);
    expect(drafts[0]?.remedy[0]?.why).toContain('--cluster-cidr=192.168.0.0/16 ');
  });

  it.each(['003', '010', '012'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, overlaySourceAddress))).toBe('quiet');
  });
});
