import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingMasquerade } from '../../src/diagnosis/causes/missing-masquerade.js';
import { unpacked, unpackersMissing } from '../samples/unpacked.js';
import { explained, heardOf, heardSample, outcome } from './case-of.js';

describe('missing-masquerade', () => {
  it('is proven by the whole nat table, and leads to flannel\u2019s own chain again', async () => {
    const told = await heardSample('103-missing-masquerade-a', missingMasquerade);
    expect(told.drafts).toHaveLength(1);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.remedy.map(({ command }) => command)).toEqual([
      'iptables -t nat -A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG    # on n01',
    ]);
    expect(explained(told)).toContain('unsnatted-source');
  });

  it('is likely by the pool, and masquerades by the whole pod network, never by one node\u2019s part', async () => {
    const { drafts } = await heardSample('103-missing-masquerade-b', missingMasquerade);
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.remedy.map(({ command }) => command)).toEqual([
      'calicoctl patch ippool default-ipv4-ippool --patch \'{"spec":{"natOutgoing":true}}\'',
      'iptables -t nat -A POSTROUTING -s 10.233.0.0/16 ! -d 10.233.0.0/16 -j MASQUERADE    # on knode-b',
    ]);
  });

  it.skipIf(unpackersMissing() !== undefined)(
    'cannot tell where a rule leaves the destination alone as a pod, and nothing tells the pod network',
    async () => {
      const below = mkdtempSync(join(tmpdir(), 'podtrail-masquerade-'));
      try {
        const folder = unpacked('samples/bundles/127-cidr-overlap-a.tar.gz', below);
        rmSync(join(folder, 'kubectl'), { recursive: true });
        const told = await heardOf(folder, [missingMasquerade]);
        expect(told.drafts).toEqual([]);
        expect(told.conclusions[0]).toMatchObject({ outcome: 'cannot-tell' });
      } finally {
        rmSync(below, { recursive: true, force: true });
      }
    },
  );

  it.each(['010', '204'])('is quiet in sample %s, whose network routes pods or translates them', async (sample) => {
    expect(outcome(await heardSample(sample, missingMasquerade))).toBe('quiet');
  });
});
