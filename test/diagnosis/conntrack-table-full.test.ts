import { describe, expect, it } from 'vitest';
import { conntrackTableFull } from '../../src/diagnosis/causes/conntrack-table-full.js';
import { at, heard, outcome } from './case-of.js';

const LINE = at('n1', 'dmesg', '[ 8123.004512] nf_conntrack: nf_conntrack: table full, dropping packet');
const count = (now: number) =>
  at('n1', 'sysctl -a', `net.netfilter.nf_conntrack_count = ${now}\nnet.netfilter.nf_conntrack_max = 131072`);
const told = (text: string) => heard({ 'n1.txt': text }, conntrackTableFull);

describe('conntrack-table-full', () => {
  it('is proven by the line and the count, likely by one of them', async () => {
    expect((await told(LINE + count(131072))).drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect((await told(LINE)).drafts[0]?.confidence).toBe('likely');
    expect((await told(count(131070))).drafts[0]?.confidence).toBe('likely');
  });

  it('is history when the table has room again', async () => {
    expect((await told(LINE + count(4000))).drafts[0]).toMatchObject({ confidence: 'possible', severity: 'warning' });
  });

  it('leaves a well filled table alone', async () => {
    expect(outcome(await told(count(110000)))).toBe('quiet');
  });
});
