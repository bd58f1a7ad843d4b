import { describe, expect, it } from 'vitest';
import type { Finding, Report } from '../../src/core/finding.js';
import { elapsed } from '../../src/heuristics/vxlan-moment.js';
import { analyzed, serious } from '../bundle-folder.js';
import { framed, type Packet, pcap, tcp, unansweredSyn, vxlan } from '../capture-writer.js';

/** 2023-11-14 22:13:20 UTC. */
const T = 1_700_000_000;
const lost = unansweredSyn(T, '10.61.1.5:41000', '10.61.2.7:5432');
const sent = (to: string, packets: readonly Packet[] = lost, vni = 1): Buffer =>
  pcap(framed(packets.map(({ at, bytes }) => ({ at, bytes: vxlan('192.168.77.10', to, vni, bytes) }))));
const START = 'I1114 20:00:00.100000       1 main.go:540] Found network config - Backend type: vxlan\n';
const via = (time: string, subnet: string, address: string): string =>
  `I${time}       1 vxlan_network.go:144] adding subnet: ${subnet} PublicIP: ${address} VtepMAC: 06:a9:e6:29:27:5f\n`;
const removed = (time: string, subnet: string, address: string): string =>
  `I${time}       1 vxlan_network.go:464] removing subnet: ${subnet} PublicIP: ${address} VtepMAC: 06:a9:e6:29:27:5f\n`;
const OWN = via('1114 20:00:01.000000', '10.61.1.0/24', '192.168.77.10');
const BETA = via('1114 20:00:01.000100', '10.61.2.0/24', '192.168.77.11');
const NODES = (...rows: readonly (readonly [string, string])[]): string =>
  [
    'NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME',
    ...rows.map(
      ([name, ip]) =>
        `${name.padEnd(7)} Ready    <none>   9d    v1.29.1   ${ip.padEnd(15)} <none>        Debian     6.1.0            containerd://1.7`,
    ),
    '',
  ].join('\n');

const wrong = (report: Report): Finding | undefined => {
  expect(report.checks.filter((check) => check.outcome === 'crashed')).toEqual([]);
  return serious(report).find((f) => f.code === 'vxlan-wrong-outer-dst');
};
const found = async (log: string, to: string, more: Readonly<Record<string, string | Buffer>> = {}) =>
  wrong(await analyzed({ 'kube-flannel.log': START + log, 'uplink.pcap': sent(to), ...more }));

describe('envelopes judged by leases', () => {
  it('fires where no node is known: the lease says another address', async () => {
    const finding = await found(OWN + BETA, '192.168.77.99');
    expect(finding).toMatchObject({ confidence: 'likely', count: 3 });
    expect(finding?.subjects).toEqual(expect.arrayContaining(['192.168.77.99', '192.168.77.11', '10.61.2.0/24']));
    expect(finding?.evidence).toEqual(
      expect.arrayContaining([expect.objectContaining({ file: 'kube-flannel.log', line: 3 })]),
    );
  });

  it('is silent when the envelope goes to the leased address', async () => {
    expect(await found(OWN + BETA, '192.168.77.11')).toBeUndefined();
  });

  it('reads leases of route-like lines and of event dumps', async () => {
    const dump =
      'I1114 20:00:01.000100       1 subnet.go:159] Batch elem [0] is { lease.Event{Type:0, Lease:lease.Lease{EnableIPv4:true, EnableIPv6:false, Subnet:ip.IP4Net{IP:0xa3d0200, PrefixLen:0x18}, IPv6Subnet:ip.IP6Net{IP:(*ip.IP6)(nil), PrefixLen:0x0}, Attrs:lease.LeaseAttrs{PublicIP:0xc0a84d0b, PublicIPv6:(*ip.IP6)(nil), BackendType:"vxlan", BackendData:json.RawMessage{0x6e, 0x75, 0x6c, 0x6c}, BackendV6Data:json.RawMessage(nil)}, Expiration:time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC), Asof:0}} }\n';
    const line = 'I1114 20:00:01.000100       1 network.go:86] Subnet added: 10.61.2.0/24 via 192.168.77.11\n';
    for (const log of [dump, line]) {
      expect(await found(OWN + log, '192.168.77.99')).toMatchObject({ confidence: 'likely' });
      expect(await found(OWN + log, '192.168.77.11')).toBeUndefined();
    }
  });

  it('fires where the owner is known and none of its addresses', async () => {
    const pods =
      'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE    NOMINATED NODE   READINESS GATES\n' +
      'shop        db-0    1/1     Running   0          9d    10.61.2.7    beta    <none>           <none>\n';
    const finding = await found(OWN + BETA, '192.168.77.99', { 'pods.txt': pods });
    expect(finding?.subjects).toContain('beta');
    expect(await found(OWN + BETA, '192.168.77.11', { 'pods.txt': pods })).toBeUndefined();
  });

  it('calls the address of an older lease stale', async () => {
    const moved = via('1114 21:00:00.000000', '10.61.2.0/24', '192.168.77.21');
    const finding = await found(OWN + BETA + moved, '192.168.77.11');
    expect(finding?.explanation).toContain('stale');
    expect(finding?.evidence).toEqual(
      expect.arrayContaining([expect.objectContaining({ line: 3 }), expect.objectContaining({ line: 4 })]),
    );
    expect(await found(OWN + BETA + moved, '192.168.77.21')).toBeUndefined();
  });

  it('says so of a listed node whose old address is still used', async () => {
    const nodes = NODES(['alpha', '192.168.77.10'], ['beta', '192.168.77.21']);
    const moved = via('1114 21:00:00.000000', '10.61.2.0/24', '192.168.77.21');
    const finding = await found(OWN + BETA + moved, '192.168.77.11', { 'nodes.txt': nodes });
    expect(finding?.explanation).toContain('stale');
    expect(await found(OWN + BETA + moved, '192.168.77.21', { 'nodes.txt': nodes })).toBeUndefined();
  });

  it('is silent on the old address where the new lease came after the packets', async () => {
    const moved = via('1114 23:00:00.000000', '10.61.2.0/24', '192.168.77.21');
    expect(await found(OWN + BETA + moved, '192.168.77.11')).toBeUndefined();
    expect(await found(OWN + moved, '192.168.77.11')).toBeUndefined();
  });

  it('is silent on the old address where the order of lease and packets is not known', async () => {
    const text = [0, 1, 3]
      .map(
        (s) =>
          `22:13:2${s}.000000 IP 192.168.77.10.45678 > 192.168.77.11.8472: OTV, flags [I] (0x08), overlay 0, instance 1\nIP 10.61.1.5.41000 > 10.61.2.7.5432: Flags [S], seq 5000, win 29200, length 0\n`,
      )
      .join('');
    const moved = via('1114 21:00:00.000000', '10.61.2.0/24', '192.168.77.21');
    const read = async (log: string) =>
      wrong(await analyzed({ 'kube-flannel.log': START + log, 'uplink-tcpdump.txt': text }));
    expect(await read(OWN + BETA + moved)).toBeUndefined();
    expect(await read(OWN + via('1114 20:00:01.000100', '10.61.2.0/24', '192.168.77.31'))).toBeDefined();
  });

  it('is silent on two leases of one subnet at once', async () => {
    const twice = via('1114 20:00:01.000200', '10.61.2.0/24', '192.168.77.12');
    for (const to of ['192.168.77.11', '192.168.77.12', '192.168.77.99'])
      expect(await found(OWN + BETA + twice, to), to).toBeUndefined();
  });

  it('is silent where two known nodes hold the subnet, or logs disagree without times', async () => {
    const nodes = NODES(['beta', '192.168.77.11'], ['gamma', '192.168.77.12']);
    const other = via('1114 21:00:00.000000', '10.61.2.0/24', '192.168.77.12');
    expect(await found(OWN + BETA + other, '192.168.77.11', { 'nodes.txt': nodes })).toBeUndefined();
    const second = START + via('1114 20:00:02.000000', '10.61.2.0/24', '192.168.77.12');
    expect(await found(OWN + BETA, '192.168.77.11', { 'b/kube-flannel.log': second })).toBeUndefined();
    const much = START + via('1114 21:00:00.000000', '10.61.2.0/24', '192.168.77.12');
    expect(await found(OWN + BETA, '192.168.77.11', { 'b/kube-flannel.log': much })).toBeDefined();
    expect(
      await found(OWN + BETA, '192.168.77.11', { 'b/kube-flannel.log': much, 'nodes.txt': nodes }),
    ).toBeUndefined();
  });

  it('judges by the new holder when a subnet was given to another node', async () => {
    const nodes = NODES(['alpha', '192.168.77.10'], ['beta', '192.168.77.11'], ['gamma', '192.168.77.12']);
    const log =
      OWN +
      BETA +
      removed('1114 20:30:00.000000', '10.61.2.0/24', '192.168.77.11') +
      via('1114 21:00:00.000000', '10.61.2.0/24', '192.168.77.12');
    expect(await found(log, '192.168.77.12', { 'nodes.txt': nodes })).toBeUndefined();
    expect((await found(log, '192.168.77.11', { 'nodes.txt': nodes }))?.subjects).toContain('gamma');
  });

  it('is silent when the lease was removed, belongs to another back end, network or family', async () => {
    const gone = removed('1114 21:00:00.000000', '10.61.2.0/24', '192.168.77.11');
    expect(await found(OWN + BETA + gone, '192.168.77.99')).toBeUndefined();
    const direct =
      'I1114 20:00:00.100000       1 main.go:540] Found network config - Backend type: host-gw\n' +
      'I1114 20:00:01.000000       1 route_network.go:86] Subnet added: 10.61.2.0/24 via 192.168.77.11\n';
    expect(await found(direct, '192.168.77.99')).toBeUndefined();
    const six = 'I1114 20:00:01.000100       1 network.go:86] Subnet added: 10.61.2.0/24 via 2001:db8::11\n';
    expect(await found(OWN + six, '192.168.77.99')).toBeUndefined();
  });

  it('is silent on packets of another overlay: its network identifier is not that of the lease', async () => {
    const dump =
      'I1114 20:00:01.000100       1 subnet.go:159] Batch elem [0] is { lease.Event{Type:0, Lease:lease.Lease{EnableIPv4:true, EnableIPv6:false, Subnet:ip.IP4Net{IP:0xa3d0200, PrefixLen:0x18}, IPv6Subnet:ip.IP6Net{IP:(*ip.IP6)(nil), PrefixLen:0x0}, Attrs:lease.LeaseAttrs{PublicIP:0xc0a84d0b, PublicIPv6:(*ip.IP6)(nil), BackendType:"vxlan", BackendData:json.RawMessage{0x7b, 0x22, 0x56, 0x4e, 0x49, 0x22, 0x3a, 0x31, 0x7d}, BackendV6Data:json.RawMessage(nil)}, Expiration:time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC), Asof:0}} }\n';
    const bundle = { 'kube-flannel.log': START + OWN + dump, 'uplink.pcap': sent('192.168.77.99', lost, 51966) };
    expect(wrong(await analyzed(bundle))).toBeUndefined();
  });

  it('is silent where Cilium does the sending', async () => {
    const links =
      '[root@alpha ~]# ip link\n7: cilium_vxlan: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n    link/ether 3e:1c:72:cc:3b:11 brd ff:ff:ff:ff:ff:ff\n';
    expect(await found(OWN + BETA, '192.168.77.99', { 'paste.txt': links })).toBeUndefined();
  });

  it('is silent at a receiver behind address translation', async () => {
    const translated = via('1114 20:00:01.000100', '10.61.2.0/24', '203.0.113.11');
    const here = tcp('172.19.0.13:40022', '192.0.2.9:443', { flags: 'A', seq: 7, ack: 9 });
    const file = pcap(
      framed([
        ...lost.map(({ at, bytes }) => ({ at, bytes: vxlan('192.168.77.10', '172.19.0.13', 1, bytes) })),
        { at: T + 9, bytes: here },
      ]),
    );
    expect(await found(OWN + translated, '172.19.0.13', { 'uplink.pcap': file })).toBeUndefined();
    expect(await found(OWN + translated, '172.19.0.13')).toBeDefined();
  });

  it('is silent when what is in the subnet answers from there', async () => {
    const back = tcp('10.61.2.9:5432', '10.61.1.5:41001', { flags: 'SA', ack: 1 });
    const file = pcap(
      framed([
        ...lost.map(({ at, bytes }) => ({ at, bytes: vxlan('192.168.77.10', '203.0.113.9', 1, bytes) })),
        { at: T + 9, bytes: vxlan('203.0.113.9', '192.168.77.10', 1, back) },
      ]),
    );
    expect(await found(OWN + BETA, '203.0.113.9', { 'uplink.pcap': file })).toBeUndefined();
  });
});

describe('elapsed', () => {
  it('compares what can be compared', () => {
    const epoch = { ns: T * 1e9, kind: 'epoch' };
    const noYear = { ns: (Date.UTC(1970, 10, 14, 22, 13, 30) / 1000) * 1e9, kind: 'no-year' };
    expect(elapsed(epoch, noYear)).toBe(10e9);
    expect(elapsed(noYear, epoch)).toBe(-10e9);
    expect(elapsed(epoch, { ns: 5, kind: 'since-boot' })).toBeUndefined();
    expect(elapsed(epoch, undefined)).toBeUndefined();
  });
});
