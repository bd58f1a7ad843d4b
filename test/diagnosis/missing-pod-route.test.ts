import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingPodRoute } from '../../src/diagnosis/causes/missing-pod-route.js';
import { unpacked, unpackersMissing } from '../samples/unpacked.js';
import { explained, heardOf, heardSample, nodesYaml, outcome } from './case-of.js';

describe('missing-pod-route', () => {
  it('is proven by the whole list and packets that leave by the default route; BIRD\u2019s mark is left out of the remedy', async () => {
    const told = await heardSample('119-missing-pod-route-a', missingPodRoute);
    expect(told.drafts).toHaveLength(1);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects.slice(0, 2)).toEqual(['mr-2', '10.233.180.64/26']);
    expect(told.drafts[0]?.remedy[1]).toMatchObject({
      command: 'ip route replace 10.233.180.64/26 via 10.8.80.13 dev ens192    # on mr-2',
      rollback: 'ip route del 10.233.180.64/26    # on mr-2',
    });
    expect(explained(told)).toContain('unreplied-syn');
  });

  it('is likely by the list alone, where a wide discard route hides it', async () => {
    const { drafts } = await heardSample('119-missing-pod-route-b', missingPodRoute);
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.remedy[1]?.command).toBe('ip route replace 10.5.2.0/24 via 172.16.44.13 dev eth0    # on hg-x');
  });

  it.each(['010', '011', '201'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, missingPodRoute))).toBe('quiet');
  });

  it.skipIf(unpackersMissing() !== undefined).each([
    ['quiet', false],
    ['found', true],
  ] as const)('is %s where no node has a route to a node without dumps whose readiness is %s', async (what, ready) => {
    const below = mkdtempSync(join(tmpdir(), 'podtrail-maintenance-'));
    try {
      const folder = unpacked('samples/bundles/202-healthy-second-default-route-a.tar.gz', below);
      const added = nodesYaml({ name: 'nova-3', ip: '192.168.44.14', podCidr: '10.42.3.0/24', ready });
      appendFileSync(join(folder, 'kubectl/nodes.yaml'), `---\n${added}`);
      expect(outcome(await heardOf(folder, [missingPodRoute]))).toBe(what);
    } finally {
      rmSync(below, { recursive: true, force: true });
    }
  });
});
