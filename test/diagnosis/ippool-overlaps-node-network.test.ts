import { describe, expect, it } from 'vitest';
import { ippoolOverlapsNodeNetwork } from '../../src/diagnosis/causes/ippool-overlaps-node-network.js';
import { at, explained, heard, heardSample, nodesYaml, outcome } from './case-of.js';

const pool = (name: string, cidr: string, more = '') =>
  `---\napiVersion: crd.projectcalico.org/v1\nkind: IPPool\nmetadata:\n  name: ${name}\nspec:\n  cidr: ${cidr}\n  natOutgoing: true\n${more}`;
const NODES = nodesYaml({ name: 'n1', ip: '172.31.9.1' }, { name: 'n2', ip: '172.31.9.2' });

describe('ippool-overlaps-node-network', () => {
  it('is proven in sample 003, and explains what pods and logs show', async () => {
    const told = await heardSample('003', ippoolOverlapsNodeNetwork);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects.slice(0, 3)).toEqual(['192.168.0.0/16', '192.168.21.11', '192.168.236.10']);
    expect(told.drafts[0]?.subjects).toEqual(expect.arrayContaining(['cali40all-ipam-pools', 'k8s-master-1']));
    expect(explained(told)).toEqual(['unsnatted-source', 'unreplied-syn', 'unreplied-syn']);
  });

  it('is likely from pool and nodes alone, and proposes a network that is free', async () => {
    const told = await heard(
      { 'nodes.yaml': NODES, 'pools.yaml': pool('p', '172.16.0.0/12') },
      ippoolOverlapsNodeNetwork,
    );
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(told.drafts[0]?.remedy[0]?.command).toContain('10.244.0.0/16');
  });

  it('accuses no pool that is there so that nodes are not translated, nor one without natOutgoing', async () => {
    const trick = pool('pods', '10.244.0.0/16') + pool('nodes', '172.31.0.0/16', '  disabled: true\n');
    expect(outcome(await heard({ 'nodes.yaml': NODES, 'pools.yaml': trick }, ippoolOverlapsNodeNetwork))).toBe('quiet');
    const native = pool('p', '172.31.0.0/16').replace('natOutgoing: true', 'natOutgoing: false');
    expect(outcome(await heard({ 'nodes.yaml': NODES, 'pools.yaml': native }, ippoolOverlapsNodeNetwork))).toBe(
      'quiet',
    );
  });

  it('accuses no set that lists the nodes one by one', async () => {
    const sets = at(
      'n1',
      'ipset save',
      'create kube-router-node-ips hash:ip family inet hashsize 1024 maxelem 65536\nadd kube-router-node-ips 172.31.9.1\nadd kube-router-node-ips 172.31.9.2',
    );
    const rules = at(
      'n1',
      'iptables-save -t nat',
      '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -m set --match-set kube-router-pod-subnets src -m set ! --match-set kube-router-node-ips dst -j MASQUERADE\nCOMMIT',
    );
    expect(outcome(await heard({ 'nodes.yaml': NODES, 'n1.txt': sets + rules }, ippoolOverlapsNodeNetwork))).toBe(
      'quiet',
    );
  });

  it.each(['000', '010', '011', '012'])('finds nothing in sample %s', async (sample) => {
    expect(['quiet', 'ruled-out']).toContain(outcome(await heardSample(sample, ippoolOverlapsNodeNetwork)));
  });
});
