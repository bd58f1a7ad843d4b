import { describe, expect, it } from 'vitest';
import { asymmetricRoute } from '../../src/diagnosis/causes/asymmetric-route.js';
import { missingPodRoute } from '../../src/diagnosis/causes/missing-pod-route.js';
import { at, explained, heard, heardSample, ipAddr, nodesYaml, outcome, podsTable } from './case-of.js';

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

  it('does not take a next hop for nobody while the addresses of the node that it leads to are not shown', async () => {
    const rules = '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default';
    const files = {
      'nodes.yaml': nodesYaml(
        { name: 'k1', ip: '192.168.77.11', podCidr: '10.60.1.0/24' },
        { name: 'k2', ip: '192.168.77.12', podCidr: '10.60.2.0/24' },
      ),
      'pods.txt': podsTable(['default/a', 'Running', '10.60.1.5', 'k1'], ['default/b', 'Running', '10.60.2.6', 'k2']),
      'k1.txt':
        at('k1', 'ip rule', rules) +
        at(
          'k1',
          'ip route',
          '192.168.77.0/24 dev eth0\n10.60.1.0/24 dev cni0\n10.60.2.0/24 via 192.168.77.12 dev eth0',
        ),
      'k2.txt':
        at('k2', 'ip rule', rules) +
        at(
          'k2',
          'ip addr',
          ipAddr(['eth0', '192.168.77.12/24'], ['eth1', '10.77.77.12/24'], ['cni0', '10.60.2.1/24']),
        ) +
        at(
          'k2',
          'ip route',
          '192.168.77.0/24 dev eth0\n10.77.77.0/24 dev eth1\n10.60.2.0/24 dev cni0\n10.60.1.0/24 via 10.77.77.11 dev eth1',
        ),
    };
    expect(outcome(await heard(files, asymmetricRoute))).toBe('quiet');
    const shown = `${at('k1', 'ip addr', ipAddr(['eth0', '192.168.77.11/24'], ['cni0', '10.60.1.1/24']))}${files['k1.txt']}`;
    expect(outcome(await heard({ ...files, 'k1.txt': shown }, asymmetricRoute))).toBe('found');
  });
});
