import { describe, expect, it } from 'vitest';
import { rpFilterDrop } from '../../src/diagnosis/causes/rp-filter-drop.js';
import { at, explained, heard, heardSample, outcome } from './case-of.js';

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

  it('says which way the answer would go, where only the kernel\u2019s line tells of the packets', async () => {
    const text =
      at(
        'vpc-1',
        'dmesg',
        '[82111.101010] IPv4: martian source 10.50.1.77 from 10.50.2.91, on dev eth1\n[82113.121010] IPv4: martian source 10.50.1.77 from 10.50.2.91, on dev eth1',
      ) +
      at(
        'vpc-1',
        'ip route show table all',
        'default via 10.50.1.1 dev eth0\n10.50.1.0/24 dev eth0 proto kernel scope link src 10.50.1.20\n10.50.1.77 dev eni8a7b6c5d4e3 scope link\ndefault via 10.50.1.1 dev eth1 table 2',
      ) +
      at(
        'vpc-1',
        'ip rule',
        '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default',
      );
    const { drafts } = await heard({ 't.txt': text }, rpFilterDrop);
    expect(drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(drafts[0]!.explanation).toContain('The route back to 10.50.2.91 leaves by eth0, not by eth1.');
  });

  it.each(['010', '011', '201'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, rpFilterDrop))).toBe('quiet');
  });
});
