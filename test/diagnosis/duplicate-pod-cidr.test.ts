import { describe, expect, it } from 'vitest';
import { duplicatePodCidr } from '../../src/diagnosis/causes/duplicate-pod-cidr.js';
import { at, heard, nodesYaml, outcome } from './case-of.js';

const node = (name: string, podCidr: string, ready = true) => ({
  name,
  ip: `172.31.9.${name.slice(1)}`,
  podCidr,
  ready,
});

describe('duplicate-pod-cidr', () => {
  it('is likely when one list gives two live nodes one subnet', async () => {
    const told = await heard(
      { 'nodes.yaml': nodesYaml(node('n1', '10.44.1.0/24'), node('n2', '10.44.1.0/24')) },
      duplicatePodCidr,
    );
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(told.drafts[0]?.subjects).toEqual(['10.44.1.0/24', 'n1', 'n2']);
  });

  it('sees overlaps of different lengths, and own leases of two nodes', async () => {
    const overlap = nodesYaml(node('n1', '10.44.0.0/23'), node('n2', '10.44.1.0/24'));
    expect((await heard({ 'nodes.yaml': overlap }, duplicatePodCidr)).drafts[0]?.subjects[0]).toBe('10.44.1.0/24');
    const env = (host: string) =>
      at(
        host,
        'cat /run/flannel/subnet.env',
        'FLANNEL_NETWORK=10.44.0.0/16\nFLANNEL_SUBNET=10.44.7.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true',
      );
    expect(outcome(await heard({ 'a.txt': env('n1'), 'b.txt': env('n2') }, duplicatePodCidr))).toBe('found');
  });

  it('sees nodes that a collector keeps in a file each, as one list; files of other names are of any time', async () => {
    const [one, two] = ['n1', 'n2'].map((name) => nodesYaml(node(name, '10.44.1.0/24'))) as [string, string];
    const folder = 'must-gather/cluster-scoped-resources/core/nodes';
    const told = await heard({ [`${folder}/n1.yaml`]: one, [`${folder}/n2.yaml`]: two }, duplicatePodCidr);
    expect(told.drafts[0]?.subjects).toEqual(['10.44.1.0/24', 'n1', 'n2']);
    expect(outcome(await heard({ 'before.yaml': one, 'after.yaml': two }, duplicatePodCidr))).toBe('quiet');
  });

  it('is only possible when one of the nodes is gone', async () => {
    const told = await heard(
      { 'nodes.yaml': nodesYaml(node('n1', '10.44.1.0/24', false), node('n2', '10.44.1.0/24')) },
      duplicatePodCidr,
    );
    expect(told.drafts[0]).toMatchObject({ confidence: 'possible', severity: 'info' });
  });

  it('does not compare lists of different times', async () => {
    const files = {
      'before.yaml': nodesYaml(node('n1', '10.44.1.0/24')),
      'after.yaml': nodesYaml(node('n2', '10.44.1.0/24')),
    };
    expect(outcome(await heard(files, duplicatePodCidr))).toBe('quiet');
  });
});
