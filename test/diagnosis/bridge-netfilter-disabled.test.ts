import { describe, expect, it } from 'vitest';
import { bridgeNetfilterDisabled } from '../../src/diagnosis/causes/bridge-netfilter-disabled.js';
import { explained, heardSample, outcome } from './case-of.js';

describe('bridge-netfilter-disabled', () => {
  it('is proven by the setting and the answer from the endpoint itself', async () => {
    const told = await heardSample('116-bridge-netfilter-disabled-a', bridgeNetfilterDisabled);
    expect(told.drafts).toHaveLength(1);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects.slice(0, 3)).toEqual(['bn-3', '10.96.71.24', '10.244.2.9']);
    expect(told.drafts[0]?.remedy[0]?.command).toMatch(/^sysctl -w net\.bridge\.bridge-nf-call-iptables=1 .*# on bn-3/);
    expect(explained(told)).toContain('unreplied-syn');
  });

  it('is likely where the setting is missing and the client resets an answer that it never asked for', async () => {
    const told = await heardSample('116-bridge-netfilter-disabled-b', bridgeNetfilterDisabled);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(told.drafts[0]?.subjects.slice(0, 2)).toEqual(['node03', '10.21.71.24']);
    expect(told.quotes('bridge-netfilter-disabled').map((e) => e.role)).toContain('the client resets it');
  });

  it.each(['010', '012', '101-forward-drop-a'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, bridgeNetfilterDisabled))).toBe('quiet');
  });
});
