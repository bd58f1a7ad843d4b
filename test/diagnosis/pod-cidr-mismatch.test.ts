import { describe, expect, it } from 'vitest';
import { podCidrMismatch } from '../../src/diagnosis/causes/pod-cidr-mismatch.js';
import { explained, heard, heardSample, nodesYaml, outcome, podsTable } from './case-of.js';

const NET_CONF = '{ "Network": "10.244.0.0/16", "Backend": { "Type": "vxlan" } }\n';
const nodes = (...cidrs: readonly string[]) =>
  nodesYaml(...cidrs.map((podCidr, i) => ({ name: `n${i + 1}`, ip: `172.31.9.${i + 1}`, podCidr })));

describe('pod-cidr-mismatch', () => {
  it.each(['000', '005'])('is proven in sample %s, and explains all four symptoms', async (sample) => {
    const told = await heardSample(sample, podCidrMismatch);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects.slice(0, 2)).toEqual(['10.244.0.0/16', '10.42.0.0/16']);
    expect(told.drafts[0]?.subjects).toEqual(expect.arrayContaining(['10.42.1.6', '192.168.30.11', 'rke-worker1']));
    expect(explained(told).sort()).toEqual(['martian-source', 'unreplied-icmp', 'unreplied-syn', 'unsnatted-source']);
    expect(told.quotes('pod-cidr-mismatch').some((quote) => 'frame' in quote)).toBe(true);
    expect(told.drafts[0]?.remedy[0]?.command).toContain('canal-config');
  });

  it('is likely from configuration alone', async () => {
    const told = await heard({ 'nodes.yaml': nodes('10.42.0.0/24'), 'net-conf.json': NET_CONF }, podCidrMismatch);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(told.drafts[0]?.subjects).toContain('n1');
  });

  it('never tells to configure the subnet of one node as the network of all', async () => {
    const told = await heard({ 'nodes.yaml': nodes('10.42.0.0/24'), 'net-conf.json': NET_CONF }, podCidrMismatch);
    const [remedy] = told.drafts[0]?.remedy ?? [];
    expect(remedy?.command).toContain('s#10.244.0.0/16#POD_NETWORK#');
    expect(remedy?.why).toContain('kubectl cluster-info dump | grep -m1 cluster-cidr');
    expect(JSON.stringify(remedy)).not.toContain('10.42.0.0/24');
  });

  it('accuses the one node whose subnet lies outside', async () => {
    const told = await heard(
      { 'nodes.yaml': nodes('10.244.0.0/24', '10.245.1.0/24'), 'net-conf.json': NET_CONF },
      podCidrMismatch,
    );
    expect(told.drafts[0]?.subjects).toContain('n2');
    expect(told.drafts[0]?.subjects).not.toContain('n1');
  });

  it('is quiet when the network contains the subnets', async () => {
    const told = await heard({ 'nodes.yaml': nodes('10.244.3.0/24'), 'net-conf.json': NET_CONF }, podCidrMismatch);
    expect(outcome(told)).toBe('quiet');
  });

  it('leaves a podCIDR alone that nobody uses: the pods have addresses of the network', async () => {
    const told = await heard(
      {
        'nodes.yaml': nodes('10.42.0.0/24'),
        'net-conf.json': NET_CONF,
        'pods.txt': podsTable(['default/web', 'Running', '10.244.7.9', 'n1']),
      },
      podCidrMismatch,
    );
    expect(outcome(told)).toBe('quiet');
  });

  it('leaves pods alone that live in a disabled pool', async () => {
    const pool = (name: string, cidr: string, disabled: boolean) =>
      `---\napiVersion: crd.projectcalico.org/v1\nkind: IPPool\nmetadata:\n  name: ${name}\nspec:\n  cidr: ${cidr}\n  natOutgoing: true\n  disabled: ${disabled}\n`;
    const files = {
      'nodes.yaml': nodes('10.42.0.0/24'),
      'pods.txt': podsTable(['default/web', 'Running', '10.42.0.9', 'n1']),
    };
    const pools = pool('new', '10.99.0.0/16', false);
    expect(outcome(await heard({ ...files, 'pools.yaml': pools }, podCidrMismatch))).toBe('found');
    const both = pools + pool('old', '10.42.0.0/16', true);
    expect(outcome(await heard({ ...files, 'pools.yaml': both }, podCidrMismatch))).toBe('quiet');
  });
});
