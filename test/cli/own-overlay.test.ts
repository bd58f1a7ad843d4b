import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { at, ipAddr } from '../diagnosis/case-of.js';
import { accused, reportByCommand } from '../report-by-command.js';
import { WHOLE } from '../three-nodes.js';

/** Overlays that nobody's CNI has named: a VXLAN device of its own name, port and identifier, with entries written by hand. */

type Files = Record<string, string>;

const mac = (n: number): string => `0e:aa:00:00:07:0${n}`;
const peersOf = (n: number): number[] => [1, 2, 3].filter((peer) => peer !== n);
interface Device {
  readonly port?: number;
  readonly mac?: string;
  readonly learning?: boolean;
}
const device = (n: number, { port = 4790, mac: own = mac(n), learning = false }: Device = {}): string =>
  `7: ovl7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/ether ${own} brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535\n    vxlan id 77 local 10.7.7.1${n} dev eth0 srcport 0 0 dstport ${port} ${learning ? '' : 'nolearning '}ttl auto ageing 300 udpcsum\n    inet 10.244.${n}.0/32 scope global ovl7\n       valid_lft forever preferred_lft forever`;
const addresses = (n: number, ...devices: readonly string[]): string =>
  at(
    `k${n}`,
    'ip -d addr',
    `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n${ipAddr(['eth0', `10.7.7.1${n}/24`], ['cni0', `10.244.${n}.1/24`]).trimEnd()}\n${devices.join('\n')}`,
  );
const routes = (n: number, ...lost: readonly number[]): string =>
  at(
    `k${n}`,
    'ip route',
    `default via 10.7.7.254 dev eth0\n${peersOf(n)
      .filter((peer) => !lost.includes(peer))
      .map((peer) => `10.244.${peer}.0/24 via 10.244.${peer}.0 dev ovl7 onlink`)
      .join(
        '\n',
      )}\n10.244.${n}.0/24 dev cni0 proto kernel scope link src 10.244.${n}.1\n10.7.7.0/24 dev eth0 proto kernel scope link src 10.7.7.1${n}`,
  );
const neighbours = (n: number, of = (peer: number): string => mac(peer), gateway = ''): string =>
  at(
    `k${n}`,
    'ip neigh',
    `${gateway}${peersOf(n)
      .map(
        (peer) =>
          `10.7.7.1${peer} dev eth0 lladdr 52:54:00:00:00:0${peer} REACHABLE\n10.244.${peer}.0 dev ovl7 lladdr ${of(peer)} PERMANENT`,
      )
      .join('\n')}`,
  );
const entry = (peer: number): string => `${mac(peer)} dev ovl7 dst 10.7.7.1${peer} self permanent`;
const fdb = (n: number, ...lost: readonly number[]): string =>
  at(
    `k${n}`,
    'bridge fdb',
    peersOf(n)
      .filter((peer) => !lost.includes(peer))
      .map(entry)
      .join('\n'),
  );
const CLUSTER: Readonly<Files> = Object.fromEntries([
  ...Object.entries(WHOLE),
  ...[1, 2, 3].flatMap((n) => [
    [`k${n}/ip_addr.txt`, addresses(n, device(n))],
    [`k${n}/ip_route_show_table_all.txt`, routes(n)],
    [`k${n}/ip_neigh.txt`, neighbours(n)],
    [`k${n}/fdb.txt`, fdb(n)],
  ]),
  [
    'k1/ping.txt',
    at(
      'k1',
      'kubectl exec -n shop web-1 -- ping -c 4 10.244.2.5',
      'PING 10.244.2.5 (10.244.2.5): 56 data bytes\n\n--- 10.244.2.5 ping statistics ---\n4 packets transmitted, 0 packets received, 100% packet loss',
    ),
  ],
]);
const FAULTS: Readonly<Record<string, Readonly<Files>>> = {
  'an FDB entry that is missing': { 'k1/fdb.txt': fdb(1, 2) },
  'an FDB entry to an address that is nobody’s': {
    'k1/fdb.txt': fdb(1).replace('dst 10.7.7.12', 'dst 10.7.7.99'),
    'k1/ip_neigh.txt': `${neighbours(1)}10.7.7.99 dev eth0 FAILED\n`,
  },
  'a neighbour entry with another MAC address': {
    'k1/ip_neigh.txt': neighbours(1, (peer) => (peer === 2 ? '0e:aa:00:00:07:99' : mac(peer))),
  },
  'a route that is missing': { 'k1/ip_route_show_table_all.txt': routes(1, 2) },
};
const broken = (changes: Readonly<Files> = {}): Report => reportByCommand({ ...CLUSTER, ...changes });

describe('a ping that fails', () => {
  it('accuses nobody where all entries are there', () => {
    const report = broken();
    expect(accused(report)).toEqual([]);
    expect(report.verdict.state).toBe('suspected');
  });

  it('is due to the FDB entry that is not there, which can be written by hand', () => {
    const { verdict, findings } = broken({ 'k1/fdb.txt': fdb(1, 2) });
    expect(verdict, verdict.summary).toMatchObject({ state: 'diagnosed', cause: 'stale-vtep' });
    expect(findings[0]?.title).toBe('k1 has no FDB entry for k2 on ovl7');
    expect(findings[0]?.remedy.map(({ command }) => command)).toContain(
      `bridge fdb add ${mac(2)} dev ovl7 dst 10.7.7.12 self permanent    # on k1`,
    );
    expect(findings[0]?.evidence).toContainEqual(
      expect.objectContaining({ searched: [expect.stringContaining('fdb')] }),
    );
  });

  it.each([
    ['of which the pipe left out the rest', at('k1', 'bridge fdb | grep 10.7.7.13', entry(3))],
    ['of another device', at('k1', 'bridge fdb show dev cni0', '33:33:00:00:00:01 self permanent')],
  ])('accuses no FDB %s', (_, text) => {
    expect(accused(broken({ 'k1/fdb.txt': text }))).toEqual([]);
  });

  it('accuses no FDB of a device that learns', () => {
    expect(
      accused(broken({ 'k1/fdb.txt': fdb(1, 2), 'k1/ip_addr.txt': addresses(1, device(1, { learning: true })) })),
    ).toEqual([]);
  });

  it('is due to a neighbour entry with a MAC address that the peer’s device does not have', () => {
    const wrong = neighbours(1, (peer) => (peer === 2 ? '0e:aa:00:00:07:99' : mac(peer)));
    expect(accused(broken({ 'k1/ip_neigh.txt': wrong }))).toEqual(['stale-vtep']);
  });

  it('is due to a port that differs', () => {
    const { verdict, findings } = broken({ 'k2/ip_addr.txt': addresses(2, device(2, { port: 4789 })) });
    expect(verdict, verdict.summary).toMatchObject({ cause: 'overlay-parameter-mismatch' });
    expect(verdict.summary).toContain('4789 on k2');
    expect(findings[0]!.remedy.map(({ command }) => command)).toEqual([
      expect.stringContaining(
        `ip link del ovl7 && ip link add ovl7 address ${mac(2)} type vxlan id 77 dstport 4790 local 10.7.7.12 dev eth0 nolearning && ip addr add 10.244.2.0/32 dev ovl7 && ip link set ovl7 mtu 1450 up`,
      ),
    ]);
  });

  it('accuses no other VXLAN device of the nodes, which carries no pods and may differ', () => {
    const other = (port: number): string =>
      `9: lab9: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/ether 0e:bb:00:00:00:09 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535\n    vxlan id 9 local 10.7.7.11 dev eth0 srcport 0 0 dstport ${port} nolearning ttl auto ageing 300 udpcsum`;
    expect(
      accused(
        broken({
          'k1/ip_addr.txt': addresses(1, device(1), other(4789)),
          'k2/ip_addr.txt': addresses(2, device(2), other(8472)),
        }),
      ),
    ).toEqual([]);
  });
});

describe.each(Object.entries(FAULTS))('%s', (_, fault) => {
  it('is mended by the kernel’s own commands where nothing shows a CNI, and asks for nothing that is held whole', () => {
    const { verdict, findings, notChecked } = broken(fault);
    expect(verdict.state, verdict.summary).toBe('diagnosed');
    const { remedy } = findings[0]!;
    expect(remedy[0]!.command).toMatch(/^(?:bridge fdb|ip neigh|ip route) \w+ /);
    expect(JSON.stringify(remedy)).not.toMatch(/flannel|calico|cilium|kubectl/);
    expect(remedy[0]!.why).toContain('shows no CNI');
    const asked = notChecked.map(({ collect }) => collect);
    expect(
      asked.filter((one) => /^(?:ip addr|ip -d link|ip route(?! get)|bridge fdb|kubectl get nodes)\b/.test(one)),
    ).toEqual([]);
  });

  it('begins with the agent where a pod of it is listed', () => {
    const agent = `${CLUSTER['kubectl/pods.txt']}kube-system   kube-flannel-ds-x7x7x   1/1   Running   0   12m   10.7.7.11   k1   <none>   <none>\n`;
    const { findings } = broken({ ...fault, 'kubectl/pods.txt': agent });
    expect(findings[0]!.remedy[0]!.command).toBe('kubectl -n kube-system delete pod kube-flannel-ds-x7x7x');
  });
});

describe('a route that takes other nodes’ pods to be on the link', () => {
  const direct = routes(1).replace('via 10.244.2.0 dev ovl7 onlink', 'dev eth0 scope link');
  const asked = (state: string): Files => ({
    'k1/ip_route_show_table_all.txt': direct,
    'k1/ip_neigh.txt': `${neighbours(1)}10.244.2.5 dev eth0 ${state}\n`,
  });

  it('is named as what it is, whichever side was tried, and made like the others', () => {
    const { verdict, findings } = broken(asked('FAILED'));
    expect(verdict, verdict.summary).toMatchObject({ state: 'diagnosed', cause: 'next-hop-off-link' });
    expect(accused({ ...broken(asked('FAILED')) })).toEqual(['next-hop-off-link']);
    expect(findings[0]!.remedy.map(({ command }) => command)).toEqual([
      'ip route replace 10.244.2.0/24 via 10.244.2.0 dev ovl7 onlink    # on k1',
    ]);
  });

  it('is none where somebody answers for them (proxy ARP)', () => {
    expect(accused(broken(asked('lladdr 52:54:00:00:00:02 REACHABLE')))).toEqual([]);
  });
});

describe('a route that is missing, behind a default gateway that nobody answers for', () => {
  const gateway = '10.7.7.254 dev eth0 INCOMPLETE\n';

  it('is named, and the gateway is not taken for the fault', () => {
    const { verdict } = broken({
      'k1/ip_route_show_table_all.txt': routes(1, 2),
      'k1/ip_neigh.txt': neighbours(1, mac, gateway),
    });
    expect(verdict, verdict.summary).toMatchObject({ state: 'diagnosed', cause: 'missing-pod-route' });
    expect(verdict.summary).toContain('the default gateway, for which nobody answers');
  });

  it('is none where the node has the route: the gateway does not matter then', () => {
    expect(accused(broken({ 'k1/ip_neigh.txt': neighbours(1, mac, gateway) }))).toEqual([]);
  });
});
