import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { analyzed } from '../bundle-folder.js';
import { conversation, ethernet, type Packet, pcap, tcp, vxlan } from '../capture-writer.js';

const T = 1_700_000_000;
const MAC = {
  alpha: '02:00:00:00:00:10',
  beta: '02:00:00:00:00:11',
  gamma: '02:00:00:00:00:12',
  router: '02:00:00:00:00:fe',
} as const;
type Who = keyof typeof MAC;
const IP = { alpha: '192.168.77.10', beta: '192.168.77.11', gamma: '192.168.77.12' } as const;
const POD = '10.61.2.7:8080';
const CLIENT = '198.51.100.9';

const NODES = `NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n${Object.entries(
  IP,
)
  .map(
    ([name, ip]) =>
      `${name.padEnd(7)} Ready    <none>   9d    v1.29.1   ${ip}   <none>        Debian     6.1.0            containerd://1.7\n`,
  )
  .join('')}`;
const PODS =
  'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE    NOMINATED NODE   READINESS GATES\n' +
  'shop        web-0   1/1     Running   0          9d    10.61.1.5    alpha   <none>           <none>\n' +
  'shop        db-0    1/1     Running   0          9d    10.61.2.7    beta    <none>           <none>\n';
const host = (name: keyof typeof IP): Record<string, string> => ({
  [`${name}/ip_addr.txt`]: `2: ens3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000\n    link/ether ${MAC[name]} brd ff:ff:ff:ff:ff:ff\n    inet ${IP[name]}/24 brd 192.168.77.255 scope global ens3\n`,
});
const frame = (at: number, from: Who, to: Who, bytes: Buffer): Packet => ({
  at: T + at,
  bytes: ethernet(bytes, MAC[from], MAC[to]),
});
/** Something else that this node's tap sees both ways. */
const idle = (name: keyof typeof IP): Packet[] =>
  [
    ...conversation(T + 1, `${IP[name]}:51000`, '192.168.77.1:53', 77),
    ...conversation(T + 20, `${IP[name]}:51000`, '192.168.77.1:53', 99),
  ].map((p, i) => (i % 2 === 0 ? frame(p.at - T, name, 'router', p.bytes) : frame(p.at - T, 'router', name, p.bytes)));
const file = (name: keyof typeof IP, ...packets: readonly Packet[]): Buffer =>
  pcap([...idle(name), ...packets].sort((a, b) => a.at - b.at));
const bundle = (
  captures: Readonly<Partial<Record<keyof typeof IP, readonly Packet[]>>>,
): Record<string, string | Buffer> => {
  const files: Record<string, string | Buffer> = { 'nodes.txt': NODES, 'pods.txt': PODS };
  for (const [name, packets] of Object.entries(captures) as [keyof typeof IP, readonly Packet[]][])
    Object.assign(files, host(name), { [`${name}/ens3.pcap`]: file(name, ...packets) });
  return files;
};
const found = (report: Report): string[] => {
  expect(report.checks.filter((check) => check.outcome === 'crashed')).toEqual([]);
  return report.findings
    .filter((f) => f.code === 'asymmetric-flow')
    .map((f) => `${f.severity} ${f.confidence} ${f.title}`);
};

/** A client outside asks port 30080 of alpha, which hands the connection to the pod on beta without SNAT. */
const port = (
  client: string,
  i: number,
  times: readonly number[],
  through: boolean,
  reply: (at: number, bytes: Buffer) => Packet,
) => {
  const syn = (server: string): Buffer => tcp(`${client}:${40000 + i}`, server, { flags: 'S', seq: 7000 + i });
  const ack = (server: string): Buffer =>
    tcp(`${client}:${40000 + i}`, server, { flags: 'A', seq: 7001 + i, ack: 9001 });
  const synAck = tcp(POD, `${client}:${40000 + i}`, { flags: 'SA', seq: 9000, ack: 7001 + i });
  const envelope = (at: number, bytes: Buffer): Packet =>
    frame(at, 'alpha', 'beta', vxlan(IP.alpha, IP.beta, 1, bytes));
  const arriving = (at: number, make: (server: string) => Buffer): Packet[] => [
    frame(at, 'router', 'alpha', make(`${IP.alpha}:30080`)),
    envelope(at + 0.0001, make(POD)),
  ];
  return {
    alpha: [...times.flatMap((at) => arriving(at, syn)), ...(through ? arriving(times[0]! + 0.01, ack) : [])],
    beta: [
      ...times.flatMap((at) => [envelope(at + 0.0002, syn(POD)), reply(at + 0.0003, synAck)]),
      ...(through ? [envelope(times[0]! + 0.0102, ack(POD))] : []),
    ],
  };
};
const straight = (at: number, bytes: Buffer): Packet => frame(at, 'beta', 'router', bytes);
const back = (at: number, bytes: Buffer): Packet => frame(at, 'beta', 'alpha', vxlan(IP.beta, IP.alpha, 1, bytes));

describe('requests by one node, replies by another', () => {
  it('fires when the node of the pod answers the client directly, not by the node that was asked', async () => {
    const flow = port(CLIENT, 0, [5, 6, 8], false, straight);
    const [both] = found(await analyzed(bundle(flow)));
    expect(both).toMatch(
      /^warning proven Requests from 198\.51\.100\.9 to 10\.61\.2\.7 \(pod db-0 on beta\) port 8080 pass alpha, their replies pass beta/,
    );
    // The envelope and the MAC tell it at beta alone.
    expect(found(await analyzed({ ...bundle({ beta: flow.beta }), ...host('alpha') }))[0]).toMatch(
      /^warning proven .* pass alpha, their replies leave beta directly$/,
    );
  });

  it('fires on what two people pasted, unless the node that replies has a route by the node that was asked', async () => {
    const line = (second: number, way: 'In' | 'Out', from: string, to: string, rest: string): string =>
      `10:00:${String(second).padStart(2, '0')}.00000${way.length} ens3  ${way.padEnd(3)} IP ${from} > ${to}: ${rest}, win 1, length 0\n`;
    const client = `${CLIENT}.40000`;
    const seconds = [5, 6, 8];
    const pasted = (pod: string): string =>
      '[root@alpha ~]# tcpdump -nn -i any host 198.51.100.9\n' +
      seconds
        .map(
          (s) =>
            line(s, 'In', client, `${IP.alpha}.30080`, 'Flags [S], seq 7000') +
            line(s, 'Out', client, pod, 'Flags [S], seq 7000'),
        )
        .join('') +
      '[root@beta ~]# tcpdump -nn -i any host 198.51.100.9\n' +
      seconds
        .map(
          (s) =>
            line(s, 'In', client, pod, 'Flags [S], seq 7000') +
            line(s, 'Out', pod, client, 'Flags [S.], seq 9000, ack 7001'),
        )
        .join('');
    const files = { 'nodes.txt': NODES, 'pods.txt': PODS, 'paste.txt': pasted('10.61.2.7.8080') };
    expect(found(await analyzed(files))[0]).toMatch(/^warning likely .* pass alpha, their replies pass beta$/);
    const routes = `[root@beta ~]# ip route\ndefault via ${IP.alpha} dev ens3 \n192.168.77.0/24 dev ens3 proto kernel scope link src ${IP.beta} \n`;
    expect(found(await analyzed({ ...files, 'routes.txt': routes }))).toEqual([]);
  });

  it('only informs when that is by design and succeeds', async () => {
    const flows = [0, 1].map((i) => port(CLIENT, i, [5 + i], true, straight));
    const report = await analyzed(bundle({ alpha: flows.flatMap((f) => f.alpha), beta: flows.flatMap((f) => f.beta) }));
    expect(found(report).map((text) => text.split(' ')[0])).toEqual(['info']);
  });

  it('is silent when the reply goes back to the node that was asked, and is lost there', async () => {
    expect(found(await analyzed(bundle(port(CLIENT, 0, [5, 6, 8], false, back))))).toEqual([]);
    const plain = port(CLIENT, 0, [5, 6, 8], false, (at, bytes) => frame(at, 'beta', 'alpha', bytes));
    expect(found(await analyzed(bundle(plain)))).toEqual([]);
  });

  it('is silent about the ends themselves: a reply to a pod of the node that asks is lost on its way', async () => {
    expect(found(await analyzed(bundle(port('10.61.1.5', 0, [5, 6, 8], false, straight))))).toEqual([]);
    expect(found(await analyzed(bundle(port(IP.alpha, 0, [5, 6, 8], false, straight))))).toEqual([]);
  });

  it('is silent when a client may be anywhere, or the capture of the node that was asked ends too early', async () => {
    const flow = port('10.200.9.9', 0, [5, 6, 8], false, straight);
    const { 'nodes.txt': _, 'pods.txt': __, ...bare } = bundle(flow);
    expect(found(await analyzed(bare)).filter((text) => !text.startsWith('info'))).toEqual([]);
  });
});

describe('two nodes in the middle', () => {
  const server = '203.0.113.80:443';
  const half = (i: number, flags: 'S' | 'SA' | 'A'): Buffer => {
    const client = `${CLIENT}:${42000 + i}`;
    if (flags === 'SA') return tcp(server, client, { flags, seq: 900, ack: 5001 + i, ttl: 60 });
    return tcp(client, server, {
      flags,
      seq: flags === 'S' ? 5000 + i : 5001 + i,
      ack: flags === 'S' ? 0 : 901,
      ttl: 60,
    });
  };
  const passing = (name: 'alpha' | 'gamma', at: number, bytes: Buffer): Packet[] => [
    frame(at, 'router', name, bytes),
    frame(at + 0.0001, name, 'router', bytes),
  ];
  const flows = (times: readonly number[], through: boolean) => ({
    alpha: [0, 1].flatMap((i) => [
      ...times.flatMap((at) => passing('alpha', at, half(i, 'S'))),
      ...(through ? passing('alpha', times[0]! + 0.01, half(i, 'A')) : []),
    ]),
    gamma: [0, 1].flatMap((i) => times.flatMap((at) => passing('gamma', at + 0.001, half(i, 'SA')))),
  });

  it('fires when one passes the requests and the other the replies, and informs when they succeed', async () => {
    const report = await analyzed(bundle(flows([5, 6, 8], false)));
    expect(found(report)).toHaveLength(1);
    expect(found(report)[0]).toMatch(/^warning likely Requests from .* pass alpha, their replies pass gamma$/);
    expect(found(await analyzed(bundle(flows([5], true)))).map((text) => text.split(' ')[0])).toEqual(['info']);
  });

  it('is silent where the other had not begun to capture, and where a frame is not for the node', async () => {
    expect(found(await analyzed(bundle(flows([2], true))))).toEqual([]);
    const flooded = flows([5, 6, 8], false);
    const past = (list: readonly Packet[]): Packet[] =>
      list.map((p) => ({ at: p.at, bytes: ethernet(p.bytes.subarray(14), MAC.router, '02:00:00:00:00:99') }));
    expect(found(await analyzed(bundle({ alpha: past(flooded.alpha), gamma: past(flooded.gamma) })))).toEqual([]);
  });
});
