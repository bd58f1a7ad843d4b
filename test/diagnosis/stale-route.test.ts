import { describe, expect, it } from 'vitest';
import { staleVtep } from '../../src/diagnosis/causes/stale-vtep.js';
import { analyzed } from '../bundle-folder.js';
import { at, type Heard, heard, ipAddr, nodesYaml, podsTable } from './case-of.js';

/** A host's way to another node's pods that leads to an address which this node does not have. */

const PODS = podsTable(
  ['kube-flannel/kube-flannel-ds-b9d4q', 'Running', '172.22.8.32', 'k2'],
  ['shop/web', 'Running', '10.66.1.14', 'k2'],
  ['shop/db', 'Running', '10.66.2.9', 'k3'],
);
const nodes = (ready = true, ip = '172.22.8.47'): string =>
  nodesYaml(
    { name: 'k1', ip: '172.22.8.31', podCidr: '10.66.0.0/24' },
    { name: 'k2', ip: '172.22.8.32', podCidr: '10.66.1.0/24' },
    { name: 'k3', ip, podCidr: '10.66.2.0/24', ready },
  );
const ROUTES = (way: string): string => `default via 172.22.8.1 dev ens18
10.66.0.0/24 via 172.22.8.31 dev ens18
10.66.1.0/24 dev cni0 proto kernel scope link src 10.66.1.1
10.66.2.0/24 ${way}
172.22.8.0/24 dev ens18 proto kernel scope link src 172.22.8.32`;
const STALE = 'via 172.22.8.33 dev ens18';
const FAILED = '172.22.8.1 dev ens18 lladdr bc:24:11:5a:00:01 REACHABLE\n172.22.8.33 dev ens18  FAILED';
const PING = `[root@k2 ~]# kubectl exec -n shop web -- ping -c 4 10.66.2.9
PING 10.66.2.9 (10.66.2.9): 56 data bytes
--- 10.66.2.9 ping statistics ---
4 packets transmitted, 0 packets received, 100% packet loss
`;
/** Loopback makes it a whole listing. */
const listing = (...rest: readonly (readonly [string, string])[]): string =>
  `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536\n    inet 127.0.0.1/8 scope host lo\n${ipAddr(...rest)}`;
const k2 = (route = STALE, neighbours = FAILED): string =>
  at('k2', 'ip addr', listing(['ens18', '172.22.8.32/24'], ['cni0', '10.66.1.1/24'])) +
  at('k2', 'ip route', ROUTES(route)) +
  (neighbours === '' ? '' : at('k2', 'ip neigh', neighbours));
const told = (files: Readonly<Record<string, string>>): Promise<Heard> =>
  heard({ 'nodes.yaml': nodes(), 'pods.txt': PODS, 'k2.txt': k2(), 'ping.txt': PING, ...files }, staleVtep);
const conclusion = ({ conclusions }: Heard) => conclusions[0]!;

describe('a route from node to node whose next hop nobody has', () => {
  it('is a stale entry when the owner of the pods lives elsewhere on the same link', async () => {
    const { drafts } = await told({});
    expect(drafts[0]).toMatchObject({ code: 'stale-vtep', confidence: 'likely', severity: 'critical' });
    expect(drafts[0]!.subjects).toEqual(['172.22.8.33', 'k2', 'k3', '172.22.8.47', '10.66.2.0/24', 'ens18']);
  });

  it('is proven when the owner shows all its addresses, and only a warning while nobody tries', async () => {
    const k3 = at('k3', 'ip addr', listing(['ens18', '172.22.8.47/24'], ['cni0', '10.66.2.1/24']));
    expect((await told({ 'k3.txt': k3 })).drafts[0]).toMatchObject({ confidence: 'proven' });
    expect((await told({ 'ping.txt': '' })).drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
  });

  it('tells the way by hand and its undo, with table, metric, source and mark as they are', async () => {
    const { drafts } = await told({ 'k2.txt': k2(`${STALE} proto bird src 172.22.8.32 metric 20 onlink`) });
    expect(drafts[0]!.remedy.map(({ command, rollback }) => [command, rollback])).toEqual([
      [
        'kubectl -n kube-flannel delete pod kube-flannel-ds-b9d4q',
        'none needed: the agent only writes what the nodes announce',
      ],
      [
        'ip route replace 10.66.2.0/24 via 172.22.8.47 dev ens18 metric 20 src 172.22.8.32 onlink    # on k2',
        'ip route replace 10.66.2.0/24 via 172.22.8.33 dev ens18 proto bird metric 20 src 172.22.8.32 onlink    # on k2',
      ],
    ]);
  });

  it('sends somebody to the host\u2019s own network configuration where the route is static', async () => {
    const { drafts } = await told({ 'k2.txt': k2(`${STALE} proto static`) });
    expect(drafts[0]!.remedy[0]!.command).toMatch(/^ip route replace/);
    expect(drafts[0]!.remedy[0]!.why).toContain('marked static');
  });

  it('knows the owner by its own bridge, by a block of Calico\u2019s, or by its pods alone', async () => {
    const bare = nodesYaml(
      { name: 'k1', ip: '172.22.8.31' },
      { name: 'k2', ip: '172.22.8.32' },
      { name: 'k3', ip: '172.22.8.47' },
    );
    const bridge = at('k3', 'ip route', '10.66.2.0/24 dev cni0 proto kernel scope link src 10.66.2.1');
    const block = at('k3', 'ip route', 'blackhole 10.66.2.0/24 proto bird');
    for (const k3 of [bridge, block, ''])
      expect((await told({ 'nodes.yaml': bare, 'k3.txt': k3 })).drafts[0]?.subjects[0]).toBe('172.22.8.33');
  });

  it('takes the address of a node that has it now: its pods are not there', async () => {
    const four = `${nodes()}${nodesYaml({ name: 'k4', ip: '172.22.8.33', podCidr: '10.66.3.0/24' }).split('\n').slice(3).join('\n')}`;
    const k4 = at(
      'k4',
      'ip route',
      'default via 172.22.8.1 dev ens18\n10.66.3.0/24 dev cni0 proto kernel scope link src 10.66.3.1\n172.22.8.0/24 dev ens18 proto kernel scope link src 172.22.8.33',
    );
    const neighbours = '172.22.8.33 dev ens18 lladdr bc:24:11:5a:00:33 REACHABLE';
    const shown = await told({
      'nodes.yaml': four,
      'k2.txt': k2(STALE, neighbours),
      'k4.txt': at('k4', 'ip addr', listing(['ens18', '172.22.8.33/24'])) + k4,
    });
    expect(shown.drafts[0]).toMatchObject({
      confidence: 'likely',
      subjects: expect.arrayContaining(['172.22.8.33', 'k2', 'k3']),
    });
    expect(shown.drafts[0]!.summary).toContain('172.22.8.33 is k4');
    const hidden = await told({ 'nodes.yaml': four, 'k2.txt': k2(STALE, neighbours) });
    expect(hidden.drafts[0]?.confidence).toBe('possible');
  });
});

describe('the same in a tunnel', () => {
  const k3 = at('k3', 'ip addr', listing(['ens18', '172.22.8.47/24']));
  const tunl0 =
    '5: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN\n    link/ipip 0.0.0.0 brd 0.0.0.0\n    inet 10.66.1.1/32 scope global tunl0';
  const ipip = (neighbours: string): string =>
    at('k2', 'ip addr', `${listing(['ens18', '172.22.8.32/24'])}\n${tunl0}`) +
    at(
      'k2',
      'ip route',
      ROUTES('via 172.22.8.33 dev tunl0 proto bird onlink').replace(
        'via 172.22.8.31 dev ens18',
        'via 172.22.8.31 dev tunl0 proto bird onlink',
      ),
    ) +
    at('k2', 'ip neigh', neighbours);

  it('IP in IP: to an address that nobody answers for, or that the peer does not have', async () => {
    const failed = await told({ 'k2.txt': ipip(FAILED) });
    expect(failed.drafts[0]?.subjects).toEqual(['172.22.8.33', 'k2', 'k3', '172.22.8.47', '10.66.2.0/24', 'tunl0']);
    expect(failed.drafts[0]!.remedy[1]!.command).toBe(
      'ip route replace 10.66.2.0/24 via 172.22.8.47 dev tunl0 onlink    # on k2',
    );
    const listed = await told({ 'k2.txt': ipip('172.22.8.33 dev ens18 lladdr bc:24:11:5a:00:33 STALE'), 'k3.txt': k3 });
    expect(listed.drafts[0]?.confidence).toBe('likely');
    expect((await told({ 'k2.txt': ipip('172.22.8.33 dev ens18 lladdr bc:24:11:5a:00:33 STALE') })).drafts).toEqual([]);
  });

  it('VXLAN: an FDB entry with an address from before, where no annotation tells the present one', async () => {
    const vxlan = (dst: string): string =>
      at(
        'k2',
        'ip -d addr',
        `${listing(['ens18', '172.22.8.32/24'])}\n5: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN\n    link/ether 8a:33:32:f8:48:e3 brd ff:ff:ff:ff:ff:ff\n    vxlan id 1 local 172.22.8.32 dev ens18 srcport 0 0 dstport 8472 nolearning\n    inet 10.66.1.0/32 scope global flannel.1`,
      ) +
      at('k2', 'ip route', ROUTES('via 10.66.2.0 dev flannel.1 onlink')) +
      at('k2', 'ip neigh', `10.66.2.0 dev flannel.1 lladdr 2e:90:cc:cb:d0:51 PERMANENT\n${FAILED}`) +
      at('k2', 'bridge fdb', `2e:90:cc:cb:d0:51 dev flannel.1 dst ${dst} self permanent`);
    const { drafts } = await told({ 'k2.txt': vxlan('172.22.8.33') });
    expect(drafts[0]?.title).toBe(
      'k2\u2019s FDB entry for 10.66.2.0/24, the pods of k3, leads to 172.22.8.33, which k3 does not have'.replace(
        '\u2019',
        "'",
      ),
    );
    expect(drafts[0]!.remedy.map(({ command }) => command)).toEqual([
      expect.stringContaining('delete pod kube-flannel-ds-b9d4q'),
      expect.stringMatching(/^bridge fdb replace \S+ dev \S+ dst 172\.22\.8\.47 self permanent/),
    ]);
    expect((await told({ 'k2.txt': vxlan('172.22.8.47') })).drafts).toEqual([]);
  });
});

describe('what is no stale entry', () => {
  const answered = '172.22.8.33 dev ens18 lladdr bc:24:11:5a:00:33 REACHABLE';

  it('a router that the pods of several nodes are behind, even while it does not answer', async () => {
    const routed = k2('via 172.22.8.1 dev ens18', '172.22.8.1 dev ens18  FAILED').replace(
      'via 172.22.8.31 dev ens18',
      'via 172.22.8.1 dev ens18',
    );
    expect((await told({ 'k2.txt': routed })).drafts).toEqual([]);
    const reflector = k2(STALE, FAILED).replace('10.66.0.0/24 via 172.22.8.31', '10.66.0.0/24 via 172.22.8.33');
    expect((await told({ 'k2.txt': reflector })).drafts).toEqual([]);
  });

  it('a router in another network than the peer\u2019s known address, of which all addresses are shown', async () => {
    const k3 = at('k3', 'ip addr', listing(['ens18', '172.22.8.47/24'], ['cni0', '10.66.2.1/24']));
    const other = k2('via 10.250.0.1 dev ens19', '10.250.0.1 dev ens19 lladdr bc:24:11:5a:00:33 STALE').replace(
      '3: cni0',
      '4: ens19: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500\n    inet 10.250.0.2/24 scope global ens19\n3: cni0',
    );
    expect((await told({ 'k2.txt': other, 'k3.txt': k3 })).drafts).toEqual([]);
  });

  it('one more address of the peer\u2019s, which `kubectl get nodes` does not name', async () => {
    const k3 = at(
      'k3',
      'ip addr',
      listing(['ens18', '172.22.8.47/24'], ['ens19', '172.22.8.33/24'], ['cni0', '10.66.2.1/24']),
    );
    expect((await told({ 'k3.txt': k3 })).drafts).toEqual([]);
    const heardFrom = await told({ 'k2.txt': k2(STALE, answered) });
    expect(heardFrom.drafts).toEqual([]);
  });

  it('a network that the peer\u2019s known address is not in, when its addresses are not shown', async () => {
    expect((await told({ 'nodes.yaml': nodes(true, '10.9.0.47') })).drafts).toEqual([]);
  });

  it('an entry of which nobody can tell: it asks for what would', async () => {
    const { drafts, conclusions } = await told({ 'k2.txt': k2(STALE, '') });
    expect(drafts).toEqual([]);
    expect(conclusions[0]).toMatchObject({
      outcome: 'cannot-tell',
      collect: 'ip addr    # on k3; and ip neigh show 172.22.8.33 on k2',
    });
  });

  it('a peer that is down: the entry is right, and that is said', async () => {
    const down = await told({ 'nodes.yaml': nodes(false, '172.22.8.33') });
    expect(conclusion(down)).toMatchObject({
      outcome: 'ruled-out',
      because: expect.stringContaining('k3 itself is down'),
    });
    expect((await told({ 'nodes.yaml': nodes(true, '172.22.8.33') })).drafts).toEqual([]);
    // With another address than the route's, a dead peer shows nothing of the route.
    expect((await told({ 'nodes.yaml': nodes(false) })).drafts).toEqual([]);
  });

  it('pods that moved, and subnets that two nodes claim', async () => {
    const moved = PODS.replace('10.66.2.9       k3 ', '10.66.2.9       k1 ');
    expect(moved).not.toBe(PODS);
    expect((await told({ 'pods.txt': moved })).drafts).toEqual([]);
    const k1 = at('k1', 'ip route', '10.66.2.0/24 dev cni0 proto kernel scope link src 10.66.2.1');
    expect((await told({ 'k1.txt': k1 })).drafts).toEqual([]);
  });

  it('a route that another one of the same prefix comes before', async () => {
    expect(
      (await told({ 'k2.txt': k2(`via 172.22.8.47 dev ens18\n10.66.2.0/24 ${STALE} metric 100`) })).drafts,
    ).toEqual([]);
  });

  it('an address that the peer announces: then the announcement is at fault', async () => {
    const yaml = nodes().replace(
      /( {4}name: k3\n)/,
      "$1    annotations:\n      flannel.alpha.coreos.com/public-ip: '172.22.8.33'\n",
    );
    expect((await told({ 'nodes.yaml': yaml })).drafts).toEqual([]);
  });
});

describe('missing-pod-route beside it', () => {
  it('is not ruled out by a route that leads to nobody, and is by one that leads to a peer that is down', async () => {
    const files = (list: string) => ({ 'nodes.yaml': list, 'pods.txt': PODS, 'k2.txt': k2(), 'ping.txt': PING });
    const ruled = async (list: string) => (await analyzed(files(list))).ruledOut.map(({ code }) => code);
    expect(await ruled(nodes())).not.toContain('missing-pod-route');
    expect(await ruled(nodes(false, '172.22.8.33'))).toContain('missing-pod-route');
  });
});
