import { describe, expect, it } from 'vitest';
import { analyzed, serious, symptoms } from '../bundle-folder.js';
import { conversation, cooked, framed, LINK, type Packet, pcap, unansweredSyn } from '../capture-writer.js';
import { nodesYaml } from '../diagnosis/case-of.js';

const T = 1_700_000_000;
const NODES =
  'NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
  'alpha   Ready    <none>   9d    v1.29.1   192.168.77.10   <none>        Debian     6.1.0            containerd://1.7\n' +
  'beta    Ready    <none>   9d    v1.29.1   192.168.77.11   <none>        Debian     6.1.0            containerd://1.7\n';
const PODS =
  'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE    NOMINATED NODE   READINESS GATES\n' +
  'shop        web-0   1/1     Running   0          9d    10.61.1.5    alpha   <none>           <none>\n' +
  'shop        db-0    1/1     Running   0          9d    10.61.2.7    beta    <none>           <none>\n';
/** A list of more than one namespace: of all. */
const EVERYWHERE = `${PODS}kube-system dns-0   1/1     Running   0          9d    10.61.2.9    beta    <none>           <none>\n`;
const bundle = (packets: readonly Packet[]): Record<string, string | Buffer> => ({
  'nodes.txt': NODES,
  'pods.txt': PODS,
  'alpha/ip_addr.txt':
    '2: ens3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000\n    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n    inet 192.168.77.10/24 brd 192.168.77.255 scope global ens3\n',
  'alpha/ens3.pcap': pcap(framed([...packets].sort((a, b) => a.at - b.at))),
});
const idle = conversation(T + 20, '192.168.77.10:40000', '192.168.77.11:10250');

describe('unsnatted-source', () => {
  it('fires on a pod address that leaves for a node and gets no answer', async () => {
    const report = await analyzed(bundle([...unansweredSyn(T, '10.61.1.5:41000', '192.168.77.11:6443'), ...idle]));
    expect(symptoms(report)).toEqual(['unreplied-syn', 'unsnatted-source']);
    expect(serious(report).find((f) => f.code === 'unsnatted-source')?.subjects).toEqual(
      expect.arrayContaining(['10.61.1.5', '192.168.77.11', 'ens3', 'alpha']),
    );
  });

  it('is silent where the network routes pod addresses and answers come back', async () => {
    const packets = [
      ...conversation(T, '10.61.1.5:41000', '192.168.77.11:6443'),
      ...conversation(T + 1, '10.61.1.5:41001', '198.51.100.9:443'),
    ];
    expect(symptoms(await analyzed(bundle([...packets, ...idle])))).toEqual([]);
  });

  it('is silent from pod to pod without a tunnel', async () => {
    expect(
      symptoms(await analyzed(bundle([...conversation(T, '10.61.1.5:41000', '10.61.2.7:5432'), ...idle]))),
    ).toEqual([]);
  });

  it('is silent where a filter shows nothing but opening packets', async () => {
    const syns = [0, 1, 2, 3, 4].flatMap((i) =>
      unansweredSyn(T + i, `10.61.1.5:${41000 + i}`, '198.51.100.9:443', 100 + i, 1),
    );
    expect(symptoms(await analyzed(bundle(syns)))).toEqual([]);
  });

  it('is silent on the copy of a packet before translation', async () => {
    const inside = conversation(T, '10.61.1.5:41000', '198.51.100.9:443', 1000);
    const outside = conversation(T + 0.0001, '192.168.77.10:41000', '198.51.100.9:443', 1000);
    const way = (list: readonly Packet[], there: 'in' | 'out'): Packet[] =>
      list.map((p) => ({
        at: p.at,
        bytes: cooked(p.bytes.readUInt16BE(20) >= 40000 ? there : there === 'in' ? 'out' : 'in', p.bytes),
      }));
    const both = [...way(inside, 'in'), ...way(outside, 'out')].sort((a, b) => a.at - b.at);
    const report = await analyzed({ 'nodes.txt': NODES, 'pods.txt': PODS, 'alpha/any.pcap': pcap(both, LINK.cooked) });
    expect(symptoms(report)).toEqual([]);
  });

  it('is silent towards what a route leads to over another node, of which no list says what it is', async () => {
    const to = (routesOfBeta: string, via: string): Promise<unknown> =>
      analyzed({
        ...bundle([...unansweredSyn(T, '10.61.1.5:41000', '10.80.9.7:8080'), ...idle]),
        'pods.txt': EVERYWHERE,
        'alpha/ip_route.txt': `default via 192.168.77.1 dev ens3 proto static\n10.80.9.0/24 via ${via} dev ens3\n`,
        'beta/ip_route.txt': `default via 192.168.77.1 dev ens3 proto static\n${routesOfBeta}`,
      }).then(symptoms);
    const pods = '10.80.9.0/24 dev tenant0 proto kernel scope link src 10.80.9.1\n';
    const silent = ['unreplied-syn'];
    for (const unnamed of ['', pods.replace('tenant0', 'kube-bridge'), pods.replace('tenant0', 'br-pods')])
      expect(await to(unnamed, '192.168.77.11'), unnamed).toEqual(silent);
    // A router, and a node that is a gateway of the site.
    expect(await to('', '192.168.77.1')).toEqual(['unreplied-syn', 'unsnatted-source']);
    for (const on of ['via 192.168.77.2 dev ens3', 'dev ens4 proto kernel scope link src 10.80.9.1'])
      expect(await to(`10.80.9.0/24 ${on}\n`, '192.168.77.11'), on).toEqual(['unreplied-syn', 'unsnatted-source']);
  });

  it('fires on a private address only where the bundle tells that no pod is there', async () => {
    const to = (destination: string, more: Record<string, string | Buffer>): Promise<readonly string[]> =>
      analyzed({
        ...bundle([...unansweredSyn(T, '10.61.1.5:41000', `${destination}:8080`), ...idle]),
        'pods.txt': PODS.split('\n').slice(0, 2).join('\n'),
        'alpha/ip_route.txt':
          'default via 192.168.77.1 dev ens3 proto static\n10.61.1.0/24 dev cni0 proto kernel scope link src 10.61.1.1\n',
        ...more,
      }).then(symptoms);
    const [silent, fires] = [['unreplied-syn'], ['unreplied-syn', 'unsnatted-source']];
    // Pods of another node, whose list and route are missing.
    expect(await to('10.61.9.7', {})).toEqual(silent);
    expect(await to('192.168.3.7', {})).toEqual(fires);
    expect(await to('198.51.100.9', {})).toEqual(fires);
    expect(await to('10.61.9.7', { 'pods.txt': EVERYWHERE })).toEqual(fires);
    // What a service is translated to may be a pod that is gone.
    const endpoints = 'NAMESPACE   NAME   ENDPOINTS        AGE\nshop        web    10.61.9.7:8080   9d\n';
    expect(await to('10.61.9.7', { 'pods.txt': EVERYWHERE, 'endpoints.txt': endpoints })).toEqual(silent);
    const network = '{"Network": "10.61.0.0/21", "Backend": {"Type": "vxlan"}}';
    expect(await to('10.61.9.7', { 'net-conf.json': network })).toEqual(fires);
  });

  it('fires on what nodes reach by their router inside the pod network, and not where pods may be', async () => {
    const routes = (via: string): string =>
      `default via 192.168.77.1 dev ens3 proto static\n10.61.2.0/24 via 192.168.77.11 dev ens3\n10.61.200.0/24 via ${via} dev ens3\n`;
    const nodes = (beta?: string): string =>
      nodesYaml(
        { name: 'alpha', ip: '192.168.77.10', podCidr: '10.61.1.0/24' },
        { name: 'beta', ip: '192.168.77.11', ...(beta === undefined ? {} : { podCidr: beta }) },
      );
    const told = async (via: string, yaml: string): Promise<readonly string[] | undefined> => {
      const report = await analyzed({
        ...bundle([...unansweredSyn(T, '10.61.1.5:41000', '10.61.200.5:80'), ...idle]),
        'pods.txt': PODS.split('\n').slice(0, 2).join('\n'),
        'nodes.yaml': yaml,
        'net-conf.json': '{"Network": "10.61.0.0/16", "Backend": {"Type": "host-gw"}}',
        'alpha/ip_route.txt': routes(via),
      });
      return serious(report).find((f) => f.code === 'unsnatted-source')?.subjects;
    };
    expect(await told('192.168.77.1', nodes('10.61.2.0/24'))).toEqual(
      expect.arrayContaining(['10.61.1.5', '10.61.200.5']),
    );
    // A node that was taken away.
    expect(await told('192.168.77.30', nodes('10.61.2.0/24'))).toBeUndefined();
    // The other node's subnet is not known, or it is this one.
    expect(await told('192.168.77.1', nodes())).toBeUndefined();
    expect(await told('192.168.77.1', nodes('10.61.200.0/24'))).toBeUndefined();
  });
});
