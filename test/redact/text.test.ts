import { describe, expect, it } from 'vitest';
import type { Names, Report } from '../../src/core/finding.js';
import { redactorOf } from '../../src/redact/redact-report.js';

/** What programs write, with addresses and names in it, before and after. */

const NAMES: Names = {
  nodes: ['edge-1', 'db01.acme.example', 'master'],
  pods: ['billing-5dbd79da6-srdlj', 'kube-flannel-ds-cfcft'],
  services: ['billing'],
  namespaces: ['acme-prod', 'kube-system'],
  policies: ['deny-all'],
  others: [],
};

const EMPTY: Report = {
  schema: 'podtrail.report/1',
  bundle: { name: 'ACME-4711.tar.gz', files: 1, bytes: 1, packets: 0, nodes: ['edge-1'] },
  verdict: { state: 'insufficient', cause: null, confidence: null, summary: '', subjects: [] },
  clocks: [],
  findings: [],
  ruledOut: [],
  notChecked: [],
  notRead: [],
  checks: [],
  exhibits: { conversations: [], cluster: { nodes: [], ways: [] }, timeline: { events: [], more: 0 } },
  names: NAMES,
};

/** The lines, redacted as the quotes of one report. */
function redacted(...lines: readonly [string, ...string[]]): string {
  const report: Report = { ...EMPTY, verdict: { ...EMPTY.verdict, subjects: lines } };
  return redactorOf(report).text(lines[0]);
}

describe('a line', () => {
  it.each([
    [
      'Nov 21 14:08:02 edge-1 kernel: [ 4014.2] raw out: LEN=60 ID=57664 SPT=51492',
      'Nov 21 14:08:02 node-1 kernel: [ 4014.2] raw out: LEN=60 ID=57664 SPT=51492',
    ],
    [
      '2026-11-21T16:27:34.382637Z eno1 Flags [S], seq 752848098, length 0',
      '2026-11-21T16:27:34.382637Z eno1 Flags [S], seq 752848098, length 0',
    ],
    ['edge-1 and EDGE-1, edge-12, wedge-1', 'node-1 and node-1, edge-12, wedge-1'],
    ['db01.acme.example (db01)', 'node-2 (node-2)'],
    ['--master=x is node master; veth1 master cni0', '--master=x is node node-3; veth1 master cni0'],
    ['acme-prod     billing-5dbd79da6-srdlj   1/1   Running', 'namespace-1     pod-1   1/1   Running'],
    ['kube-system   kube-flannel-ds-cfcft   1/1', 'kube-system   kube-flannel-ds-1   1/1'],
    ['--comment "acme-prod/billing:http has no endpoints"', '--comment "namespace-1/service-1:http has no endpoints"'],
    ['billing.acme-prod.svc.cluster.local', 'service-1.namespace-1.svc.cluster.local'],
    ['pod="shop-x/cart-7f9c4d5b6f-abcde"', 'pod="namespace-2/pod-2"'],
    ['lookup ldap.corp.acme.com: no such host', 'lookup host-1.domain-1.example: no such host'],
    [
      'flannel.1 eth0.100 cali5d0b3c1f7a2 net.ipv4.conf.all.rp_filter = 1',
      'flannel.1 eth0.100 cali5d0b3c1f7a2 net.ipv4.conf.all.rp_filter = 1',
    ],
    [
      'ippools.crd.projectcalico.org flannel.alpha.coreos.com/public-ip',
      'ippools.crd.projectcalico.org flannel.alpha.coreos.com/public-ip',
    ],
    [
      '-A cali-tw-calica1eda68f7e -m comment --comment "cali:cR0ilqJFYMnD3Oip" -j DROP',
      '-A cali-tw-calica1eda68f7e -m comment --comment "cali:cR0ilqJFYMnD3Oip" -j DROP',
    ],
    [
      'overlay-port-blocked, v1.28.4, 5.15.0-91-generic, 1.3.6.1.2.1',
      'overlay-port-blocked, v1.28.4, 5.15.0-91-generic, 1.3.6.1.2.1',
    ],
    ['MAC=ff:ff:ff:ff:ff:ff:00:0c:29:a5:da:f7:08:00', 'MAC=ff:ff:ff:ff:ff:ff:00:00:5e:10:00:01:08:00'],
    ['jo.doe@acme.com', 'user-1@domain-1.example'],
    ['5f3a1c2e-1111-4222-8333-444455556666', '00000000-0000-0000-0000-000000000001'],
    ['[::1]:8080 ::/0 fe80::/10 std::string [0:0]', '[::1]:8080 ::/0 fe80::/10 std::string [0:0]'],
  ] as const)('%s', (line, expected) => {
    expect(redacted(line)).toBe(expected);
  });

  it('keeps ports, lengths and directions around addresses', () => {
    const line = '10.200.1.7.39808 > 10.200.2.9.80: 10.200.0.0/16 via 10.200.1.1:443 (10.200.1.7)';
    const [, client, server, net, gateway, again] =
      /^(\S+)\.39808 > (\S+)\.80: (\S+)\/16 via (\S+):443 \((\S+)\)$/.exec(redacted(line)) ?? [];
    expect(client).toMatch(/^10\.\d+\.1\.\d+$/);
    expect(again).toBe(client);
    const start = net!.split('.').slice(0, 2).join('.');
    expect(net).toBe(`${start}.0.0`);
    expect(gateway).toBe(`${start}.1.1`);
    expect(server!.startsWith(`${start}.`)).toBe(true);
    expect(start).not.toBe('10.200');
  });

  it('follows an address into its other forms', () => {
    const line = '10.244.3.7 7.3.244.10.in-addr.arpa 10-244-3-7.default.pod.cluster.local IP:0xaf40307 ip-10-244-3-7';
    const [dotted, reversed, dashed, hex, host] = redacted(line).split(' ');
    const octets = dotted!.split('.');
    expect(reversed).toBe(`${[...octets].reverse().join('.')}.in-addr.arpa`);
    expect(dashed).toBe(`${octets.join('-')}.default.pod.cluster.local`);
    expect(hex).toBe(`IP:0x${octets.reduce((value, octet) => value * 256 + Number(octet), 0).toString(16)}`);
    expect(host).toBe(`ip-${octets.join('-')}`);
  });

  it('finds IPv6 with ports, zones and lengths', () => {
    const line =
      'fd12:3456:789a::1f.39808 > fd12:3456:789a::2.80: [fd12:3456:789a::1f]:443 fd12:3456:789a::/48 fe80::a%eth0';
    const told = redacted(line);
    expect(told).toMatch(/^fd\S+::\S+\.39808 > fd\S+::\S+\.80: \[fd\S+\]:443 fd\S+::\/48 fe80::\S+%eth0$/);
    expect(told).not.toMatch(/3456|789a|fe80::a%/);
  });

  it('calls the bundle a bundle, and files by words of the trade', () => {
    const report: Report = {
      ...EMPTY,
      notRead: [{ file: 'AcmeCorp/case-00123456/edge-1/ip_route.txt', reason: 'in ACME-4711.tar.gz: cut', count: 1 }],
    };
    const { path, text } = redactorOf(report);
    expect(path('AcmeCorp/case-00123456/edge-1/ip_route.txt')).toBe('x1/x2-x3/node-1/ip_route.txt');
    expect(text('in ACME-4711.tar.gz: cut')).toBe('in bundle.tar.gz: cut');
    expect(text('see AcmeCorp/case-00123456/edge-1/ip_route.txt:4')).toBe('see x1/x2-x3/node-1/ip_route.txt:4');
  });
});
