import { describe, expect, it } from 'vitest';
import { conntrackInsertRace } from '../../src/diagnosis/causes/conntrack-insert-race.js';
import { dns, ethernet, pcap, udp } from '../capture-writer.js';
import { at, heard, heardSample, outcome } from './case-of.js';

const T = 1_700_000_000;
const [CLIENT, DNS] = ['10.44.1.7', '10.96.0.10'];
const query = (after: number) => ({ at: T + after, bytes: ethernet(udp(`${CLIENT}:40000`, `${DNS}:53`, dns(7))) });
const answer = (after: number) => ({ at: T + after, bytes: ethernet(udp(`${DNS}:53`, `${CLIENT}:40000`, dns(7, 0))) });
const FAILED = at(
  'n1',
  'conntrack -S',
  'cpu=0   \tfound=0 invalid=0 insert=0 insert_failed=3 drop=3 early_drop=0 error=0 search_restart=0 clash_resolve=0 chaintoolong=0',
);
const told = (packets: Parameters<typeof pcap>[0], more: Record<string, string> = {}) =>
  heard({ 'n1/eth0.pcap': pcap(packets), ...more }, conntrackInsertRace);

describe('conntrack-insert-race', () => {
  it('is likely by two queries, one answer and a repetition after 5 s', async () => {
    const { drafts } = await told([
      query(0),
      query(0.0002),
      answer(0.003),
      query(5.002),
      query(5.003),
      answer(5.004),
      answer(5.005),
    ]);
    expect(drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(drafts[0]?.subjects.slice(0, 2)).toEqual([DNS, CLIENT]);
  });

  it('is quiet when both were answered, when nobody answers at all, and by insert_failed alone', async () => {
    expect(outcome(await told([query(0), query(0.0002), answer(0.003), answer(0.004), query(5.002)]))).toBe('quiet');
    expect(outcome(await told([query(0), query(0.0002), query(5.002), query(5.003)]))).toBe('quiet');
    expect(outcome(await told([query(0), answer(0.003)], { 'n1/conntrack.txt': FAILED }))).toBe('quiet');
  });

  it('sees it behind the drop too: a query that was answered is asked again, now with its twin', async () => {
    const POD = '10.44.0.3';
    const asked = (after: number, id: number) => ({
      at: T + after,
      bytes: ethernet(udp(`${CLIENT}:40000`, `${POD}:53`, dns(id))),
    });
    const said = (after: number, id: number) => ({
      at: T + after,
      bytes: ethernet(udp(`${DNS}:53`, `${CLIENT}:40000`, dns(id, 0))),
    });
    const again = [asked(5.002, 7), asked(5.0022, 8), said(5.004, 7), said(5.005, 8)];
    const { drafts } = await told([asked(0, 7), said(0.003, 7), ...again], { 'n1/conntrack.txt': FAILED });
    expect(drafts[0]?.subjects.slice(0, 3)).toEqual([DNS, POD, CLIENT]);
    // The twin came through the first time, and the server left it without an answer.
    expect(outcome(await told([asked(0, 7), asked(0.0002, 8), said(0.003, 7), said(0.004, 8), ...again]))).toBe(
      'quiet',
    );
    // Another question from the same port.
    expect(outcome(await told([asked(0, 7), said(0.003, 7), asked(5.002, 9), asked(5.0022, 8)]))).toBe('quiet');
  });

  it.each(['010', '012'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, conntrackInsertRace))).toBe('quiet');
  });
});
