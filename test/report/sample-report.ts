import type { ConversationExhibit, Exhibits } from '../../src/core/exhibits.js';
import type { Evidence, Finding, Report } from '../../src/core/finding.js';
import type { TracedStep } from '../../src/core/trace.js';

/** A report as the reader of a page meets it, written by hand: one cause, one symptom, and something of every part. */

const line = (file: string, at: number, quote: string, role = 'decides'): Evidence => ({ role, file, line: at, quote });
const frame = (file: string, at: number, quote: string, role = 'seen 4 times'): Evidence => ({
  role,
  file,
  frame: at,
  quote,
});

const PACKET = 'tcp 10.200.1.7:any > 10.200.2.9:80';
const SYN = '2026-11-21T16:27:34.382637Z eno1 tcp 10.200.1.7.39808 > 10.200.2.9.80: Flags [S], seq 752848098, length 0';

const step = (node: string, stage: string, says: string, more: Partial<TracedStep> = {}): TracedStep => ({
  node,
  stage,
  says,
  packet: PACKET,
  because: [],
  seen: [],
  verdict: 'predicted',
  ...more,
});

const conversation: ConversationExhibit = {
  title: 'tcp 10.200.1.7 (pod client on edge-1) -> 10.200.2.9 (pod web on edge-2) port 80',
  findings: [1],
  parting: 'drop',
  says: 'The packet ends as dropped-by-rule at edge-2: the policy of FORWARD is DROP.',
  request: {
    disposition: 'dropped-by-rule',
    assumed: [],
    steps: [
      step('edge-1', 'start', 'pod client at 10.200.1.7 sends it', { device: 'cni0' }),
      step('edge-1', 'route', 'to 10.200.2.9 via 172.21.9.13 by eno1', {
        device: 'eno1',
        because: [line('edge-1/ip_route.txt', 4, '10.200.2.0/24 via 172.21.9.13 dev eno1')],
      }),
      step('edge-1', 'encapsulate', 'flannel.1 puts it into VXLAN 1', {
        device: 'flannel.1',
        envelope: 'udp 172.21.9.12 > 172.21.9.13:8472',
      }),
      step('edge-1', 'transmit', 'out by eno1 to 172.21.9.13', {
        device: 'eno1',
        envelope: 'udp 172.21.9.12 > 172.21.9.13:8472',
        verdict: 'confirmed',
        seen: [frame('edge-1/eno1.pcapng', 4, SYN)],
      }),
      step('edge-2', 'receive', 'comes in by eno1', {
        device: 'eno1',
        envelope: 'udp 172.21.9.12 > 172.21.9.13:8472',
        verdict: 'contradicted',
      }),
      step('edge-2', 'forward', 'the policy of chain FORWARD of table filter is DROP', {
        device: 'cni0',
        because: [line('edge-2/iptables-save.txt', 64, ':FORWARD DROP [6:360]')],
      }),
    ],
  },
  breaksAt: { walk: 'request', step: 5, how: 'stops' },
  ladder: {
    taps: [
      { label: 'edge-1 eno1', node: 'edge-1', device: 'eno1', kind: 'capture', file: 'edge-1/eno1.pcapng', clockMs: 0 },
      { label: 'edge-2 eno1', node: 'edge-2', device: 'eno1', kind: 'capture', file: 'edge-2/eno1.pcap', clockMs: 3.2 },
    ],
    packets: [0, 1012, 3028].map((ms, i) => ({
      label: 'SYN',
      direction: 'request' as const,
      repeated: i > 0,
      sightings: [
        { tap: 0, ms, frame: 4 + i, quote: SYN },
        { tap: 1, ms: ms + 0.02, frame: 3 + i, quote: SYN },
      ],
    })),
    more: 2,
  },
};

const exhibits: Exhibits = {
  conversations: [conversation, { ...conversation, title: 'another conversation', findings: [] }],
  cluster: {
    nodes: [1, 2].map((n) => ({
      name: `edge-${n}`,
      addresses: [{ address: `172.21.9.1${n}`, device: 'eno1' }],
      podCidrs: [`10.200.${n}.0/24`],
      vteps: [{ device: 'flannel.1', address: `10.200.${n}.0`, mac: `02:00:00:00:00:0${n}` }],
      odd: n === 2 ? ['drops forwarded packets'] : [],
      differs: [],
      collected: true,
    })),
    ways: [
      { from: 'edge-1', to: 'edge-2', prefix: '10.200.2.0/24', says: 'via 172.21.9.12 dev eno1', state: 'wrong' },
      { from: 'edge-2', to: 'edge-1', prefix: '10.200.1.0/24', says: 'via 172.21.9.11 dev eno1', state: 'right' },
    ].map((way) => ({ ...way, evidence: [line('edge-1/ip_route.txt', 4, '10.200.2.0/24 via 172.21.9.13')] })) as never,
  },
  timeline: {
    events: [
      {
        time: '2026-11-21T16:27:34.382637Z',
        exact: true,
        kind: 'packet',
        node: 'edge-1',
        says: SYN,
        file: 'edge-1/eno1.pcapng',
        frame: 4,
        codes: ['unreplied-syn'],
      },
      { time: '12:00:01', exact: false, kind: 'log', says: 'flannel started', file: 'flannel.log', line: 7, codes: [] },
    ],
    more: 3,
  },
};

const cause: Finding = {
  code: 'forward-drop',
  kind: 'cause',
  severity: 'critical',
  confidence: 'proven',
  title: 'edge-2 drops forwarded packets: the policy of FORWARD is DROP',
  explanation: 'Every packet between a pod and anything outside its node passes FORWARD of that node.',
  subjects: ['edge-2'],
  count: 5,
  evidence: [
    line('edge-2/iptables-save.txt', 64, ':FORWARD DROP [6:360]', 'the policy that drops'),
    frame('edge-1/eno1.pcapng', 4, SYN, 'SYN, tried 3 times'),
    {
      role: 'nothing else',
      absent: 'no other rule of edge-1',
      searched: ['edge-1/ip_rule.txt', 'edge-1/ip_route.txt'],
    },
  ],
  remedy: [
    {
      command: 'iptables -P FORWARD ACCEPT    # on edge-2',
      why: 'nothing accepts the pods’ packets before the policy',
      verify: 'iptables -S FORWARD | head -1',
      rollback: 'iptables -P FORWARD DROP',
    },
  ],
};

export const sampleReport: Report = {
  schema: 'podtrail.report/1',
  bundle: { name: 'edge.tar.xz', files: 25, bytes: 12_345, packets: 22, nodes: ['edge-1', 'edge-2'] },
  verdict: {
    state: 'diagnosed',
    cause: 'forward-drop',
    confidence: 'proven',
    summary:
      'On edge-2, the policy of FORWARD is DROP, which drops forwarded packets such as 10.200.1.7 to 10.200.2.9.',
    subjects: ['edge-2', 'FORWARD'],
  },
  clocks: [{ nodes: ['edge-1', 'edge-2'], offsetMs: 250, packets: 4, includesDelay: false }],
  findings: [
    cause,
    {
      ...cause,
      code: 'unreplied-syn',
      kind: 'symptom',
      title: 'No answer to TCP SYNs from 10.200.1.7 to 10.200.2.9',
      first: '2026-11-21T16:27:34.382637Z',
      last: '2026-11-21T16:27:37.401209Z',
      explainedBy: 'forward-drop',
      remedy: [],
    },
  ],
  ruledOut: [
    {
      code: 'rp-filter-drop',
      because: 'rp_filter is 0 everywhere',
      evidence: [line('edge-2/sysctl.txt', 9, 'rp_filter = 0')],
    },
    { code: 'underlay-drop', because: 'the packets reach edge-2', evidence: [] },
  ],
  notChecked: [
    { code: 'conntrack-table-full', missing: ['conntrack -S of edge-2'], collect: 'conntrack -S    # on edge-2' },
  ],
  notRead: [{ file: 'edge-1/core.bin', reason: 'not recognised', count: 1 }],
  checks: [
    { code: 'unreplied-syn', outcome: 'fired' },
    { code: 'bad-checksum', outcome: 'quiet' },
    { code: 'conntrack-table-full', outcome: 'skipped' },
    { code: 'martian-source', outcome: 'crashed', detail: 'an error' },
  ],
  exhibits,
};

/** Every text of a report, whatever its depth, made by `change`. Codes and words of closed sets are texts too. */
export function everyText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => everyText(item, change));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, everyText(item, change)]));
  return value;
}

/** As large as reports get: every list at its bound. */
export function largeReport(nodes = 50, findings = 500): Report {
  const name = (n: number): string => `worker-${n}.cluster.example.org`;
  const { conversations, timeline } = exhibits;
  const pairs = Array.from({ length: nodes }, (_, a) => Array.from({ length: nodes }, (_, b) => [a, b] as const))
    .flat()
    .filter(([a, b]) => a !== b);
  const rung = conversation.ladder!.packets[0]!;
  return {
    ...sampleReport,
    findings: Array.from({ length: findings }, (_, i) => ({
      ...sampleReport.findings[i % 2]!,
      ...(i > 1 && {
        code: 'unreplied-syn' as const,
        kind: 'symptom' as const,
        explainedBy: i % 3 === 0 ? undefined : ('forward-drop' as const),
      }),
      title: `No answer to TCP SYNs from 10.200.${i % 250}.7 to 10.200.2.9`,
      severity: (['critical', 'warning', 'info'] as const)[i % 3]!,
      evidence: Array.from({ length: 20 }, (_, k) => frame(`${name(i % nodes)}/eno1.pcapng`, k + 1, SYN)),
    })),
    exhibits: {
      conversations: Array.from({ length: 6 }, (_, i) => ({
        ...conversations[0]!,
        title: `conversation ${i}`,
        ladder: { ...conversation.ladder!, packets: Array.from({ length: 60 }, () => rung) },
      })),
      cluster: {
        nodes: Array.from({ length: nodes }, (_, n) => ({
          name: name(n),
          addresses: [{ address: `172.21.9.${n}`, device: 'eno1' }],
          podCidrs: [`10.200.${n}.0/24`],
          vteps: [],
          odd: n === 7 ? ['its tunnels are sent to an address that nobody has'] : [],
          differs: [],
          collected: n % 10 !== 3,
        })),
        ways: pairs
          .filter(([a, b]) => b === 7 || (a * nodes + b) % 6 === 0)
          .map(([a, b]) => ({
            from: name(a),
            to: name(b),
            prefix: `10.200.${b}.0/24`,
            says: `via 172.21.9.${b} dev eno1`,
            state: b === 7 ? 'wrong' : 'right',
            evidence: [line(`${name(a)}/ip_route.txt`, 4, `10.200.${b}.0/24 via 172.21.9.${b} dev eno1`)],
          })),
      },
      timeline: { events: Array.from({ length: 500 }, (_, i) => timeline.events[i % 2]!), more: 9000 },
    },
  };
}
