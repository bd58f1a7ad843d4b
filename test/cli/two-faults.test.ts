import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { framed, icmpError, type Packet, pcap, tcp, unansweredSyn } from '../capture-writer.js';
import { at } from '../diagnosis/case-of.js';
import { WHOLE } from '../three-nodes.js';

/** Which of two faults heads the report, whatever the hosts are called: names decide the order of files, and say nothing of a fault. */

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;

type Files = Readonly<Record<string, string | Buffer>>;
type Names = readonly [string, string, string];
const NAMES: readonly Names[] = [
  ['k1', 'k2', 'k3'],
  ['zeta', 'alpha', 'mid'],
  ['b', 'c', 'a'],
];

/** The verdict of the bundle whose hosts have these names, in words with the usual ones. */
function told(files: Files, names: Names): { readonly summary: string; readonly causes: readonly string[] } {
  const renamed = (text: string): string => text.replaceAll(/\bk([123])\b/g, (_, n: string) => names[Number(n) - 1]!);
  const folder = join(scratch, `${folders++}`);
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, renamed(name));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? renamed(content) : content);
  }
  const typed = ['dist/cli/main.js', 'analyze', folder, '-f', 'json', '-q'];
  const report = JSON.parse(execFileSync(process.execPath, typed, { encoding: 'utf8', maxBuffer: 64e6 })) as Report;
  const usual = (text: string): string =>
    names.reduce((words, name, i) => words.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `k${i + 1}`), text);
  const causes = report.findings.filter(({ kind, severity }) => kind === 'cause' && severity !== 'info');
  return { summary: usual(report.verdict.summary), causes: causes.map(({ code, title }) => `${code} ${usual(title)}`) };
}

const lacking = (n: number, peer: number): Files => ({
  [`k${n}/ip_route_show_table_all.txt`]: WHOLE[`k${n}/ip_route_show_table_all.txt`]!.replace(
    `10.244.${peer}.0/24 via 10.7.7.1${peer} dev eth0\n`,
    '',
  ).replace('10.7.7.0/24', 'default via 10.7.7.254 dev eth0\n10.7.7.0/24'),
});
const failing = (n: number, ...servers: readonly string[]): Files => ({
  [`k${n}/cni0.pcap`]: pcap(
    framed(
      servers.flatMap((server, i) =>
        unansweredSyn(1_700_000_000 + i, `10.244.${n}.5:4000${i}`, `${server}:80`, 100_000 * n + i),
      ),
    ),
  ),
});

describe('of two faults of one kind', () => {
  it('the one by which more conversations fail heads the report, and the other is named', () => {
    const files = {
      ...WHOLE,
      ...lacking(1, 2),
      ...lacking(3, 1),
      ...failing(1, '10.244.2.5'),
      ...failing(3, '10.244.1.5', '10.244.1.6', '10.244.1.7'),
    };
    const [usual, ...others] = NAMES.map((names) => told(files, names));
    expect(usual?.causes.slice(0, 2)).toEqual([
      expect.stringContaining('missing-pod-route k3 has no route to 10.244.1.0/24'),
      expect.stringContaining('missing-pod-route k1 has no route to 10.244.2.0/24'),
    ]);
    expect(usual?.summary).toMatch(/^k3 .* Also: k1 has no route to 10\.244\.2\.0\/24/);
    for (const other of others) expect(other).toEqual(usual);
  });

  it.each([
    ['with packets', { ...failing(1, '10.244.2.5'), ...failing(3, '10.244.1.5') }],
    ['of which nobody saw a packet', {}],
  ])('that weigh the same the order is the same whatever the hosts are called: %s', (_, captures) => {
    const files = { ...WHOLE, ...lacking(1, 2), ...lacking(3, 1), ...captures };
    const [usual, ...others] = NAMES.map((names) => told(files, names));
    expect(usual?.causes).toHaveLength(2);
    for (const other of others) expect(other.causes).toEqual(usual?.causes);
  });
});

describe('a cause beside what it does not explain', () => {
  it('says so', () => {
    const files = { ...WHOLE, ...lacking(1, 2), ...failing(1, '10.244.2.5'), ...failing(3, '10.244.1.5') };
    const [names] = NAMES as [Names];
    expect(told(files, names).summary).toMatch(
      /^k1 has no route .* Not explained by this: No answer to TCP SYNs from 10\.244\.3\.5 .* to 10\.244\.1\.5/,
    );
    expect(told({ ...files, ...failing(3, '203.0.113.9') }, names).summary).not.toContain('Not explained');
  });
});

describe('a policy that refuses one call', () => {
  const syn = tcp('10.244.3.5:40100', '10.244.1.5:9090', { flags: 'S', seq: 7 });
  const refused = [
    { at: 1_700_000_010, bytes: syn },
    { at: 1_700_000_010.001, bytes: icmpError('10.7.7.11', '10.244.3.5', 3, 3, syn) },
  ];
  const policed: Files = {
    ...WHOLE,
    'k1/iptables_save.txt': at(
      'k1',
      'iptables-save -c',
      [
        '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE-POD-FW-Q3ZDLR5H2A7PXWVY - [0:0]',
        '[9:540] -A FORWARD -d 10.244.1.5/32 -j KUBE-POD-FW-Q3ZDLR5H2A7PXWVY',
        '[8:480] -A KUBE-POD-FW-Q3ZDLR5H2A7PXWVY -p tcp -m tcp --dport 80 -j RETURN',
        '[1:60] -A KUBE-POD-FW-Q3ZDLR5H2A7PXWVY -m comment --comment "rule to REJECT traffic destined for POD name:web namespace: shop" -j REJECT --reject-with icmp-port-unreachable\nCOMMIT',
      ].join('\n'),
    ),
  };
  const [names] = NAMES as [Names];
  const captured = (...packets: readonly Packet[]): Files => ({ 'k1/eth0.pcap': pcap(framed(packets)) });

  it('heads the report where nothing else fails', () => {
    const { summary, causes } = told({ ...policed, ...captured(...refused) }, names);
    expect(causes).toEqual([expect.stringContaining('network-policy-drop')]);
    expect(summary).toMatch(/^On k1, KUBE-POD-FW/);
  });

  it('heads no report about connections that get no answer for another reason', () => {
    const lost = unansweredSyn(1_700_000_000, '10.244.1.5:40000', '10.244.2.5:80');
    const { summary, causes } = told({ ...policed, ...captured(...lost, ...refused) }, names);
    expect(causes).toContainEqual(expect.stringContaining('network-policy-drop'));
    expect(summary).not.toMatch(/^On k1, KUBE-POD-FW/);
  });
});

describe('a lesser fault beside a grave one', () => {
  const syn = tcp('10.244.1.5:40100', '10.99.31.40:80', { flags: 'S', seq: 7 });
  const refused = [
    { at: 1_700_000_010, bytes: syn },
    { at: 1_700_000_010.001, bytes: icmpError('10.244.1.1', '10.244.1.5', 3, 3, syn) },
  ];
  const empty: Files = {
    ...WHOLE,
    'k1/iptables.txt': at(
      'k1',
      'iptables-save -c',
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n[0:0] -A FORWARD -j KUBE-SERVICES\n[1:60] -A KUBE-SERVICES -d 10.99.31.40/32 -p tcp -m comment --comment "shop/web has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable\nCOMMIT',
    ),
    'k1/cni0.pcap': pcap(framed([...unansweredSyn(1_700_000_000, '10.244.1.5:40000', '10.244.2.5:80'), ...refused])),
  };
  const [names] = NAMES as [Names];

  it('heads no report about connections that it does not explain', () => {
    const { summary, causes } = told(empty, names);
    expect(causes).toEqual([expect.stringContaining('service-without-endpoint')]);
    expect(summary).toMatch(/^No answer to TCP SYNs from 10\.244\.1\.5 .* Beside it: The service shop\/web has no /);
  });

  it('stands behind the cause of these, however sure it is', () => {
    const { summary, causes } = told({ ...empty, ...lacking(1, 2) }, names);
    expect(causes.map((cause) => cause.split(' ')[0])).toEqual(['missing-pod-route', 'service-without-endpoint']);
    expect(summary).toMatch(/^k1 has no route/);
  });

  it('stands behind what is only possible, where that explains them', () => {
    const [name, routes] = Object.entries(lacking(1, 2))[0] as [string, string];
    const { summary, causes } = told({ ...empty, [name]: `${routes}%% cut by the terminal %%\n` }, names);
    expect(causes).toHaveLength(2);
    expect(summary).toMatch(/^k1 has no route.* Beside it: The service shop\/web has no ready endpoint\.$/);
  });

  it('heads the report where nothing else fails', () => {
    const { summary } = told({ ...empty, 'k1/cni0.pcap': pcap(framed(refused)) }, names);
    expect(summary).toMatch(/^The service shop\/web /);
  });
});
