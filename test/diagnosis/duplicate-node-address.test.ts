import { describe, expect, it } from 'vitest';
import { duplicateNodeAddress } from '../../src/diagnosis/causes/duplicate-node-address.js';
import { at, heard, ipAddr, nodesYaml, outcome } from './case-of.js';

const PUBLIC_IP = 'flannel.alpha.coreos.com/public-ip';

describe('duplicate-node-address', () => {
  it('is likely by the announcements, proven when both interfaces are shown', async () => {
    const nodes = nodesYaml({ name: 'n1', ip: '10.0.2.15' }, { name: 'n2', ip: '10.0.2.15' });
    const told = await heard({ 'nodes.yaml': nodes }, duplicateNodeAddress);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(told.drafts[0]?.subjects).toEqual(['10.0.2.15', 'n1', 'n2']);
    const dump = (host: string, own: string) => at(host, 'ip addr', ipAddr(['eth0', '10.0.2.15/24'], ['eth1', own]));
    const both = {
      'nodes.yaml': nodes,
      'a.txt': dump('n1', '192.168.56.11/24'),
      'b.txt': dump('n2', '192.168.56.12/24'),
    };
    const proven = await heard(both, duplicateNodeAddress);
    expect(proven.drafts[0]?.confidence).toBe('proven');
    expect(proven.drafts[0]?.remedy[0]?.command).toContain('--node-ip=192.168.56.12');
  });

  it('leaves an address alone that stands on every machine and that nobody announces', async () => {
    const dump = (host: string, own: string) => at(host, 'ip addr', ipAddr(['eth0', '10.0.2.15/24'], ['eth1', own]));
    const files = {
      'nodes.yaml': nodesYaml(
        { name: 'n1', ip: '192.168.56.11', annotations: { [PUBLIC_IP]: '192.168.56.11' } },
        { name: 'n2', ip: '192.168.56.12', annotations: { [PUBLIC_IP]: '192.168.56.12' } },
      ),
      'a.txt': dump('n1', '192.168.56.11/24'),
      'b.txt': dump('n2', '192.168.56.12/24'),
    };
    expect(outcome(await heard(files, duplicateNodeAddress))).toBe('quiet');
  });

  it('is only for information when one of the two is the object of a node that is gone', async () => {
    const nodes = nodesYaml({ name: 'old', ip: '172.31.9.1', ready: false }, { name: 'new', ip: '172.31.9.1' });
    expect((await heard({ 'nodes.yaml': nodes }, duplicateNodeAddress)).drafts[0]).toMatchObject({
      severity: 'info',
      confidence: 'possible',
    });
  });
});
