import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze.js';
import type { ConversationExhibit, Ladder } from '../../src/core/exhibits.js';
import type { Report } from '../../src/core/finding.js';

/** What is drawn of whole bundles; each was looked at with tshark and by hand. */

const SAMPLES = 'samples/bundles';
const PATIENCE = 120_000;
const analysed = new Map<string, Promise<Report>>();

/** By the first characters of the sample's name; each is analysed once. */
function reportOf(start: string): Promise<Report> {
  const name = readdirSync(SAMPLES).find((file) => file.startsWith(start) && !file.endsWith('.json'))!;
  const report = analysed.get(name) ?? analyze([`${SAMPLES}/${name}`]);
  analysed.set(name, report);
  return report;
}

const codesOf = ({ findings }: Report, conversation: ConversationExhibit): string[] =>
  conversation.findings.map((i) => findings[i]!.code);

/** `SYN 0 1 2`: what, again or not, and the lifelines that show it in the order of the way. */
const packetsOf = ({ packets }: Ladder): string[] =>
  packets.map(({ label, repeated, sightings }) => {
    const taps = sightings.map(({ tap }) => tap).sort((a, b) => a - b);
    return `${label}${repeated ? ' again' : ''} ${taps.join(' ')}`;
  });

const labelsOf = ({ taps }: Ladder): string[] => taps.map(({ label }) => label);

/** `a -> b right`, for every way. */
const waysOf = ({ exhibits }: Report): string[] =>
  exhibits.cluster.ways.map(({ from, to, state, says }) => `${from} -> ${to} ${state}: ${says}`);

const oddOf = ({ exhibits }: Report): string[] =>
  exhibits.cluster.nodes.filter(({ odd }) => odd.length > 0).map(({ name }) => name);

describe('000: pods are dropped by the reverse-path filter', () => {
  it(
    'the conversation of the pod with the service, with its way to where it is dropped',
    async () => {
      const report = await reportOf('000');
      const [first] = report.exhibits.conversations;
      expect(first!.title).toBe(
        'tcp 10.42.1.6 (pod net-test-4k8tz on rke-worker1) -> 10.43.0.1 (service kubernetes) port 443',
      );
      expect(codesOf(report, first!)).toEqual(['unsnatted-source', 'unreplied-syn']);
      expect(first).toMatchObject({ parting: 'drop', breaksAt: { walk: 'request' } });
      expect(first!.says).toContain('ends as dropped-by-reverse-path at rke-master1, eth0');
      const step = first!.request.steps[first!.breaksAt!.step]!;
      expect(step).toMatchObject({ node: 'rke-master1', stage: 'reverse-path', device: 'eth0' });
      expect(step.because.length).toBeGreaterThan(0);
      expect(
        first!.request.steps
          .filter(({ verdict }) => verdict === 'confirmed')
          .map(({ node, device }) => `${node} ${device}`),
      ).toEqual(['rke-worker1 cali5d0b3c1f7a2', 'rke-worker1 eth0', 'rke-master1 eth0']);
    },
    PATIENCE,
  );

  it(
    'a service is the same conversation as its endpoint',
    async () => {
      const report = await reportOf('000');
      expect(
        report.exhibits.conversations.filter(({ title }) => /10\.42\.1\.6.*tcp|tcp.*10\.42\.1\.6/.test(title)),
      ).toHaveLength(1);
    },
    PATIENCE,
  );

  it(
    'its ladder: one packet over three taps, sent four times',
    async () => {
      const { ladder } = (await reportOf('000')).exhibits.conversations[0]!;
      expect(labelsOf(ladder!)).toEqual(['rke-worker1 cali5d0b3c1f7a2', 'rke-worker1 eth0', 'rke-master1 eth0']);
      expect(packetsOf(ladder!)).toEqual(['SYN 0 1 2', 'SYN again 0 1 2', 'SYN again 0 1 2', 'SYN again 0 1 2']);
      expect(ladder!.packets[0]!.sightings[0]).toMatchObject({ tap: 0, ms: 0, frame: 75 });
      expect(ladder!.packets[0]!.sightings[0]!.quote).toContain('10.42.1.6.54912 > 10.43.0.1.443: Flags [S]');
      expect(ladder!.packets.map(({ sightings }) => Math.round(sightings[0]!.ms / 100))).toEqual([0, 10, 30, 72]);
      expect(ladder!.more).toBe(0);
    },
    PATIENCE,
  );

  it(
    'the map: every way right, no node the odd one of a fault of the cluster, the one nobody collected told apart',
    async () => {
      const report = await reportOf('000');
      expect(oddOf(report)).toEqual([]);
      const { nodes, ways } = report.exhibits.cluster;
      expect(nodes.map(({ name, podCidrs, collected }) => [name, ...podCidrs, collected])).toEqual([
        ['rke-master1', '10.42.0.0/24', true],
        ['rke-worker1', '10.42.1.0/24', true],
        ['rke-worker2', '10.42.2.0/24', false],
      ]);
      expect(ways.find(({ from, to }) => from === 'rke-worker1' && to === 'rke-master1')).toMatchObject({
        state: 'right',
        says: 'vxlan flannel.1 -> 192.168.30.11',
      });
      expect(ways[0]!.evidence.map(({ role }) => role)).toEqual(
        expect.arrayContaining(['route', 'neighbour', 'tunnel end']),
      );
      expect(ways.filter(({ from }) => from === 'rke-worker2').map(({ state }) => state)).toEqual([
        'unknown',
        'unknown',
      ]);
    },
    PATIENCE,
  );

  it(
    'the time line: in order, with what is cited, and no configuration',
    async () => {
      const report = await reportOf('000');
      const { events, more } = report.exhibits.timeline;
      expect(more).toBe(0);
      expect(events.map(({ time }) => time)).toEqual(events.map(({ time }) => time).sort());
      const cited = report.findings.flatMap(({ code, evidence }) =>
        evidence.flatMap((e) => ('frame' in e ? [`${code} ${e.file} ${e.frame}`] : [])),
      );
      const told = new Set(events.flatMap(({ codes, file, frame }) => codes.map((code) => `${code} ${file} ${frame}`)));
      expect(cited.filter((one) => !told.has(one))).toEqual([]);
      expect(events.find(({ kind }) => kind === 'kernel')).toMatchObject({
        node: 'rke-master1',
        exact: false,
        line: 1,
      });
      expect(events.some(({ file }) => /yaml|route|iptables/.test(file))).toBe(false);
    },
    PATIENCE,
  );
});

describe('003: the answer is sent astray', () => {
  it(
    'breaks on the way back, and the ladder is that of tcpdump’s text',
    async () => {
      const [first] = (await reportOf('003')).exhibits.conversations;
      expect(first).toMatchObject({ parting: 'drop', breaksAt: { walk: 'reply' } });
      expect(first!.reply!.steps[first!.breaksAt!.step]!.node).toBe('k8s-master-1');
      expect(labelsOf(first!.ladder!)).toEqual(['k8s-node-1 calia9589d79281', 'k8s-node-1 ens192']);
      expect(first!.ladder!.taps.map(({ kind }) => kind)).toEqual(['text', 'text']);
      const { sightings } = first!.ladder!.packets[0]!;
      expect(sightings.map(({ frame }) => frame)).toEqual([43, 44]);
      expect(sightings[0]!.quote).toMatch(/^\d.* IP 192\.168\.236\.10\./);
    },
    PATIENCE,
  );

  it(
    'the map knows the blocks, not podCIDRs that nobody uses',
    async () => {
      const report = await reportOf('003');
      expect(report.exhibits.cluster.nodes.flatMap(({ podCidrs }) => podCidrs)).toEqual([
        '192.168.236.0/26',
        '192.168.110.128/26',
        '192.168.77.192/26',
      ]);
      expect(waysOf(report)).toContain('k8s-node-1 -> k8s-node-2 right: ipip tunl0 -> 192.168.21.13');
    },
    PATIENCE,
  );
});

const differsOf = ({ exhibits }: Report): string[] =>
  exhibits.cluster.nodes.filter(({ differs }) => differs.length > 0).map(({ name }) => name);

describe('nodes at fault, and nodes that only differ', () => {
  it.each([
    ['109-wrong-overlay-interface-a', ['vagrant-1', 'vagrant-2', 'vagrant-3'], []],
    ['110-overlay-parameter-mismatch-a', ['mix-3'], []],
    ['122-duplicate-vtep-mac-a', ['clone-1', 'clone-2'], []],
    ['106-mtu-blackhole-a', [], ['dc1-a', 'dc1-b']],
    ['108-underlay-drop-a', [], ['az1-w', 'az2-w']],
    ['137-vxlan-checksum-offload-b', [], ['guest-b']],
  ])(
    '%s',
    async (sample, odd, differs) => {
      const report = await reportOf(sample);
      expect({ odd: oddOf(report), differs: differsOf(report) }).toEqual({ odd, differs });
    },
    PATIENCE,
  );
});

describe('a cause that the walk does not tell', () => {
  it.each([
    ['101-forward-drop-b', 'request', 'stops', 'prod-node-b', 'transmit'],
    ['103-missing-masquerade-a', 'request', 'goes-wrong', 'n01', 'transmit'],
    ['106-mtu-blackhole-a', 'reply', 'lost', 'dc1-a', 'receive'],
    ['110-overlay-parameter-mismatch-b', 'request', 'stops', 'lab-c', 'decapsulate'],
    ['114-network-policy-drop-b', 'request', 'stops', 'rnch-2', 'transmit'],
    ['122-duplicate-vtep-mac-b', 'request', 'stops', 'tpl-c', 'receive'],
  ] as const)(
    '%s: its hop is marked',
    async (sample, walk, how, node, stage) => {
      const report = await reportOf(sample);
      const [first] = report.exhibits.conversations;
      expect(first!.breaksAt).toMatchObject({ walk, how });
      expect(first![walk]!.steps[first!.breaksAt!.step]).toMatchObject({ node, stage });
      expect(report.findings[first!.breaksAt!.finding!]!.code).toBe(report.verdict.cause);
    },
    PATIENCE,
  );
});

describe('101-a: dropped in FORWARD', () => {
  it(
    'one conversation, seen as far as the node that drops it; that node is the odd one',
    async () => {
      const report = await reportOf('101-forward-drop-a');
      const { conversations } = report.exhibits;
      expect(conversations).toHaveLength(1);
      expect(conversations[0]!.request.steps[conversations[0]!.breaksAt!.step]).toMatchObject({
        node: 'edge-2',
        stage: 'forward',
      });
      expect(labelsOf(conversations[0]!.ladder!)).toEqual(['edge-1 eno1', 'edge-2 eno1']);
      expect(packetsOf(conversations[0]!.ladder!).filter((one) => !/ 0 1$/.test(one))).toEqual([]);
      expect(oddOf(report)).toEqual(['edge-2']);
      expect(report.exhibits.cluster.ways.filter(({ state }) => state === 'wrong')).toEqual([]);
    },
    PATIENCE,
  );
});

describe('106-a: large packets vanish', () => {
  it(
    'the ladder shows which of them stay away, however often they are sent',
    async () => {
      const report = await reportOf('106-mtu-blackhole-a');
      const [first] = report.exhibits.conversations;
      expect(codesOf(report, first!)).toEqual(expect.arrayContaining(['large-packets-lost', 'tcp-retransmission']));
      expect(labelsOf(first!.ladder!)).toEqual(['dc1-a ens3', 'dc1-b ens3']);
      const packets = packetsOf(first!.ladder!);
      expect(packets.slice(0, 3)).toEqual(['SYN 0 1', 'SYN-ACK 0 1', 'ACK 0 1']);
      const large = packets.filter((one) => one.startsWith('data 1398 bytes'));
      expect(large.filter((one) => !one.includes('again'))).toEqual(Array(7).fill('data 1398 bytes 1'));
      expect(large.filter((one) => one.includes('again'))).toEqual(Array(11).fill('data 1398 bytes again 1'));
      expect(packets).toContain('data 14 bytes 0 1');
      expect(report.exhibits.conversations.map(({ title }) => title.split(' ')[0])).toEqual(['tcp', 'icmp']);
    },
    PATIENCE,
  );
});

describe('113-b: a node without an endpoint', () => {
  it(
    'the client from outside and the node that drops',
    async () => {
      const report = await reportOf('113-local-traffic-policy-no-endpoint-b');
      expect(report.exhibits.conversations[0]!.title).toBe('tcp 203.0.113.80 -> 172.18.60.12 (node on-a) port 30880');
      expect(packetsOf(report.exhibits.conversations[0]!.ladder!)).toEqual(['SYN 0', 'SYN again 0', 'SYN again 0']);
      expect(oddOf(report)).toEqual(['on-a']);
      expect(waysOf(report).filter((way) => / wrong:/.test(way))).toEqual([]);
    },
    PATIENCE,
  );
});

describe('107-a: a tunnel end that is out of date', () => {
  it(
    'one way is wrong, with the lines that lead there',
    async () => {
      const report = await reportOf('107-stale-vtep-a');
      expect(waysOf(report).filter((way) => / wrong:/.test(way))).toEqual([
        'srv-b -> srv-c wrong: vxlan flannel.1 -> 10.130.1.45',
      ]);
      const wrong = report.exhibits.cluster.ways.find(({ state }) => state === 'wrong')!;
      expect(wrong.evidence.slice(0, 3).map(({ role }) => role)).toEqual(['route', 'neighbour', 'tunnel end']);
      expect(oddOf(report)).toEqual(['srv-b']);
    },
    PATIENCE,
  );
});

describe('001: envelopes go to an address that nobody reaches', () => {
  it(
    'a way that nothing in the configuration stops is wrong all the same where its packets are lost',
    async () => {
      const report = await reportOf('001');
      expect(waysOf(report)).toEqual([
        'master -> worker01 wrong: vxlan flannel.1 -> 172.19.0.13: sent, and not seen to arrive',
        'worker01 -> master right: vxlan flannel.1 -> 10.200.200.7',
      ]);
      expect(oddOf(report)).toEqual(['worker01']);
    },
    PATIENCE,
  );
});

describe('010: a healthy cluster', () => {
  it(
    'has nothing odd, all ways right, and shows how pods reach each other',
    async () => {
      const report = await reportOf('010');
      const { conversations, cluster, timeline } = report.exhibits;
      expect(oddOf(report)).toEqual([]);
      expect(cluster.ways).toHaveLength(6);
      expect(new Set(cluster.ways.map(({ state }) => state))).toEqual(new Set(['right']));
      expect(conversations.map(({ parting, breaksAt, findings }) => ({ parting, breaksAt, findings }))).toEqual(
        conversations.map(() => ({ parting: 'predicted', breaksAt: undefined, findings: [] })),
      );
      expect(conversations.length).toBeGreaterThan(0);
      expect(conversations.every(({ request }) => request.disposition === 'delivered')).toBe(true);
      expect(timeline.events).toHaveLength(500);
      expect(timeline.more).toBeGreaterThan(0);
    },
    PATIENCE,
  );
});

it(
  'the same bundle gives the same exhibits',
  async () => {
    const again = await analyze([`${SAMPLES}/101-forward-drop-a.tar.xz`]);
    expect(JSON.stringify(again.exhibits)).toBe(JSON.stringify((await reportOf('101-forward-drop-a')).exhibits));
  },
  PATIENCE,
);
