import { describe, expect, it } from 'vitest';
import { nodeAddressMismatch } from '../../src/diagnosis/causes/node-address-mismatch.js';
import { at, heard, ipAddr, nodesYaml, outcome } from './case-of.js';

const PUBLIC_IP = 'flannel.alpha.coreos.com/public-ip';
const LO =
  '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n';
const node = (announces: string) =>
  nodesYaml({ name: 'n1', ip: '172.31.9.1', annotations: { [PUBLIC_IP]: announces } });
const dump = (host: string, address: string) => at(host, 'ip addr', LO + ipAddr(['eth0', `${address}/24`]));

describe('node-address-mismatch', () => {
  it('is likely when the complete interfaces do not have what is announced', async () => {
    const told = await heard(
      { 'nodes.yaml': node('172.31.9.77'), 'a.txt': dump('n1', '172.31.9.1') },
      nodeAddressMismatch,
    );
    expect(told.drafts).toHaveLength(1);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(told.drafts[0]?.subjects).toEqual(['172.31.9.77', 'n1', '172.31.9.1', 'eth0']);
    expect(told.quotes('node-address-mismatch').some((quote) => 'absent' in quote)).toBe(true);
  });

  it('names the node that really has it', async () => {
    const files = {
      'nodes.yaml': node('172.31.9.2'),
      'a.txt': dump('n1', '172.31.9.1'),
      'b.txt': dump('n2', '172.31.9.2'),
    };
    expect((await heard(files, nodeAddressMismatch)).drafts[0]?.subjects).toContain('n2');
  });

  it('leaves a public address in front of a private one alone, a part of the interfaces, and the right address', async () => {
    const said = async (announces: string, shown: string) =>
      outcome(await heard({ 'nodes.yaml': node(announces), 'a.txt': shown }, nodeAddressMismatch));
    expect(await said('203.0.113.9', dump('n1', '172.31.9.1'))).toBe('quiet');
    expect(await said('172.31.9.77', at('n1', 'ip addr show dev eth0', ipAddr(['eth0', '172.31.9.1/24'])))).toBe(
      'quiet',
    );
    expect(await said('172.31.9.1', dump('n1', '172.31.9.1'))).toBe('quiet');
  });
});
