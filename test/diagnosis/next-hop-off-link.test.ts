import { describe, expect, it } from 'vitest';
import { nextHopOffLink } from '../../src/diagnosis/causes/next-hop-off-link.js';
import { at, explained, heard, heardSample, ipAddr, nodesYaml, outcome, podsTable } from './case-of.js';

const NODES = nodesYaml(
  { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' },
  { name: 'n2', ip: '172.31.10.2', podCidr: '10.44.2.0/24' },
);
const PODS = podsTable(['default/a', 'Running', '10.44.1.5', 'n1'], ['default/b', 'Running', '10.44.2.6', 'n2']);
const node = (address: string, neighbour: string, via = '172.31.10.2', other = '172.31.10.2'): string =>
  at('n1', 'ip addr', ipAddr(['eth0', address], ['cni0', '10.44.1.1/24'])) +
  at(
    'n1',
    'ip route',
    `default via 172.31.9.254 dev eth0\n172.31.9.0/24 dev eth0\n10.44.1.0/24 dev cni0\n10.44.2.0/24 via ${via} dev eth0 onlink`,
  ) +
  (neighbour === '' ? '' : at('n1', 'ip neigh', `${other} dev eth0 ${neighbour}`));
const told = (n1: string) => heard({ 'nodes.yaml': NODES, 'pods.txt': PODS, 'n1.txt': n1 }, nextHopOffLink);

describe('next-hop-off-link', () => {
  it('is proven by the route, the device\u2019s network and the neighbour that failed', async () => {
    const sample = await heardSample('121-next-hop-off-link-a', nextHopOffLink);
    expect(sample.drafts).toHaveLength(1);
    expect(sample.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(sample.drafts[0]?.subjects.slice(0, 3)).toEqual(['rack1-n', '10.1.20.13', '10.244.2.0/24']);
    expect(sample.drafts[0]?.remedy.map((r) => r.command)).toEqual(
      expect.arrayContaining([
        'ip route replace 10.244.2.0/24 via 10.1.10.1 dev eth0    # on rack1-n',
        'ip route replace 10.244.1.0/24 via 10.1.20.1 dev eth0    # on rack2-n',
      ]),
    );
    expect([...new Set(explained(sample))].sort()).toEqual(['icmp-error', 'unreplied-icmp', 'unreplied-syn']);
  });

  it('is likely without packets', async () => {
    const { drafts } = await heardSample('121-next-hop-off-link-b', nextHopOffLink);
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.subjects.slice(0, 3)).toEqual(['east-2', '172.31.32.13', '10.42.2.0/24']);
  });

  it('hears flannel\u2019s log that the kernel refused the route', async () => {
    const log = at(
      'n1',
      'cat flanneld.log',
      'E0401 10:00:00.000000       1 route_network.go:114] Error adding route to 10.44.2.0/24 via 172.31.10.2 dev index 2: network is unreachable',
    );
    const { drafts } = await heard({ 'nodes.yaml': NODES, 'n1/kube-flannel.log': log }, nextHopOffLink);
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.subjects.slice(0, 3)).toEqual(['n1', '172.31.10.2', '10.44.2.0/24']);
  });

  it('accuses nobody whose next hop answers, is on the link, or was never asked', async () => {
    expect(outcome(await told(node('172.31.9.1/24', 'lladdr 52:54:00:00:00:02 REACHABLE')))).toBe('quiet');
    expect(outcome(await told(node('172.31.9.1/16', 'FAILED')))).toBe('quiet');
    expect(outcome(await told(node('172.31.9.1/24', '')))).toBe('quiet');
  });

  it('does not judge a device whose addresses are not shown', async () => {
    const silent = node('172.31.9.1/24', 'FAILED').replace(/^.*ip addr[\s\S]*?(?=\[root@n1 ~\]# ip route)/, '');
    expect(outcome(await told(silent))).toBe('quiet');
  });

  it.each(['004', '010', '011'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, nextHopOffLink))).toBe('quiet');
  });
});
