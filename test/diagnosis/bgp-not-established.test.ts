import { describe, expect, it } from 'vitest';
import { bgpNotEstablished } from '../../src/diagnosis/causes/bgp-not-established.js';
import { at, heard, heardSample, nodesYaml, outcome } from './case-of.js';

const NODES = nodesYaml(
  { name: 'n1', ip: '172.31.9.1' },
  { name: 'n2', ip: '172.31.9.2' },
  { name: 'n3', ip: '172.31.9.3', ready: false },
);
const status = (peer: string, state: string, info: string) =>
  at(
    'n1',
    'calicoctl node status',
    `Calico process is running.\n\nIPv4 BGP status\n+--------------+-------------------+-------+----------+--------------------------------+\n| PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |              INFO              |\n+--------------+-------------------+-------+----------+--------------------------------+\n| ${peer}   | node-to-node mesh | ${state} | 09:11:06 | ${info} |\n+--------------+-------------------+-------+----------+--------------------------------+\n\nIPv6 BGP status\nNo IPv6 peers found.`,
  );
const told = (n1: string) => heard({ 'nodes.yaml': NODES, 'n1.txt': n1 }, bgpNotEstablished);
const DOWN = status('172.31.9.2', 'start', 'Active Socket: Connection reset');

describe('bgp-not-established', () => {
  it('is likely by the session\u2019s state', async () => {
    const { drafts } = await told(DOWN);
    expect(drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(drafts[0]?.subjects).toEqual(['172.31.9.2', 'n1', 'n2']);
  });

  it('is quiet when it is established, when the peer is gone, and when routes came by it', async () => {
    expect(outcome(await told(status('172.31.9.2', 'up', 'Established')))).toBe('quiet');
    expect(outcome(await told(status('172.31.9.3', 'start', 'Active Socket: Connection refused')))).toBe('quiet');
    expect(outcome(await told(DOWN + at('n1', 'ip route', '10.44.2.0/26 via 172.31.9.2 dev eth0 proto bird')))).toBe(
      'quiet',
    );
  });

  it.each(['003', '011'])('does not fire in sample %s', async (sample) => {
    expect(['quiet', 'ruled-out']).toContain(outcome(await heardSample(sample, bgpNotEstablished)));
  });
});
