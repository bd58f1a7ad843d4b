import { describe, expect, it } from 'vitest';
import { ipForwardDisabled } from '../../src/diagnosis/causes/ip-forward-disabled.js';
import { LINK, pcap, unansweredSyn } from '../capture-writer.js';
import { at, explained, heard, heardSample, ipAddr, nodesYaml, outcome, podsTable } from './case-of.js';

const NODES = nodesYaml(
  { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' },
  { name: 'n2', ip: '172.31.9.2', podCidr: '10.44.2.0/24' },
);
const PODS = podsTable(['default/a', 'Running', '10.44.1.5', 'n1'], ['default/b', 'Running', '10.44.2.6', 'n2']);
const node = (sysctl: string): string =>
  at('n1', 'ip addr', ipAddr(['eth0', '172.31.9.1/24'], ['cni0', '10.44.1.1/24'])) +
  at('n1', 'ip route', '172.31.9.0/24 dev eth0\n10.44.1.0/24 dev cni0\n10.44.2.0/24 via 172.31.9.2 dev eth0') +
  (sysctl === '' ? '' : at('n1', 'sysctl -a', sysctl));
const told = (sysctl: string) =>
  heard({ 'nodes.yaml': NODES, 'pods.txt': PODS, 'n1.txt': node(sysctl) }, ipForwardDisabled);

describe('ip-forward-disabled', () => {
  it('is proven by the setting and packets that come and do not go, once per node', async () => {
    const sample = await heardSample('100-ip-forward-disabled-a', ipForwardDisabled);
    expect(sample.drafts).toHaveLength(1);
    expect(sample.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(sample.drafts[0]?.subjects[0]).toBe('kube-w2');
    expect(sample.drafts[0]?.remedy[0]?.command).toMatch(/^sysctl -w net\.ipv4\.ip_forward=1 +# on kube-w2/);
    expect(explained(sample)).toEqual(['unreplied-syn']);
  });

  it('is likely by the settings alone, and names the device that is off', async () => {
    const { drafts } = await heardSample('100-ip-forward-disabled-b', ipForwardDisabled);
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.subjects.slice(0, 2)).toEqual(['wrk1', 'ens192']);
    expect(drafts[0]?.remedy[0]?.command).toBe('sysctl -w net.ipv4.conf.ens192.forwarding=1    # on wrk1');
  });

  it('is proven by packets that come and do not go, where only tables of nft are shown', async () => {
    const nft = at(
      'n1',
      'nft list ruleset',
      'table inet edge {\n\tchain fwd {\n\t\ttype filter hook forward priority filter; policy accept;\n\t}\n}',
    );
    const off = node('net.ipv4.ip_forward = 0\nnet.ipv4.conf.cni0.forwarding = 0\nnet.ipv4.conf.all.rp_filter = 0');
    const silent = unansweredSyn(1_700_000_000, '10.44.1.5:4000', '10.44.2.6:80');
    const more = unansweredSyn(1_700_000_009, '10.44.1.5:4001', '10.44.2.6:80', 9000);
    const { drafts } = await heard(
      {
        'nodes.yaml': NODES,
        'pods.txt': PODS,
        'n1.txt': `${off}${nft}`,
        'n1_cni0.pcap': pcap([...silent, ...more], LINK.raw),
      },
      ipForwardDisabled,
    );
    expect(drafts[0]).toMatchObject({ confidence: 'proven' });
  });

  it('is possible in a bundle where nobody tried', async () => {
    const { drafts } = await told('net.ipv4.ip_forward = 0\nnet.ipv4.conf.cni0.forwarding = 0');
    expect(drafts).toHaveLength(1);
    expect(drafts[0]).toMatchObject({ confidence: 'possible' });
  });

  it('is quiet with forwarding on, off on a device that no pod\u2019s packet comes in by, or not shown', async () => {
    expect(outcome(await told('net.ipv4.ip_forward = 1\nnet.ipv4.conf.cni0.forwarding = 1'))).toBe('quiet');
    expect(outcome(await told('net.ipv4.ip_forward = 1\nnet.ipv4.conf.wlan0.forwarding = 0'))).toBe('quiet');
    expect(outcome(await told(''))).toBe('quiet');
  });

  it('asks IPv6 for the switch of the whole node, names no device, and warns of a default route that is learnt', async () => {
    const six = (sysctl: string) =>
      heard(
        {
          'nodes.yaml': nodesYaml(
            { name: 'n1', ip: 'fd00:9::1', podCidr: 'fd00:44:1::/64' },
            { name: 'n2', ip: 'fd00:9::2', podCidr: 'fd00:44:2::/64' },
          ),
          'pods.txt': podsTable(
            ['default/a', 'Running', 'fd00:44:1::5', 'n1'],
            ['default/b', 'Running', 'fd00:44:2::6', 'n2'],
          ),
          'n1.txt':
            at('n1', 'ip addr', ipAddr(['eth0', 'fd00:9::1/64'], ['cni0', 'fd00:44:1::1/64'])) +
            at(
              'n1',
              'ip -6 route',
              'fd00:9::/64 dev eth0 proto kernel\nfd00:44:1::/64 dev cni0 proto kernel\nfd00:44:2::/64 via fd00:9::2 dev eth0',
            ) +
            at('n1', 'sysctl -a', sysctl),
        },
        ipForwardDisabled,
      );
    const { drafts } = await six(
      'net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 0\nnet.ipv6.conf.cni0.forwarding = 0',
    );
    expect(drafts.map(({ title }) => title)).toEqual(['Forwarding is off on n1 for IPv6']);
    expect(drafts[0]?.remedy[0]?.command).toMatch(/^sysctl -w net\.ipv6\.conf\.all\.forwarding=1 +# on n1/);
    expect(drafts[0]?.remedy[0]?.why).toContain('accept_ra=2');
    // A device's own setting stops no packet.
    expect(outcome(await six('net.ipv6.conf.all.forwarding = 1\nnet.ipv6.conf.cni0.forwarding = 0'))).toBe('quiet');
  });

  it.each(['010', '011', '012'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, ipForwardDisabled))).toBe('quiet');
  });
});
