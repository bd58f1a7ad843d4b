import { describe, expect, it } from 'vitest';
import { analyzed, serious, symptoms } from '../bundle-folder.js';
import { conversation, framed, type Packet, pcap, tcp, unansweredSyn, vxlan } from '../capture-writer.js';

const T = 1_700_000_000;
const NODES =
  'NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
  'alpha   Ready    <none>   9d    v1.29.1   192.168.77.10   <none>        Debian     6.1.0            containerd://1.7\n' +
  'beta    Ready    <none>   9d    v1.29.1   192.168.77.11   <none>        Debian     6.1.0            containerd://1.7\n' +
  'gamma   Ready    <none>   9d    v1.29.1   192.168.77.12   <none>        Debian     6.1.0            containerd://1.7\n';
const PODS =
  'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE    NOMINATED NODE   READINESS GATES\n' +
  'shop        web-0   1/1     Running   0          9d    10.61.1.5    alpha   <none>           <none>\n' +
  'shop        db-0    1/1     Running   0          9d    10.61.2.7    beta    <none>           <none>\n';
const wrapped = (packets: readonly Packet[], to: string, vni = 1, port = 8472): Packet[] =>
  packets.map((p) => ({
    at: p.at,
    bytes:
      p.bytes[15] === 5
        ? vxlan('192.168.77.10', to, vni, p.bytes, port)
        : vxlan(to, '192.168.77.10', vni, p.bytes, port),
  }));
const lost = unansweredSyn(T, '10.61.1.5:41000', '10.61.2.7:5432');
const bundle = (packets: readonly Packet[]): Record<string, string | Buffer> => ({
  'nodes.txt': NODES,
  'pods.txt': PODS,
  'alpha-uplink.pcap': pcap(framed(packets)),
});

describe('vxlan-wrong-outer-dst', () => {
  it('fires on an envelope to another node than the one with the pod', async () => {
    const report = await analyzed(bundle(wrapped(lost, '192.168.77.12')));
    expect(symptoms(report)).toContain('vxlan-wrong-outer-dst');
    expect(serious(report).find((f) => f.code === 'vxlan-wrong-outer-dst')?.subjects).toEqual(
      expect.arrayContaining(['192.168.77.12', 'beta', '192.168.77.11']),
    );
  });

  it('tells what two captures show of one envelope once, as its sender shows it', async () => {
    const file = pcap(framed(wrapped(lost, '192.168.77.12')));
    const report = await analyzed({ ...bundle(wrapped(lost, '192.168.77.12')), 'a-gamma-uplink.pcap': file });
    const found = serious(report).filter((f) => f.code === 'vxlan-wrong-outer-dst');
    expect(found).toMatchObject([{ count: 3 }]);
    expect(found[0]?.evidence[0]).toMatchObject({ file: expect.stringContaining('alpha-uplink.pcap') });
  });

  it('fires though the node at that address talks with the sender for its own pods', async () => {
    const pods = `${PODS}shop        app-0   1/1     Running   0          9d    10.61.3.4    gamma   <none>           <none>\n`;
    const talk = conversation(T + 5, '10.61.1.5:42000', '10.61.3.4:8080');
    const report = await analyzed({
      ...bundle([...wrapped(lost, '192.168.77.12'), ...wrapped(talk, '192.168.77.12')]),
      'pods.txt': pods,
    });
    expect(symptoms(report)).toContain('vxlan-wrong-outer-dst');
  });

  it.each([
    ['flannel', 1, 8472],
    ['the IANA port', 4096, 4789],
    ['Cilium, whose VNI is an identity', 51966, 8472],
    ['Weave', 7, 6784],
  ])('is silent when all is right: %s', async (_, vni, port) => {
    const talk = conversation(T, '10.61.1.5:41000', '10.61.2.7:5432');
    expect(symptoms(await analyzed(bundle(wrapped(talk, '192.168.77.11', vni, port))))).toEqual([]);
  });

  it('is silent on a second interface of which the node list knows nothing', async () => {
    const found = symptoms(await analyzed(bundle(wrapped(lost, '172.30.0.11'))));
    expect(found).toEqual(['unreplied-syn']);
  });

  it('is silent when the envelopes are answered', async () => {
    const back = [
      {
        at: T + 9,
        bytes: vxlan(
          '203.0.113.9',
          '192.168.77.10',
          1,
          tcp('10.61.2.7:5432', '10.61.1.5:41001', { flags: 'SA', ack: 1 }),
        ),
      },
    ];
    expect(symptoms(await analyzed(bundle([...wrapped(lost, '203.0.113.9'), ...back])))).toEqual(['unreplied-syn']);
  });

  it('takes podCIDR for the place of pods only where no CNI gives addresses by itself', async () => {
    const nodes = (annotation: string): string =>
      [
        ['alpha', '10.61.1.0/24', '192.168.77.10'],
        ['beta', '10.61.2.0/24', '192.168.77.11'],
        ['gamma', '10.61.3.0/24', '192.168.77.12'],
      ]
        .map(
          ([name, cidr, ip], i) =>
            `apiVersion: v1\nkind: Node\nmetadata:\n  name: ${name}\n  annotations:\n    a: b\n${annotation.replace('?', String(i))}spec:\n  podCIDR: ${cidr}\n  podCIDRs:\n  - ${cidr}\nstatus:\n  addresses:\n  - address: ${ip}\n    type: InternalIP\n`,
        )
        .join('---\n');
    const file = pcap(framed(wrapped(lost, '192.168.77.12')));
    const plain = await analyzed({ 'nodes.yaml': nodes(''), 'alpha-uplink.pcap': file });
    expect(symptoms(plain)).toContain('vxlan-wrong-outer-dst');
    const calico = nodes('    projectcalico.org/IPv4VXLANTunnelAddr: 10.61.?.64\n');
    expect(symptoms(await analyzed({ 'nodes.yaml': calico, 'alpha-uplink.pcap': file }))).not.toContain(
      'vxlan-wrong-outer-dst',
    );
  });

  it('is silent at a receiver that sees its own address where the sender used the announced one', async () => {
    const annotated = (name: string, cidr: string, ip: string): string =>
      `apiVersion: v1\nkind: Node\nmetadata:\n  name: ${name}\n  annotations:\n    flannel.alpha.coreos.com/public-ip: ${ip}\nspec:\n  podCIDR: ${cidr}\n`;
    const nodes = [
      annotated('alpha', '10.61.1.0/24', '203.0.113.10'),
      annotated('beta', '10.61.2.0/24', '203.0.113.11'),
    ].join('---\n');
    const seen = lost.map(({ at, bytes }) => ({ at, bytes: vxlan('203.0.113.10', '172.19.0.13', 1, bytes) }));
    const at = (host: string) =>
      analyzed({ 'nodes.yaml': nodes, 'pods.txt': PODS, [`${host}-uplink.pcap`]: pcap(framed(seen)) });
    expect(symptoms(await at('beta'))).not.toContain('vxlan-wrong-outer-dst');
    expect(symptoms(await at('alpha'))).toContain('vxlan-wrong-outer-dst');
  });

  it('fires on an address that two nodes announce, when it stands on the other one only', async () => {
    const twice = NODES.replace('192.168.77.12', '192.168.77.11');
    const eth0 = (address: string): string =>
      `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000\n    link/ether 52:54:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n    inet ${address}/24 brd 192.168.77.255 scope global eth0\n       valid_lft forever preferred_lft forever\n`;
    const told = async (files: Readonly<Record<string, string>>): Promise<readonly string[] | undefined> =>
      serious(await analyzed({ ...bundle(wrapped(lost, '192.168.77.11')), 'nodes.txt': twice, ...files })).find(
        (f) => f.code === 'vxlan-wrong-outer-dst',
      )?.subjects;
    const gamma = { 'gamma/ip_addr.txt': eth0('192.168.77.11') };
    expect(await told({ ...gamma, 'beta/ip_addr.txt': eth0('192.168.77.13') })).toEqual(
      expect.arrayContaining(['192.168.77.11', 'beta', '192.168.77.13']),
    );
    expect(await told(gamma)).toBeUndefined();
    expect(await told({ ...gamma, 'beta/ip_addr.txt': eth0('192.168.77.11') })).toBeUndefined();
  });
});
