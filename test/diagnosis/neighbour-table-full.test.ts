import { describe, expect, it } from 'vitest';
import { neighbourTableFull } from '../../src/diagnosis/causes/neighbour-table-full.js';
import { at, heard, outcome } from './case-of.js';

const entries = (many: number) =>
  at(
    'n1',
    'ip neigh',
    Array.from({ length: many }, (_, i) => `10.31.${i >> 8}.${i & 255} dev eth0 lladdr 52:54:00:00:00:01 STALE`).join(
      '\n',
    ),
  );
const LIMIT = at('n1', 'sysctl -a', 'net.ipv4.neigh.default.gc_thresh3 = 200');

describe('neighbour-table-full', () => {
  it('is proven by the kernel\u2019s line', async () => {
    const line = at('n1', 'dmesg', '[ 8123.004512] neighbour: arp_cache: neighbor table overflow!');
    const told = await heard({ 'n1.txt': line + LIMIT }, neighbourTableFull);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.remedy[0]?.rollback).toContain('gc_thresh3=200');
  });

  it('raises the limit of the table that overflows: IPv6 has its own', async () => {
    const line = at('n1', 'dmesg', '[ 8123.004512] neighbour: ndisc_cache: neighbor table overflow!');
    const limit = at('n1', 'sysctl -a', 'net.ipv6.neigh.default.gc_thresh3 = 1024');
    const { drafts } = await heard({ 'n1.txt': line + LIMIT + limit }, neighbourTableFull);
    expect(drafts[0]?.subjects).toContain('net.ipv6.neigh.default.gc_thresh3');
    expect(drafts[0]?.remedy[0]?.command).toMatch(/^sysctl -w net\.ipv6\.neigh\.default\.gc_thresh3=8192 /);
    expect(drafts[0]?.remedy[0]?.command).not.toContain('ipv4');
    expect(drafts[0]?.remedy[0]?.rollback).toBe('sysctl -w net.ipv6.neigh.default.gc_thresh3=1024');
  });

  it('is possible with as many entries as the limit, and quiet below', async () => {
    expect((await heard({ 'n1.txt': entries(200) + LIMIT }, neighbourTableFull)).drafts[0]?.confidence).toBe(
      'possible',
    );
    expect(outcome(await heard({ 'n1.txt': entries(190) + LIMIT }, neighbourTableFull))).toBe('quiet');
  });
});
