import { describe, expect, it } from 'vitest';
import { bgpNotEstablished } from '../../src/diagnosis/causes/bgp-not-established.js';
import { overlayPortBlocked } from '../../src/diagnosis/causes/overlay-port-blocked.js';
import { at, heard, heardSample, ipAddr, nodesYaml, outcome } from './case-of.js';

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

/** n1's and n2's interfaces, routes and INPUT rules. */
const node = (name: string, address: string, ...input: string[]): string =>
  at(name, 'ip addr', ipAddr(['eth0', `${address}/24`])) +
  at(name, 'ip route', `172.31.9.0/24 dev eth0 proto kernel scope link src ${address}`) +
  at(
    name,
    'iptables-save',
    ['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', ...input, 'COMMIT'].join('\n'),
  );
const STATEFUL = '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT';
const BLOCK = '-A INPUT -p tcp -m tcp --dport 179 -j DROP';
const walked = (session: string, n1: readonly string[], n2: readonly string[], ...causes: [typeof bgpNotEstablished]) =>
  heard(
    {
      'nodes.yaml': NODES,
      'n1.txt': node('n1', '172.31.9.1', ...n1) + session,
      'n2.txt': node('n2', '172.31.9.2', ...n2),
    },
    ...causes,
  );

describe('a rule that drops TCP 179', () => {
  // In the mesh 172.31.9.2 opens the connection: it comes in at n1.
  const down = status('172.31.9.2', 'start', 'Connect');

  it('is named, and the port is opened', async () => {
    const { drafts, quotes } = await walked(down, [STATEFUL, BLOCK], [STATEFUL], bgpNotEstablished);
    expect(drafts[0]?.summary).toContain('n1 drops its packets by -A INPUT -p tcp -m tcp --dport 179 -j DROP');
    expect(drafts[0]?.remedy[0]).toMatchObject({
      command: 'iptables -I INPUT 1 -s 172.31.9.0/24 -p tcp --dport 179 -j ACCEPT    # on n1',
      rollback: 'iptables -D INPUT -s 172.31.9.0/24 -p tcp --dport 179 -j ACCEPT    # on n1',
    });
    expect(quotes('bgp-not-established')).toEqual(
      expect.arrayContaining([expect.objectContaining({ role: 'what drops TCP 179', quote: BLOCK })]),
    );
  });

  it('is the overlay\u2019s port blocked, which wins', async () => {
    const { drafts } = await walked(down, [STATEFUL, BLOCK], [STATEFUL], overlayPortBlocked);
    expect(drafts).toMatchObject([{ code: 'overlay-port-blocked', confidence: 'likely' }]);
    expect(drafts[0]?.subjects).toEqual(expect.arrayContaining(['n1', 'INPUT', '179', 'n2']));
  });

  it('is none of the session\u2019s where the other end opens it, or either may', async () => {
    const innocent = async (session: string) => {
      const { drafts } = await walked(session, [STATEFUL], [STATEFUL, BLOCK], bgpNotEstablished);
      expect(drafts[0]?.summary).not.toContain('drops');
      expect(outcome(await walked(session, [STATEFUL], [STATEFUL, BLOCK], overlayPortBlocked))).toBe('quiet');
    };
    await innocent(down);
    await innocent(down.replace('node-to-node mesh', 'global           '));
  });

  it('is not looked for where the session is established', async () => {
    const up = status('172.31.9.2', 'up', 'Established');
    expect(outcome(await walked(up, [STATEFUL, BLOCK], [STATEFUL], overlayPortBlocked))).toBe('quiet');
  });
});
