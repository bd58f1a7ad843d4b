import { describe, expect, it } from 'vitest';
import { analyzed, symptoms } from '../bundle-folder.js';
import {
  arp,
  conversation,
  cooked,
  dns,
  echo,
  ethernet,
  framed,
  LINK,
  type Packet,
  pcap,
  udp,
} from '../capture-writer.js';

/** Clusters in which nothing is wrong, of kinds that the sample bundles do not have. */

const T = 1_700_000_000;
const merged = (...lists: readonly (readonly Packet[])[]): Packet[] => lists.flat().sort((a, b) => a.at - b.at);
const nodes = (...rows: readonly (readonly [string, string])[]): string =>
  [
    'NAME                 STATUS   ROLES    AGE   VERSION   INTERNAL-IP      EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME',
    ...rows.map(
      ([name, ip]) =>
        `${name.padEnd(20)} Ready    <none>   9d    v1.29.1   ${ip.padEnd(16)} <none>        Debian     6.1.0            containerd://1.7`,
    ),
  ].join('\n');
const pods = (...rows: readonly (readonly [string, string, string])[]): string =>
  [
    'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP              NODE                 NOMINATED NODE   READINESS GATES',
    ...rows.map(
      ([name, ip, node]) =>
        `shop        ${name.padEnd(7)} 1/1     Running   0          9d    ${ip.padEnd(15)} ${node.padEnd(20)} <none>           <none>`,
    ),
  ].join('\n');
const lookup = (at: number, client: string, server: string, id: number): Packet[] => [
  { at, bytes: udp(`${client}:40053`, `${server}:53`, dns(id)) },
  { at: at + 0.001, bytes: udp(`${server}:53`, `${client}:40053`, dns(id, 0)) },
];
const ping = (at: number, from: string, to: string): Packet[] =>
  [1, 2, 3].flatMap((seq) => [
    { at: at + seq, bytes: echo(from, to, 9, seq) },
    { at: at + seq + 0.001, bytes: echo(to, from, 9, seq, true) },
  ]);

describe('healthy clusters stay silent', () => {
  it('pod addresses plainly on the uplink (AWS, Azure, GKE native routing)', async () => {
    const report = await analyzed({
      'nodes.txt': nodes(['ip-10-0-1-10', '10.0.1.10'], ['ip-10-0-2-20', '10.0.2.20']),
      'pods.txt': pods(['web-0', '10.0.1.33', 'ip-10-0-1-10'], ['db-0', '10.0.2.44', 'ip-10-0-2-20']),
      'ip-10-0-1-10/eth0.pcap': pcap(
        framed(
          merged(
            conversation(T, '10.0.1.33:40000', '10.0.2.44:5432'),
            conversation(T + 1, '10.0.1.33:40001', '10.0.2.20:443'),
            conversation(T + 2, '10.0.1.33:40002', '10.0.9.9:443'),
            lookup(T + 3, '10.0.1.33', '10.0.0.2', 7),
            ping(T + 4, '10.0.1.33', '10.0.2.44'),
          ),
        ),
      ),
    });
    expect(symptoms(report)).toEqual([]);
  });

  it('service addresses on kube-ipvs0 and docker0 on every node', async () => {
    const addresses = (ip: string): string =>
      `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000\n    link/ether 02:00:00:00:00:${ip.slice(-2)} brd ff:ff:ff:ff:ff:ff\n    inet ${ip}/24 scope global eth0\n` +
      '3: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default\n    link/ether 02:42:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0\n' +
      '5: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default\n    link/ether 02:42:00:00:00:05 brd ff:ff:ff:ff:ff:ff\n    inet 10.96.0.1/32 scope global kube-ipvs0\n    inet 10.96.0.10/32 scope global kube-ipvs0\n';
    const talk = merged(
      conversation(T, '10.42.1.5:40000', '10.96.0.1:443'),
      lookup(T + 1, '10.42.1.5', '10.96.0.10', 7),
      conversation(T + 3, '172.17.0.2:40009', '198.51.100.8:443'),
    );
    const sides = (p: Packet): Packet => ({
      at: p.at,
      bytes: cooked(/^(10\.42|172\.17)/.test([...p.bytes.subarray(12, 16)].join('.')) ? 'in' : 'out', p.bytes),
    });
    const report = await analyzed({
      'a/hostname': 'a\n',
      'a/ip_addr.txt': addresses('192.168.5.10'),
      'b/hostname': 'b\n',
      'b/ip_addr.txt': addresses('192.168.5.11'),
      'a/any.pcap': pcap(talk.map(sides), LINK.cooked),
    });
    expect(symptoms(report)).toEqual([]);
    expect(report.findings).toEqual([]);
  });

  it('IPv6 only', async () => {
    const report = await analyzed({
      'a.pcap': pcap(
        framed(
          merged(
            conversation(T, '[fd00:10:1::5]:40000', '[fd00:10:2::7]:80'),
            lookup(T + 1, '[fd00:10:1::5]', '[fd00:96::a]', 3),
            ping(T + 2, 'fd00:10:1::5', 'fd00:10:2::7'),
          ),
        ),
      ),
    });
    expect(symptoms(report)).toEqual([]);
  });

  it('a service on cni0, translated one way only', async () => {
    const there = conversation(T, '10.42.1.5:40000', '10.96.7.7:80');
    const back = conversation(T, '10.42.1.5:40000', '10.42.1.9:8080');
    const mixed = there.map((p, i) => (p.bytes[15] === 5 && p.bytes[13] === 42 ? p : back[i]!));
    expect(symptoms(await analyzed({ 'cni0.pcap': pcap(framed(mixed)) }))).toEqual([]);
  });

  it('ARP, a dead target of monitoring outside, one conversation cut by the end of the capture', async () => {
    const noise = [0, 1, 2, 3, 4, 5].map((at) => ({ at: T + at, bytes: arp(1, '192.168.5.1', '192.168.5.77') }));
    const dead = [0, 1, 3].map((at) => conversation(T + at, '192.168.5.10:45000', '203.0.113.77:9100', 500)[0]!);
    const report = await analyzed({
      'nodes.txt': nodes(['a', '192.168.5.10'], ['b', '192.168.5.11']),
      'a.pcap': pcap(
        merged(
          noise,
          [
            ...conversation(T, '192.168.5.10:40000', '203.0.113.5:443'),
            ...dead,
            conversation(T + 6, '192.168.5.10:40001', '192.168.5.11:10250')[0]!,
          ].map((p) => ({ at: p.at, bytes: ethernet(p.bytes) })),
        ),
      ),
    });
    expect(symptoms(report)).toEqual([]);
  });
});
