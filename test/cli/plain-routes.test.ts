import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { at, podsTable } from '../diagnosis/case-of.js';

/** Two nodes behind a router that knows the pods: no tunnel, a bridge of another name, `ip addr` without -d, pasted terminals. */

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(scratch, `${folders++}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
function reportOf(files: Readonly<Record<string, string>>): Report {
  return JSON.parse(
    execFileSync(process.execPath, ['dist/cli/main.js', 'analyze', folderOf(files), '-f', 'json', '-q'], {
      encoding: 'utf8',
      maxBuffer: 64e6,
    }),
  ) as Report;
}
const serious = ({ findings }: Report): string[] =>
  findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code);

const link = (i: number, name: string, mac: string, rest = ''): string =>
  `${i}: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue ${rest}state UP group default qlen 1000\n    link/ether ${mac} brd ff:ff:ff:ff:ff:ff\n`;
const inet = (address: string, dev: string): string =>
  `    inet ${address} scope global ${dev}\n       valid_lft forever preferred_lft forever\n`;
const node = (n: number, name: string): string =>
  at(
    name,
    'ip addr',
    `${link(2, 'bond0@if3', `02:00:00:00:00:0${n}`)}${inet(`172.20.${n}.11/24`, 'bond0')}${link(3, 'kbr', `02:00:00:00:01:0${n}`)}${inet(`10.50.${n}.1/24`, 'kbr')}${link(5, 'veth0ed7c@if2', `02:00:00:00:02:0${n}`, 'master kbr ')}`.trimEnd(),
  ) +
  at(
    name,
    'ip route show table all',
    `default via 172.20.${n}.1 dev bond0\n10.50.${n}.0/24 dev kbr proto kernel scope link src 10.50.${n}.1\n172.20.${n}.0/24 dev bond0 proto kernel scope link src 172.20.${n}.11\nlocal 10.50.${n}.1 dev kbr table local proto kernel scope host src 10.50.${n}.1\nlocal 172.20.${n}.11 dev bond0 table local proto kernel scope host src 172.20.${n}.11`,
  ) +
  at(name, 'ip rule', '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default');
const rules = (name: string, masquerade: string, forward = 'ACCEPT'): string =>
  at(
    name,
    'iptables-save -c',
    `*filter\n:INPUT ACCEPT [9:540]\n:FORWARD ${forward} [4:240]\n:OUTPUT ACCEPT [7:420]\nCOMMIT\n*nat\n:PREROUTING ACCEPT [2:120]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [1:60]\n:POSTROUTING ACCEPT [3:180]\n${masquerade}COMMIT`,
  );
const MASQUERADE = '[2:100] -A POSTROUTING -s 10.50.0.0/16 ! -d 10.50.0.0/16 -j MASQUERADE\n';
const PODS = podsTable(['shop/api-0', 'Running', '10.50.1.20', 'emu'], ['shop/api-1', 'Running', '10.50.2.20', 'fox']);
const tcpdump = (name: string, ...lines: readonly string[]): string =>
  at(
    name,
    'tcpdump -nn -i any "tcp or icmp"',
    `listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes\n${lines.join('\n')}`,
  );
const syns = (dst: string, port = 8080): string[] =>
  [0, 1, 3, 7].flatMap((s) =>
    ['veth0ed7c In ', 'kbr   In ', 'bond0 Out'].map(
      (dev, i) =>
        `21:00:0${s}.38744${i} ${dev} IP 10.50.1.20.45216 > ${dst}.${port}: Flags [S], seq 3614128194, win 64860, options [mss 1410,sackOK,TS val 185138933 ecr 0,nop,wscale 10], length 0`,
    ),
  );

describe('packets of a pod that leave its node with their own address', () => {
  it('accuse no translation where they are for a pod that is gone: the rule itself leaves that network alone', () => {
    const files = {
      'emu.txt': tcpdump('emu', ...syns('10.50.2.99')) + node(1, 'emu') + rules('emu', MASQUERADE),
      'pods.txt': PODS,
    };
    expect(serious(reportOf(files))).toEqual(['unreplied-syn']);
    expect(serious(reportOf({ ...files, 'fox.txt': node(2, 'fox') + rules('fox', MASQUERADE) }))).toEqual([
      'unreplied-syn',
    ]);
  });

  it('accuse it where they are for the outside, and no rule translates', () => {
    const report = reportOf({
      'emu.txt': tcpdump('emu', ...syns('198.51.100.9', 9000)) + node(1, 'emu') + rules('emu', ''),
      'pods.txt': PODS,
    });
    expect(report.verdict.cause, report.verdict.summary).toBe('missing-masquerade');
  });
});

describe('a bridge of another name, of which nothing tells the kind', () => {
  it('is one of pods where their cables hang on it, so that FORWARD of its node can be followed', () => {
    const fox = (forward: string): string => node(2, 'fox') + rules('fox', MASQUERADE, forward);
    const files = {
      'emu.txt': tcpdump('emu', ...syns('10.50.2.20')) + node(1, 'emu') + rules('emu', MASQUERADE),
      'pods.txt': PODS,
    };
    const dropped = reportOf({ ...files, 'fox.txt': fox('DROP') });
    expect(dropped.verdict.cause, dropped.verdict.summary).toBe('forward-drop');
    expect(serious(reportOf({ ...files, 'fox.txt': fox('ACCEPT') }))).toEqual(['unreplied-syn']);
  });
});

describe('a router between the nodes', () => {
  const DROPS = node(2, 'fox') + rules('fox', MASQUERADE, 'DROP');
  const files = {
    'emu.txt': tcpdump('emu', ...syns('10.50.2.20')) + node(1, 'emu') + rules('emu', MASQUERADE),
    'pods.txt': PODS,
  };
  const came = [0, 1, 3, 7].map(
    (s) =>
      `21:00:0${s}.387503 bond0 In  IP 10.50.1.20.45216 > 10.50.2.20.8080: Flags [S], seq 3614128194, win 64860, options [mss 1410,sackOK,TS val 185138933 ecr 0,nop,wscale 10], length 0`,
  );
  const explained = (report: Report): unknown =>
    report.findings.find(({ code }) => code === 'unreplied-syn')?.explainedBy;

  it('routes pods where their packets were seen to come in behind it, so that what happens there explains the failure', () => {
    const report = reportOf({ ...files, 'fox.txt': tcpdump('fox', ...came) + DROPS });
    expect(report.verdict, report.verdict.summary).toMatchObject({ state: 'diagnosed', cause: 'forward-drop' });
    expect(explained(report)).toBe('forward-drop');
  });

  it('is followed no further where nothing was seen to come in, or only what another address sent', () => {
    const traced = (fox: string): string => {
      const folder = folderOf({ ...files, 'fox.txt': fox });
      const typed = [
        'dist/cli/main.js',
        'trace',
        folder,
        '--from',
        '10.50.1.20',
        '--to',
        '10.50.2.20',
        '--port',
        '8080',
      ];
      return execFileSync(process.execPath, typed, { encoding: 'utf8' }).replaceAll(/\s+/g, ' ');
    };
    expect(traced(tcpdump('fox', ...came) + DROPS)).toContain('it was seen to come in by bond0 of fox');
    const other = came.map((line) => line.replace('10.50.1.20.45216', '10.50.1.77.45216'));
    for (const fox of [DROPS, tcpdump('fox', ...other) + DROPS])
      expect(traced(fox)).toContain('whether 172.20.1.1 routes pod addresses');
  });
});

describe('an ICMP error as tcpdump prints it, which names the destination alone', () => {
  const told = (error: string): Report =>
    reportOf({
      'emu.txt':
        tcpdump('emu', ...syns('10.50.2.20').slice(0, 3), `21:00:00.388011 bond0 In  IP ${error}, length 68`) +
        node(1, 'emu'),
      'pods.txt': PODS,
    });

  it('is about the packets of whom it was sent to', () => {
    const { verdict, findings } = told('172.20.2.11 > 10.50.1.20: ICMP 10.50.2.20 tcp port 8080 unreachable');
    expect(verdict.state, verdict.summary).toBe('suspected');
    expect(findings[0]).toMatchObject({ code: 'icmp-error', severity: 'warning' });
    expect(findings[0]?.title).toContain('for TCP from 10.50.1.20 (pod api-0 on emu) to 10.50.2.20');
    expect(told('172.20.1.1 > 10.50.1.20: ICMP net 10.50.2.20 unreachable').findings[0]?.title).toContain(
      'reports network unreachable for packets from 10.50.1.20',
    );
  });

  it('is for information only where it was sent to somebody outside', () => {
    const { findings } = told('172.20.1.11 > 203.0.113.7: ICMP 172.20.1.11 udp port 40000 unreachable');
    expect(findings.filter(({ code }) => code === 'icmp-error').map(({ severity }) => severity)).not.toContain(
      'warning',
    );
  });
});
