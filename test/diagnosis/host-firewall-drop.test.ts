import { describe, expect, it } from 'vitest';
import { hostFirewallDrop } from '../../src/diagnosis/causes/host-firewall-drop.js';
import { underlayDrop } from '../../src/diagnosis/causes/underlay-drop.js';
import { framed, icmpError, pcap, tcp } from '../capture-writer.js';
import { at, explained, heard, heardSample, ipAddr, nodesYaml, outcome } from './case-of.js';

describe('host-firewall-drop', () => {
  it('is proven by the rule of INPUT that takes packets for the node\u2019s own port', async () => {
    const told = await heardSample('105-host-firewall-drop-a', hostFirewallDrop);
    expect(told.drafts).toHaveLength(1);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects).toEqual(expect.arrayContaining(['api-1', '10.15.15.11', '6443']));
    expect(told.drafts[0]?.remedy[0]?.command).toBe(
      'iptables -I INPUT 1 -s 10.15.15.0/24 -p tcp --dport 6443 -j ACCEPT    # on api-1',
    );
    expect(explained(told)).toContain('unreplied-syn');
  });

  it('is likely by the node\u2019s own ICMP error; a node that answers has the packets', async () => {
    const { drafts } = await heardSample('105-host-firewall-drop-b', hostFirewallDrop, underlayDrop);
    expect(drafts.map((d) => d.code)).toEqual(['host-firewall-drop']);
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.remedy[0]?.command).toMatch(
      /^iptables -I INPUT 1 -s 192\.168\.144\.0\/24 -p tcp --dport 10250 -j ACCEPT +# on rhel-wa/,
    );
  });

  it('accuses no firewall that keeps strangers out, where nobody of the cluster failed', async () => {
    const closed =
      at('n1', 'ip addr', ipAddr(['eth0', '172.31.9.1/24'])) +
      at(
        'n1',
        'iptables-save',
        '*filter\n:INPUT DROP [9:540]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT',
      );
    const nodes = nodesYaml({ name: 'n1', ip: '172.31.9.1' }, { name: 'n2', ip: '172.31.9.2' });
    expect(outcome(await heard({ 'nodes.yaml': nodes, 'n1.txt': closed }, hostFirewallDrop))).toBe('quiet');
  });

  it('accuses no firewall that rejects strangers, but one that rejects nodes, or what a service or the API server publishes', async () => {
    const nodes = nodesYaml({ name: 'n1', ip: '172.31.9.1' }, { name: 'n2', ip: '172.31.9.2' });
    const service = `kind: Service\napiVersion: v1\nmetadata: {name: web, namespace: shop}\nspec: {type: NodePort, clusterIP: 10.96.3.4, ports: [{port: 80, protocol: TCP, nodePort: 30808}]}\n`;
    const rejected = (from: string, port: number) => {
      const syn = tcp(`${from}:40111`, `172.31.9.1:${port}`, { flags: 'S', seq: 900 });
      return pcap(
        framed([
          { at: 1_700_000_000, bytes: syn },
          { at: 1_700_000_000.001, bytes: icmpError('172.31.9.1', from, 3, 13, syn) },
        ]),
      );
    };
    const told = async (from: string, port: number) =>
      outcome(
        await heard({ 'nodes.yaml': nodes, 'web.yaml': service, 'n1/a.pcap': rejected(from, port) }, hostFirewallDrop),
      );
    expect(await told('198.51.100.9', 23)).toBe('quiet');
    expect(await told('172.31.9.2', 23)).toBe('found');
    expect(await told('198.51.100.9', 30808)).toBe('found');
    expect(await told('198.51.100.9', 6443)).toBe('found');
  });

  it.each(['010', '012', '102-overlay-port-blocked-a'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, hostFirewallDrop))).toBe('quiet');
  });
});
