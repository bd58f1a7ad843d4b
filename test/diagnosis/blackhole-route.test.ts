import { describe, expect, it } from 'vitest';
import { blackholeRoute } from '../../src/diagnosis/causes/blackhole-route.js';
import { missingPodRoute } from '../../src/diagnosis/causes/missing-pod-route.js';
import { at, explained, heard, heardSample, ipAddr, nodesYaml, outcome, podsTable } from './case-of.js';

const NODES = nodesYaml(
  { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' },
  { name: 'n2', ip: '172.31.9.2', podCidr: '10.44.2.0/24' },
);
const PODS = podsTable(['default/a', 'Running', '10.44.1.5', 'n1'], ['default/b', 'Running', '10.44.2.6', 'n2']);
const node = (...routes: string[]): string =>
  at('n1', 'ip addr', ipAddr(['eth0', '172.31.9.1/24'], ['cni0', '10.44.1.1/24'])) +
  at(
    'n1',
    'ip route',
    ['default via 172.31.9.254 dev eth0', '172.31.9.0/24 dev eth0', '10.44.1.0/24 dev cni0', ...routes].join('\n'),
  );
const told = (...routes: string[]) =>
  heard({ 'nodes.yaml': NODES, 'pods.txt': PODS, 'n1.txt': node(...routes) }, blackholeRoute);

describe('blackhole-route', () => {
  it('is proven by the route and packets that come so far', async () => {
    const sample = await heardSample('118-blackhole-route-a', blackholeRoute);
    expect(sample.drafts).toHaveLength(1);
    expect(sample.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(sample.drafts[0]?.subjects.slice(0, 3)).toEqual(['bh-w1', '10.100.180.64/26', 'bh-w2']);
    expect(sample.drafts[0]?.remedy[0]?.command).toBe(
      'ip route replace 10.100.180.64/26 via 10.140.2.13 dev ens3 proto bird    # on bh-w1',
    );
    expect(explained(sample)).toContain('unreplied-syn');
  });

  it('is likely by the route alone, and gone when it is deleted where a shorter one leads on', async () => {
    const { drafts } = await heardSample('118-blackhole-route-b', blackholeRoute);
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.remedy[0]?.command).toBe('ip route del unreachable 10.244.2.0/25    # on sle-a');
  });

  it('accuses a block of another node', async () => {
    const { drafts } = await told('blackhole 10.44.2.0/24 proto 80');
    expect(drafts[0]?.subjects.slice(0, 3)).toEqual(['n1', '10.44.2.0/24', 'n2']);
  });

  it('takes the blackhole for the node\u2019s own block as normal, and one that a longer route overrides', async () => {
    expect(outcome(await told('blackhole 10.44.1.0/26 proto bird', '10.44.2.0/24 via 172.31.9.2 dev eth0'))).toBe(
      'quiet',
    );
    expect(outcome(await told('blackhole 10.44.0.0/16', '10.44.2.0/24 via 172.31.9.2 dev eth0'))).toBe('quiet');
  });

  it('accuses one for the node\u2019s own block where pods are reached by a bridge with a shorter prefix', async () => {
    const routes = [
      'default via 172.31.9.254 dev eth0',
      '172.31.9.0/24 dev eth0',
      '10.44.2.0/24 dev cni0',
      '10.44.1.0/24 via 172.31.9.1 dev eth0',
    ];
    const n2 =
      at('n2', 'ip addr', ipAddr(['eth0', '172.31.9.2/24'], ['cni0', '10.44.2.1/24'])) +
      at('n2', 'ip route', routes.join('\n'));
    const both = (route: string) =>
      heard(
        {
          'nodes.yaml': NODES,
          'pods.txt': PODS,
          'n1.txt': node(route, '10.44.2.0/24 via 172.31.9.2 dev eth0'),
          'n2.txt': n2,
        },
        blackholeRoute,
      );
    const { drafts } = await both('blackhole 10.44.1.0/25 metric 4096');
    expect(drafts[0]?.subjects.slice(0, 2)).toEqual(['n1', '10.44.1.0/25']);
    expect(drafts[0]?.remedy[0]?.command).toBe('ip route del blackhole 10.44.1.0/25    # on n1');
    expect(drafts[0]?.remedy[0]?.verify).toContain('cni0');
    // It comes after the bridge's route, which has no metric; it is for other addresses than the pod's.
    const innocent = ['blackhole 10.44.1.0/24 proto bird metric 4096', 'blackhole 10.44.1.128/25 metric 4096'];
    for (const route of innocent) expect(outcome(await both(route))).toBe('quiet');
  });

  it('leaves a blackhole for the whole network to the route that is missing under it', async () => {
    const sample = await heardSample('119-missing-pod-route-b', blackholeRoute, missingPodRoute);
    expect(sample.drafts.map((d) => d.code)).toEqual(['missing-pod-route']);
    expect(sample.drafts[0]?.subjects.slice(0, 2)).toEqual(['hg-x', '10.5.2.0/24']);
  });

  it('is quiet without routes', async () => {
    expect(outcome(await heard({ 'nodes.yaml': NODES, 'pods.txt': PODS }, blackholeRoute))).toBe('quiet');
  });

  it.each(['003', '010', '011'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, blackholeRoute))).toBe('quiet');
  });
});
