import { describe, expect, it } from 'vitest';
import { rpFilterDrop } from '../../src/diagnosis/causes/rp-filter-drop.js';
import { explained, heardSample, outcome } from './case-of.js';

describe('rp-filter-drop', () => {
  it('is proven by the route back and the kernel\u2019s own lines, and makes both directions take one way', async () => {
    const told = await heardSample('104-rp-filter-drop-a', rpFilterDrop);
    const [first, ...others] = told.drafts;
    expect(first).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(first?.subjects.slice(0, 2)).toEqual(['hv-02', 'eno1']);
    expect(first?.remedy.map(({ command }) => command)).toEqual([
      'ip route replace 10.60.1.0/24 via 192.168.77.12 dev eno1    # on hv-02',
      'sysctl -w net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.eno1.rp_filter=2    # on hv-02',
    ]);
    // Both ends with a new route would only change places.
    for (const other of others) expect(other.remedy.map(({ command }) => command).join()).not.toContain('ip route');
    expect(explained(told)).toContain('martian-source');
  });

  it('is likely by the configuration; the router is the only neighbour there that is no node', async () => {
    const { drafts } = await heardSample('104-rp-filter-drop-b', rpFilterDrop);
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.remedy[0]).toMatchObject({
      command: 'ip route replace default via 10.99.0.1 dev ens192    # on c7-w2',
      rollback: 'ip route replace default via 10.77.77.1 dev ens192f1 proto static    # on c7-w2',
    });
  });

  it.each(['010', '011', '201'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, rpFilterDrop))).toBe('quiet');
  });
});
