import { describe, expect, it } from 'vitest';
import { vtepAddressUnreachable } from '../../src/diagnosis/causes/vtep-address-unreachable.js';
import { explained, heard, heardSample, nodesYaml, outcome } from './case-of.js';

describe('vtep-address-unreachable', () => {
  it('is proven in sample 001, with the address by which others reach the node', async () => {
    const told = await heardSample('001', vtepAddressUnreachable);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects.slice(0, 2)).toEqual(['172.19.0.13', 'worker01']);
    expect(told.drafts[0]?.subjects).toContain('master');
    expect(explained(told).sort()).toEqual(['lost-between-captures', 'unreplied-syn', 'vxlan-wrong-outer-dst']);
    expect(told.drafts[0]?.remedy[0]?.command).toMatch(/annotate node worker01 .*public-ip-overwrite=[\d.]+ /);
  });

  it('accuses nobody for having an InternalIP and an ExternalIP', async () => {
    const nodes = nodesYaml(
      { name: 'a', ip: '10.20.1.4', podCidr: '10.244.0.0/24' },
      { name: 'b', ip: '10.30.1.4', podCidr: '10.244.1.0/24' },
    ).replaceAll('    conditions:', '    - address: 203.0.113.7\n      type: ExternalIP\n    conditions:');
    expect(outcome(await heard({ 'nodes.yaml': nodes }, vtepAddressUnreachable))).toBe('quiet');
  });

  it.each(['000', '010', '012'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, vtepAddressUnreachable))).toBe('quiet');
  });
});
