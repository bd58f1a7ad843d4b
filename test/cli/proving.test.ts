import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { NotChecked, Report } from '../../src/core/finding.js';

/** A cause that is not proven names one command, with its node, that would raise or refute it, and never what the bundle holds. */

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const reportOf = (path: string): Report =>
  JSON.parse(
    execFileSync(process.execPath, ['dist/cli/main.js', 'analyze', path, '-f', 'json', '-q'], {
      encoding: 'utf8',
      maxBuffer: 64e6,
    }),
  ) as Report;
const first = ({ notChecked }: Report): readonly NotChecked[] => notChecked.filter((ask) => ask.first === true);

/** Envelopes that reach a node whose INPUT drops them; taken at the uplinks of two namespaces, and nobody looked inside. */
const OUTSIDE = 'test/diagnosis/envelopes-without-inside';
let folders = 0;
function outsideWith(more: Readonly<Record<string, string>>): Report {
  const folder = mkdtempSync(join(scratch, `${folders++}-`));
  for (const name of readdirSync(OUTSIDE)) copyFileSync(join(OUTSIDE, name), join(folder, name));
  for (const [name, text] of Object.entries(more)) writeFileSync(join(folder, name), text);
  return reportOf(folder);
}

describe('envelopes seen at the uplink of a node whose rules drop them', () => {
  it('are looked for inside that node', () => {
    const report = outsideWith({});
    expect(report.verdict).toMatchObject({ cause: 'overlay-port-blocked', confidence: 'likely' });
    expect(first(report).map(({ code, collect }) => [code, collect])).toEqual([
      ['overlay-port-blocked', "tcpdump -nni any -w pirol-any.pcap 'host 10.77.32.9'    # on pirol"],
    ]);
  });

  it('are not looked for again where all devices were watched: the counter of the chain tells', () => {
    const all = `[root@pirol ~]# tcpdump -nni any udp port 8472 or host 10.77.32.9
tcpdump: data link type LINUX_SLL2
tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes
19:23:27.908926 enp7s0 In  IP 172.23.9.31.45909 > 172.23.9.32.8472: OTV, flags [I] (0x08), overlay 0, instance 1
IP 10.77.31.8.54886 > 10.77.32.9.8080: Flags [S], seq 1328251529, win 64240, options [mss 1460,sackOK,TS val 2809705753 ecr 0,nop,wscale 10], length 0
19:23:28.917695 enp7s0 In  IP 172.23.9.31.54049 > 172.23.9.32.8472: OTV, flags [I] (0x08), overlay 0, instance 1
IP 10.77.31.8.54886 > 10.77.32.9.8080: Flags [S], seq 1328251529, win 64240, options [mss 1460,sackOK,TS val 2809706762 ecr 0,nop,wscale 10], length 0
`;
    const report = outsideWith({ 'pirol_any.txt': all });
    expect(report.verdict.cause).toBe('overlay-port-blocked');
    const asked = first(report).map(({ collect }) => collect);
    expect(asked.join()).not.toContain('tcpdump');
    if (report.verdict.confidence !== 'proven') expect(asked.join()).toMatch(/iptables -nvxL INPUT.*# on pirol$/);
  });
});

it.each([
  ['100-ip-forward-disabled-b.zip', /^tcpdump -nni any .* # on \S+$/],
  ['103-missing-masquerade-b.tar.gz', /^iptables-save -c; nft list ruleset +# on \S+$/],
  ['104-rp-filter-drop-b.tar.gz', /^tcpdump .* # on \S+$/],
  ['106-mtu-blackhole-b.tar.xz', /^ip -d link +# on \S+$/],
  ['108-underlay-drop-b.tar.gz', /^tcpdump .* # on \S+$/],
])('%s, likely with an input missing, marks what would prove it', (sample, command) => {
  const report = reportOf(`samples/bundles/${sample}`);
  expect(report.verdict.confidence).toBe('likely');
  const asked = first(report).filter(({ code }) => code === report.verdict.cause);
  expect(asked.map(({ collect }) => collect).join('\n')).toMatch(command);
});

it.each(['100-ip-forward-disabled-a', '103-missing-masquerade-a', '106-mtu-blackhole-a'])(
  '%s, proven, asks for nothing',
  (start) => {
    const sample = readdirSync('samples/bundles').find((name) => name.startsWith(start) && !name.endsWith('.json'));
    const report = reportOf(`samples/bundles/${sample}`);
    expect(report.verdict.confidence).toBe('proven');
    expect(first(report)).toEqual([]);
  },
);
