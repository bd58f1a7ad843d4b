import { describe, expect, it } from 'vitest';
import { cidrOverlap } from '../../src/diagnosis/causes/cidr-overlap.js';
import { at, heard, heardSample, ipAddr, nodesYaml, outcome } from './case-of.js';

const manager = (pods: string, services: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-controller-manager-n1\nspec:\n  containers:\n  - command:\n    - kube-controller-manager\n    - --cluster-cidr=${pods}\n    - --service-cluster-ip-range=${services}\n`;
const NODES = nodesYaml({ name: 'n1', ip: '172.17.5.1' }, { name: 'n2', ip: '172.17.6.2' });

describe('cidr-overlap', () => {
  it('accuses a service network inside the cluster network', async () => {
    const told = await heard({ 'kcm.yaml': manager('10.96.0.0/11', '10.96.0.0/12') }, cidrOverlap);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(told.drafts[0]?.subjects).toEqual(['10.96.0.0/11', '10.96.0.0/12']);
    expect(outcome(await heard({ 'kcm.yaml': manager('10.42.0.0/16', '10.43.0.0/16') }, cidrOverlap))).toBe('quiet');
  });

  it('leaves a flannel network alone that merely covers both', async () => {
    const files = {
      'kcm.yaml': manager('10.42.0.0/16', '10.43.0.0/16'),
      'net-conf.json': '{ "Network": "10.0.0.0/8", "Backend": { "Type": "vxlan" } }',
    };
    expect(outcome(await heard(files, cidrOverlap))).toBe('quiet');
  });

  it('accuses a docker0 whose network holds another node, unless a longer prefix wins', async () => {
    const dump = (length: number) =>
      at('n1', 'ip addr', ipAddr(['eth0', `172.17.5.1/${length}`], ['docker0', '172.17.0.1/16']));
    const told = await heard({ 'nodes.yaml': NODES, 'n1.txt': dump(24) }, cidrOverlap);
    expect(told.drafts[0]?.subjects).toEqual(['172.17.0.0/16', '172.17.6.2', 'docker0', 'n1', 'n2']);
    expect(outcome(await heard({ 'nodes.yaml': NODES, 'n1.txt': dump(20) }, cidrOverlap))).toBe('quiet');
  });

  it('leaves docker0 alone that is the same on every host', async () => {
    const nodes = nodesYaml({ name: 'n1', ip: '10.9.0.1' }, { name: 'n2', ip: '10.9.0.2' });
    const dump = (i: number) =>
      at(`n${i}`, 'ip addr', ipAddr(['eth0', `10.9.0.${i}/24`], ['docker0', '172.17.0.1/16']));
    expect(outcome(await heard({ 'nodes.yaml': nodes, 'a.txt': dump(1), 'b.txt': dump(2) }, cidrOverlap))).toBe(
      'quiet',
    );
  });

  it('accuses a pod network that contains a network of the site, but not the pods of another node', async () => {
    const told = await heardSample('127-cidr-overlap-a', cidrOverlap);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven' });
    expect(told.drafts[0]?.subjects.slice(0, 2)).toEqual(['10.20.0.0/16', '10.20.200.0/24']);
    expect(told.drafts[0]?.remedy[0]?.command).toContain('-s 10.20.0.0/16 -d 10.20.200.0/24 -j MASQUERADE');
    expect(outcome(await heardSample('121-next-hop-off-link-a', cidrOverlap))).toBe('quiet');
    expect(outcome(await heardSample('119-missing-pod-route-a', cidrOverlap))).toBe('quiet');
  });

  it('accuses a docker0 that hides a server from pods and node, but not when a container may be gone', async () => {
    const told = await heardSample('127-cidr-overlap-b', cidrOverlap);
    expect(told.drafts).toHaveLength(1);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'critical' });
    expect(told.drafts[0]?.subjects).toEqual(['172.17.0.0/16', '172.17.40.5', 'docker0', 'dk-2']);
    expect(told.drafts[0]?.remedy.map((r) => r.command).join()).toContain('ip route add 172.17.40.5/32 via 10.50.7.1 ');
    const node = (address: string, state: string) => ({
      'nodes.yaml': nodesYaml({ name: 'n1', ip: '10.9.0.1' }),
      'n1.txt': [
        at('n1', 'ip addr', ipAddr(['eth0', '10.9.0.1/24'], ['docker0', '172.17.0.1/16'])),
        at(
          'n1',
          'ip route',
          'default via 10.9.0.254 dev eth0\n10.9.0.0/24 dev eth0 scope link\n172.17.0.0/16 dev docker0 scope link',
        ),
        at('n1', 'ip neigh', `${address} dev docker0 ${state}`),
        at('n1', `curl http://${address}/`, `curl: (7) Failed to connect to ${address} port 80: No route to host`),
      ].join(''),
    });
    const site = await heard(node('172.17.40.5', 'FAILED'), cidrOverlap);
    expect(site.drafts[0]).toMatchObject({ confidence: 'likely' });
    const container = await heard(node('172.17.0.3', 'FAILED'), cidrOverlap);
    expect(container.drafts[0]).toMatchObject({ confidence: 'possible' });
    const there = node('172.17.40.5', 'lladdr 02:42:ac:11:00:03 REACHABLE');
    expect(outcome(await heard(there, cidrOverlap))).toBe('quiet');
  });

  it.each(['000', '002', '003', '010', '011', '012'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, cidrOverlap))).toBe('quiet');
  });
});
