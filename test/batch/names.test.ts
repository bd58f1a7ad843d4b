import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stem, UniqueNames } from '../../src/batch/names.js';
import { VERSION } from '../../src/core/version.js';

describe('names of reports', () => {
  it.each([
    ['tickets/4711/node-1.tar.gz', 'node-1'],
    ['a.tgz', 'a'],
    ['sosreport-x-2026-01-01.tar.xz', 'sosreport-x-2026-01-01'],
    ['eth0.pcap.gz', 'eth0'],
    ['eth0.pcapng', 'eth0'],
    ['10.0.0.1', '10.0.0.1'],
    ['报告.zip', '报告'],
    ['.tar.gz', 'bundle'],
    ['../..', 'bundle'],
    ['-rf.tar', 'rf'],
    ['a<script>.tgz', 'a_script_'],
    ['a\u202egzt.tgz', 'a_gzt'],
    ['line\nbreak.tgz', 'line_break'],
    [`${'x'.repeat(300)}.tgz`, 'x'.repeat(120)],
    ['folder/', 'folder'],
  ])('%j is called %j', (file, name) => {
    expect(stem(file)).toBe(name);
  });

  it('differ, whatever the file system takes for the same, and never are the index', () => {
    const names = new UniqueNames();
    expect(['a.tgz', 'a.zip', 'A.tar', 'a-2.tgz', 'index.tgz'].map((f) => names.give(stem(f)))).toEqual([
      'a',
      'a-2',
      'A-3',
      'a-2-2',
      'index-2',
    ]);
  });
});

it('the version is that of package.json', () => {
  expect(VERSION).toBe((JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version);
});
