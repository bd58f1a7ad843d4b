import { expect, it } from 'vitest';
import { firewalld } from '../../src/parse/netfilter/firewalld.js';
import { ipvsadm } from '../../src/parse/netfilter/ipvsadm.js';
import { ufw } from '../../src/parse/netfilter/ufw.js';
import type { Parser } from '../../src/parse/parser.js';
import { annotate, goldenTests } from './harness.js';

for (const parser of [ufw, firewalld, ipvsadm]) goldenTests(parser);

it('starts on its own lines only', () => {
  const cases: readonly (readonly [Parser, readonly string[], readonly string[]])[] = [
    [
      ufw,
      ['Status: active', 'Status: inactive', 'Status: Aktiv', 'État\u00a0: inactif', 'Estado: activo', '状态： 激活'],
      ['Status: Running', 'Status:       Running', 'To  Action  From', 'Status: Aktiv seit gestern', '状态: 正常'],
    ],
    [
      firewalld,
      ['public (default, active)', 'trusted (active)', 'FirewallD is not running'],
      ['running', 'public', 'foo (bar)', 'Chain INPUT (policy ACCEPT)', '  target: default'],
    ],
    [
      ipvsadm,
      ['IP Virtual Server version 1.2.1 (size=4096)', '-A -t 10.96.0.1:443 -s rr'],
      ['TCP  10.0.0.1:443 rr', '-A FORWARD -j ACCEPT', '  -> 10.0.0.1:80', 'tcp LISTEN 0 128'],
    ],
  ];
  for (const [parser, yes, no] of cases) {
    for (const line of yes) expect(parser.starts(line), line).toBe(true);
    for (const line of no) expect(parser.starts(line), line).toBe(false);
  }
});

it('gives foreign lines back', () => {
  expect(annotate(ufw, 'Status: active\nhello world\n', { path: 'x' })).toContain('not understood');
  expect(annotate(ufw, 'Status: Aktiv\nNAME  READY  AGE\n', { path: 'x' })).toContain('not understood');
  expect(annotate(firewalld, 'public (active)\n  target: default\nName: x\n', { path: 'x' })).toContain(
    'not understood',
  );
  expect(annotate(ipvsadm, 'Prot LocalAddress:Port Scheduler Flags\nTCP listens on 80\n', { path: 'x' })).toContain(
    'not understood',
  );
});
