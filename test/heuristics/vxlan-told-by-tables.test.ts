import { describe, expect, it } from 'vitest';
import type { Finding, Report } from '../../src/core/finding.js';
import { analyzed, serious } from '../bundle-folder.js';
import { conversation, framed, pcap, unansweredSyn, vxlan } from '../capture-writer.js';

const T = 1_700_000_000;
const wrong = (report: Report): Finding | undefined => {
  expect(report.checks.filter((check) => check.outcome === 'crashed')).toEqual([]);
  return serious(report).find((f) => f.code === 'vxlan-wrong-outer-dst');
};
const node = (name: string, cidr: string, ip: string, annotations = ''): string =>
  `apiVersion: v1\nkind: Node\nmetadata:\n  name: ${name}\n  annotations:\n    a: b\n${annotations}spec:\n  podCIDR: ${cidr}\n  podCIDRs:\n  - ${cidr}\nstatus:\n  addresses:\n  - address: ${ip}\n    type: InternalIP\n  - address: ${name}\n    type: Hostname\n`;
const announced = (ip: string, key = 'public-ip'): string => `    flannel.alpha.coreos.com/${key}: ${ip}\n`;
const nodesOf = (beta = node('beta', '10.61.2.0/24', '192.168.77.11', announced('192.168.77.11'))): string =>
  [
    node('alpha', '10.61.1.0/24', '192.168.77.10', announced('192.168.77.10')),
    beta,
    node('gamma', '10.61.3.0/24', '192.168.77.12', announced('192.168.77.12')),
  ].join('---\n');
interface Dumps {
  readonly route?: string;
  readonly neigh?: string;
  readonly fdb?: string;
}
const dumps = ({
  route = '10.61.2.0/24 via 10.61.2.0 dev flannel.1 onlink',
  neigh = '10.61.2.0 dev flannel.1 lladdr 0e:00:00:00:00:02 PERMANENT',
  fdb = '0e:00:00:00:00:02 dst 192.168.77.12 self permanent',
}: Dumps = {}): string =>
  `[root@alpha ~]# ip route\ndefault via 192.168.77.1 dev ens3\n${route}\n[root@alpha ~]# ip neigh\n${neigh}\n[root@alpha ~]# bridge fdb show dev flannel.1\n${fdb}\n`;
const found = async (dump: Dumps, more: Readonly<Record<string, string | Buffer>> = {}) =>
  wrong(await analyzed({ 'nodes.yaml': nodesOf(), 'alpha.txt': dumps(dump), ...more }));
const to = (address: string): Dumps => ({ fdb: `0e:00:00:00:00:02 dst ${address} self permanent` });
const LEASE =
  'I1114 20:00:00.100000       1 main.go:540] Found network config - Backend type: vxlan\n' +
  'I1114 20:00:01.000100       1 vxlan_network.go:144] adding subnet: 10.61.2.0/24 PublicIP: 192.168.77.11 VtepMAC: 0e:00:00:00:00:02\n';

describe('a route, a neighbour entry and an FDB entry that come to a wrong address', () => {
  it('fires without a packet, and cites all three and the owner', async () => {
    const finding = await found({});
    expect(finding).toMatchObject({ confidence: 'likely', severity: 'critical', count: 1 });
    expect(finding?.subjects).toEqual(
      expect.arrayContaining(['192.168.77.12', 'beta', 'alpha', '10.61.2.0/24', '192.168.77.11']),
    );
    expect(finding?.evidence).toEqual(
      expect.arrayContaining([
        ...[3, 5, 7].map((line) => expect.objectContaining({ file: 'alpha.txt', line })),
        expect.objectContaining({ file: 'nodes.yaml' }),
      ]),
    );
  });

  it('fires on an address that nobody has, by annotation and by lease alone', async () => {
    expect(await found(to('203.0.113.7'))).toMatchObject({ confidence: 'likely' });
    const alone = wrong(await analyzed({ 'paste.txt': dumps(to('203.0.113.7')), 'kube-flannel.log': LEASE }));
    expect(alone?.subjects).toEqual(expect.arrayContaining(['203.0.113.7', '10.61.2.0/24', '192.168.77.11']));
    expect(alone?.evidence).toEqual(expect.arrayContaining([expect.objectContaining({ file: 'kube-flannel.log' })]));
    expect(
      wrong(await analyzed({ 'paste.txt': dumps(to('192.168.77.11')), 'kube-flannel.log': LEASE })),
    ).toBeUndefined();
  });

  it('says stale when the address is that of an older lease', async () => {
    const log = `${LEASE}I1114 21:00:00.000000       1 vxlan_network.go:144] adding subnet: 10.61.2.0/24 PublicIP: 192.168.77.21 VtepMAC: 0e:00:00:00:00:02\n`;
    const finding = wrong(await analyzed({ 'paste.txt': dumps(to('192.168.77.11')), 'kube-flannel.log': log }));
    expect(finding?.explanation).toContain('stale');
  });

  it('fires for flannel-v6.1', async () => {
    const six = (dst: string): Dumps => ({
      route: 'x',
      neigh: 'fd61:2::1 dev eth9 lladdr 02:aa:bb:cc:dd:ee STALE',
      fdb: `0e:00:00:00:00:06 dev flannel-v6.1 dst ${dst} self permanent`,
    });
    const v6 = (dst: string): string =>
      `${dumps(six(dst)).replace('x\n', '')}[root@alpha ~]# ip -6 route\nfd61:0:0:2::/64 via fd61:0:0:2:: dev flannel-v6.1 metric 1024 onlink pref medium\n[root@alpha ~]# ip -6 neigh\nfd61:0:0:2:: dev flannel-v6.1 lladdr 0e:00:00:00:00:06 PERMANENT\n`;
    const beta = node('beta', 'fd61:0:0:2::/64', '2001:db8::11', announced('2001:db8::11', 'public-ipv6'));
    const read = async (dst: string) => wrong(await analyzed({ 'nodes.yaml': nodesOf(beta), 'alpha.txt': v6(dst) }));
    expect((await read('2001:db8::99'))?.subjects).toContain('beta');
    expect(await read('2001:db8::11')).toBeUndefined();
    // Only an IPv4 address of it is known.
    const four = node('beta', 'fd61:0:0:2::/64', '192.168.77.11', announced('192.168.77.11'));
    expect(wrong(await analyzed({ 'nodes.yaml': nodesOf(four), 'alpha.txt': v6('2001:db8::99') }))).toBeUndefined();
  });

  it('follows Calico by the tunnel address of the peer, never by podCIDR', async () => {
    const calico = (dst: string): string =>
      dumps({
        route: '10.61.7.64/26 via 10.61.7.66 dev vxlan.calico onlink',
        neigh: '10.61.7.66 dev vxlan.calico lladdr 66:00:00:00:00:02 PERMANENT',
        fdb: `66:00:00:00:00:02 dev vxlan.calico dst ${dst} self permanent`,
      });
    const peer =
      '    projectcalico.org/IPv4Address: 192.168.77.11/24\n    projectcalico.org/IPv4VXLANTunnelAddr: 10.61.7.66\n';
    const read = async (annotations: string, cidr: string, dst: string) =>
      wrong(
        await analyzed({
          'nodes.yaml': nodesOf(node('beta', cidr, '192.168.77.11', annotations)),
          'alpha.txt': calico(dst),
        }),
      );
    expect((await read(peer, '10.61.2.0/24', '192.168.77.12'))?.subjects).toContain('beta');
    expect(await read(peer, '10.61.2.0/24', '192.168.77.11')).toBeUndefined();
    expect(await read('', '10.61.7.64/26', '192.168.77.12')).toBeUndefined();
  });
});

describe('is silent', () => {
  it.each([
    ['the owner\u2019s address', to('192.168.77.11')],
    ['no route uses the entries', { route: '10.61.9.0/24 via 10.61.9.0 dev flannel.1 onlink' }],
    ['the route is down', { route: '10.61.2.0/24 via 10.61.2.0 dev flannel.1 onlink linkdown' }],
    [
      'the subnet has two routes',
      { route: '10.61.2.0/24 via 192.168.77.11 dev ens3\n10.61.2.0/24 via 10.61.2.0 dev flannel.1 metric 9 onlink' },
    ],
    ['the neighbour failed', { neigh: '10.61.2.0 dev flannel.1 FAILED' }],
    ['the neighbour is of another device', { neigh: '10.61.2.0 dev ens3 lladdr 0e:00:00:00:00:02 REACHABLE' }],
    ['only flooding leads there', { fdb: '00:00:00:00:00:00 dst 192.168.77.12 self permanent' }],
    ['the entry was learnt', { fdb: '0e:00:00:00:00:02 dst 192.168.77.12 self' }],
    [
      'dumps differ',
      {
        fdb: '0e:00:00:00:00:02 dst 192.168.77.12 self permanent\n0e:00:00:00:00:02 dst 192.168.77.11 self permanent',
      },
    ],
    [
      'there are only local and multicast entries',
      {
        fdb: '33:33:00:00:00:01 dev flannel.1 self permanent\n01:00:5e:00:00:01 dev flannel.1 self permanent\n0e:00:00:00:00:02 dev flannel.1 master bridge permanent',
      },
    ],
  ] satisfies [string, Dumps][])('when %s', async (_, dump) => {
    expect(await found(dump)).toBeUndefined();
  });

  it('when the node announces the address for other sites', async () => {
    const beta = node('beta', '10.61.2.0/24', '172.19.0.13', announced('203.0.113.7', 'public-ip-overwrite'));
    expect(await found(to('203.0.113.7'), { 'nodes.yaml': nodesOf(beta) })).toBeUndefined();
  });

  it('when the address is one of several of the node', async () => {
    const addr =
      '[root@beta ~]# ip -o -4 addr\n2: ens3    inet 192.168.77.11/24 brd 192.168.77.255 scope global ens3\n3: ens4    inet 172.30.0.11/24 brd 172.30.0.255 scope global ens4\n';
    expect(await found(to('172.30.0.11'), { 'beta.txt': addr })).toBeUndefined();
    expect(await found(to('172.30.0.99'), { 'beta.txt': addr })).toBeDefined();
  });

  it('when of the owner only the node list is known, which does not name second interfaces', async () => {
    const beta = node('beta', '10.61.2.0/24', '192.168.77.11');
    expect(await found(to('172.30.0.11'), { 'nodes.yaml': nodesOf(beta) })).toBeUndefined();
  });

  it('when podCIDR and lease name different nodes', async () => {
    const log = LEASE.replace('192.168.77.11', '192.168.77.12');
    expect(await found({}, { 'kube-flannel.log': log })).toBeUndefined();
  });

  it('when nobody owns the subnet', async () => {
    const gone = node('beta', '10.61.8.0/24', '192.168.77.11', announced('192.168.77.11'));
    expect(await found({}, { 'nodes.yaml': nodesOf(gone) })).toBeUndefined();
  });

  it('when packets of the subnet come from that address, or go to the right one', async () => {
    const back = conversation(T, '10.61.1.5:41000', '10.61.2.7:5432').map(({ at, bytes }) => ({
      at,
      bytes:
        bytes[14] === 1
          ? vxlan('192.168.77.10', '203.0.113.7', 1, bytes)
          : vxlan('203.0.113.7', '192.168.77.10', 1, bytes),
    }));
    expect(await found(to('203.0.113.7'), { 'alpha-ens3.pcap': pcap(framed(back)) })).toBeUndefined();
    const right = unansweredSyn(T, '10.61.1.5:41000', '10.61.2.7:5432').map(({ at, bytes }) => ({
      at,
      bytes: vxlan('192.168.77.10', '192.168.77.11', 1, bytes),
    }));
    expect(await found(to('203.0.113.7'), { 'alpha-ens3.pcap': pcap(framed(right)) })).toBeUndefined();
  });

  it('and tells it once where packets show it', async () => {
    const sent = unansweredSyn(T, '10.61.1.5:41000', '10.61.2.7:5432').map(({ at, bytes }) => ({
      at,
      bytes: vxlan('192.168.77.10', '192.168.77.12', 1, bytes),
    }));
    const report = await analyzed({
      'nodes.yaml': nodesOf(),
      'alpha.txt': dumps(),
      'alpha-ens3.pcap': pcap(framed(sent)),
    });
    expect(serious(report).filter((f) => f.code === 'vxlan-wrong-outer-dst')).toMatchObject([{ confidence: 'proven' }]);
  });
});
