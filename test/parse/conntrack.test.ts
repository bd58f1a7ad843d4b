import { expect, it } from 'vitest';
import { conntrack } from '../../src/parse/netfilter/conntrack.js';
import { conntrackStats } from '../../src/parse/netfilter/conntrack-stats.js';
import { conntrackXml } from '../../src/parse/netfilter/conntrack-xml.js';
import { annotate, goldenTests } from './harness.js';

goldenTests(conntrack);
goldenTests(conntrackXml);
goldenTests(conntrackStats);

it('conntrack starts on its own lines only', () => {
  for (const line of [
    'udp      17 29 src=10.244.1.5 dst=10.96.0.10 sport=34751 dport=53 [UNREPLIED] src=10.244.2.5 dst=10.244.1.5 sport=53 dport=34751 mark=0 use=1',
    '    [NEW] tcp      6 120 SYN_SENT src=1.2.3.4 dst=1.2.3.5 sport=1 dport=2 [UNREPLIED] src=1.2.3.5 dst=1.2.3.4 sport=2 dport=1',
    'conntrack v1.4.7 (conntrack-tools): 9 flow entries have been shown.',
  ])
    expect(conntrack.starts(line), line).toBe(true);
  for (const line of [
    'kernel: IN=eth0 OUT= SRC=1.2.3.4 DST=1.2.3.5 PROTO=TCP',
    'ACCEPT tcp 6 flow src=1.2.3.4',
    '300 proto=6 src=10.0.0.1 dst=10.0.0.2 sport=0 dport=21',
    'tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*',
    'level=info msg="x" src=1.2.3.4 dst=1.2.3.5 a=b src=1.2.3.4',
    '',
  ])
    expect(conntrack.starts(line), line).toBe(false);
  expect(conntrackStats.starts('cpu=4 cores')).toBe(false);
  expect(conntrackXml.starts('<html>')).toBe(false);
});

it('reads a limit from a file that holds only the number', () => {
  const read = (path: string) => annotate(conntrackStats, '262144\n', { path });
  expect(read('networking/nf_conntrack_max')).toContain('key=net.netfilter.nf_conntrack_max value=262144');
  expect(read('networking/other')).toContain('not understood');
});

it('reads entries around the summary that stderr put among them', () => {
  const one = (port: number) =>
    `udp      17 29 src=10.244.1.5 dst=10.96.0.10 sport=${port} dport=53 [UNREPLIED] src=10.244.2.5 dst=10.244.1.5 sport=53 dport=${port} mark=0 use=1`;
  const summary = 'conntrack v1.4.6 (conntrack-tools): 2 flow entries have been shown.';
  const rows = (text: string) =>
    [
      ...annotate(conntrack, text, { path: 'f' }).matchAll(/> conntrack .* sport=(\d+) .* reply_dport=(\d+) .*mark=0/g),
    ].map((m) => `${m[1]}-${m[2]}`);
  const both = ['40001-40001', '40002-40002'];
  const [a, b] = [one(40001), one(40002)];
  expect(rows(`${a}${summary}\n${b}\n`)).toEqual(both);
  expect(rows(`${a}\n${b}${summary}`)).toEqual(both);
  expect(rows(`${summary}${a}\n${b}`)).toEqual(both);
  expect(rows(`${a} ${summary} ${b}`)).toEqual(both);
  for (let cut = 1; cut < b.length; cut++) {
    const text = `${a}\n${b.slice(0, cut)}${summary}\n${b.slice(cut)}\n`;
    expect(rows(text), text).toEqual(both);
    expect(annotate(conntrack, text, { path: 'f' })).not.toContain('not understood');
  }
  expect(annotate(conntrack, `It said: "${summary}"\n`, { path: 'f' })).toContain('not understood');
  expect(annotate(conntrack, `${a}${summary}\nand then nothing\n`, { path: 'f' })).toContain(
    '| and then nothing\n       ? not understood',
  );
});
