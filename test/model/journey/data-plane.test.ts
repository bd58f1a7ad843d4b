import { describe, expect, it } from 'vitest';
import { analyzed, symptoms } from '../../bundle-folder.js';
import { conversation, framed, pcap, unansweredSyn } from '../../capture-writer.js';
import { ask, journeysOf } from './walked.js';

/** Devices and routes of Cilium with tunnels (pkg/defaults, pkg/datapath/linux/node.go); chains of pkg/datapath/iptables. */
const cilium = (n: number, peer: number): Record<string, string> => {
  const name = `node-${n}`;
  return {
    [`${name}/hostname`]: `${name}\n`,
    [`${name}/ip_addr.txt`]: [
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
      '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
      '    inet 127.0.0.1/8 scope host lo',
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000',
      `    link/ether 02:00:00:00:00:0${n} brd ff:ff:ff:ff:ff:ff`,
      `    inet 192.168.30.1${n}/24 brd 192.168.30.255 scope global eth0`,
      '3: cilium_net@cilium_host: <BROADCAST,MULTICAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000',
      `    link/ether 02:00:00:00:02:0${n} brd ff:ff:ff:ff:ff:ff`,
      '4: cilium_host@cilium_net: <BROADCAST,MULTICAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000',
      `    link/ether 02:00:00:00:03:0${n} brd ff:ff:ff:ff:ff:ff`,
      `    inet 10.0.${n}.226/32 scope global cilium_host`,
      '5: cilium_vxlan: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UNKNOWN group default qlen 1000',
      `    link/ether 02:00:00:00:04:0${n} brd ff:ff:ff:ff:ff:ff`,
      '7: lxc8c3a5c9d1e2f@if6: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000',
      `    link/ether 02:00:00:00:05:0${n} brd ff:ff:ff:ff:ff:ff link-netnsid 1`,
      '',
    ].join('\n'),
    [`${name}/ip_route.txt`]: [
      'default via 192.168.30.1 dev eth0 proto static',
      `10.0.${peer}.0/24 via 10.0.${n}.226 dev cilium_host proto kernel src 10.0.${n}.226 mtu 1450`,
      `10.0.${n}.0/24 via 10.0.${n}.226 dev cilium_host proto kernel src 10.0.${n}.226`,
      `10.0.${n}.226 dev cilium_host proto kernel scope link`,
      `192.168.30.0/24 dev eth0 proto kernel scope link src 192.168.30.1${n}`,
      '',
    ].join('\n'),
    [`${name}/iptables-save.txt`]: [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      ':INPUT ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':POSTROUTING ACCEPT [0:0]',
      'COMMIT',
      '*filter',
      ':INPUT ACCEPT [0:0]',
      ':FORWARD DROP [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':CILIUM_FORWARD - [0:0]',
      '-A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD',
      'COMMIT',
      '',
    ].join('\n'),
  };
};
const objects = {
  'kubectl/pods.txt': [
    'NAMESPACE    NAME          READY  STATUS   RESTARTS  AGE  IP             NODE    NOMINATED NODE  READINESS GATES',
    'default      web-1         1/1    Running  0         4d   10.0.1.17      node-1  <none>          <none>',
    'default      web-2         1/1    Running  0         4d   10.0.2.33      node-2  <none>          <none>',
    'kube-system  cilium-4xk9p  1/1    Running  0         4d   192.168.30.11  node-1  <none>          <none>',
    'kube-system  cilium-8vbnq  1/1    Running  0         4d   192.168.30.12  node-2  <none>          <none>',
    '',
  ].join('\n'),
  'kubectl/services.txt': [
    'NAMESPACE  NAME        TYPE       CLUSTER-IP    EXTERNAL-IP  PORT(S)  AGE  SELECTOR',
    'default    kubernetes  ClusterIP  10.96.0.1     <none>       443/TCP  4d   <none>',
    'default    web         ClusterIP  10.96.17.3    <none>       80/TCP   4d   app=web',
    '',
  ].join('\n'),
  'kubectl/endpoints.txt': [
    'NAMESPACE  NAME        ENDPOINTS                   AGE',
    'default    kubernetes  192.168.30.11:6443          4d',
    'default    web         10.0.1.17:80,10.0.2.33:80   4d',
    '',
  ].join('\n'),
};
const bundle = { ...cilium(1, 2), ...cilium(2, 1), ...objects };

describe('a cluster that Cilium carries', () => {
  it('has ways that nobody can tell, wherever its programs take the packet', async () => {
    const journeys = await journeysOf(bundle);
    for (const [from, to, port] of [
      ['web-1', 'web-2', 80],
      ['web-1', '10.96.17.3', 80],
      ['web-1', '8.8.8.8', 53],
      ['node-1', 'web-1', 80],
      ['node-1', 'web-2', 80],
      ['node-1', '10.96.17.3', 80],
      ['203.0.113.9', '192.168.30.11', 30080],
    ] as const) {
      const journey = ask(journeys, from, to, { proto: 6, dport: port });
      const [way] = journey.walks;
      expect([from, to, journey.outcome, way!.request.disposition]).toEqual([from, to, 'unknown', 'unknown']);
      expect(way!.request.missing!.what).toBe('what the eBPF programs of Cilium do with it on node-1');
      expect(way!.request.missing!.collect).toContain('in the cilium pod of node-1');
    }
  });

  it('leaves what processes of nodes send each other to the kernel', async () => {
    const journeys = await journeysOf(bundle);
    expect(ask(journeys, 'node-1', 'node-2', { proto: 6, dport: 10250 }).outcome).toBe('pass');
  });

  it('is told by the agent’s pod where no devices are shown', async () => {
    const bare = Object.fromEntries(Object.entries(bundle).filter(([path]) => !path.endsWith('ip_addr.txt')));
    const [way] = ask(await journeysOf(bare), 'web-1', 'web-2').walks;
    expect(way!.request.missing!.what).toBe('what the eBPF programs of Cilium do with it on node-1');
  });

  it('is accused of nothing: no closed FORWARD, no missing route, rule or masquerade', async () => {
    const failing = [
      ...unansweredSyn(1_700_000_000, '10.0.1.17:40000', '10.0.2.33:80', 7000),
      ...unansweredSyn(1_700_000_000.5, '10.0.1.17:40001', '10.96.17.3:80', 8000),
    ];
    const uplink = [
      ...conversation(1_700_000_000, '192.168.30.11:50000', '192.168.30.12:10250'),
      ...unansweredSyn(1_700_000_001, '192.168.30.11:40002', '10.0.2.33:80', 9000),
      ...unansweredSyn(1_700_000_001.5, '10.0.1.17:40003', '198.51.100.7:443', 9500),
      ...conversation(1_700_000_012, '192.168.30.11:50001', '192.168.30.12:10250', 3000),
    ].sort((a, b) => a.at - b.at);
    const report = await analyzed({
      ...bundle,
      'node-1/lxc8c3a5c9d1e2f.pcap': pcap(framed(failing)),
      'node-1/eth0.pcap': pcap(framed(uplink)),
    });
    expect(symptoms(report)).toContain('unreplied-syn');
    expect(report.findings.filter((f) => f.kind === 'cause' && f.severity !== 'info')).toEqual([]);
    expect(report.verdict.cause).toBeNull();
  });
});

describe('a cluster that Calico’s eBPF data plane carries', () => {
  const calico = Object.fromEntries(
    Object.entries({ ...cilium(1, 2), ...cilium(2, 1) }).map(([path, text]) => [
      path,
      text
        .replaceAll('cilium_net@cilium_host', 'bpfin.cali@bpfout.cali')
        .replaceAll('cilium_host@cilium_net', 'bpfout.cali@bpfin.cali')
        .replaceAll(/lxc\w+@if6/g, 'cali12d4a061371@if6')
        .replaceAll('cilium_vxlan', 'vxlan.calico')
        .replaceAll(/^10\.0\.\d\.\d+(\/24)? .*cilium_host.*\n/gm, ''),
    ]),
  );

  it('has ways that nobody can tell, by its devices or by its setting', async () => {
    const [way] = ask(
      await journeysOf({
        ...calico,
        ...objects,
        'kubectl/pods.txt': objects['kubectl/pods.txt'].replaceAll('cilium-', 'calico-node-'),
      }),
      'web-1',
      'web-2',
    ).walks;
    expect(way!.request.missing!.what).toBe('what the eBPF programs of Calico do with it on node-1');
  });
});
