import { describe, expect, it } from 'vitest';
import { triesLost } from '../../src/model/late-lookups.js';
import { analyzed, serious } from '../bundle-folder.js';
import { at } from '../diagnosis/case-of.js';

const took = (real: string): string => `\nreal\t${real}\nuser\t0m0.004s\nsys\t0m0.005s\n`;
const LOOP = `kubectl exec -n ml trainer-0 -- bash -c 'for i in 1 2 3; do time nslookup registry.local >/dev/null; done'`;
const ANSWER = 'Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\tweb.default\nAddress: 10.101.2.44\n';
const told = (command: string, output: string, more = '') =>
  analyzed({ 'gpu-07.txt': at('gpu-07', command, output) + more });
const STATISTICS = at(
  'gpu-07',
  'conntrack -S',
  'cpu=0   \tfound=2011 invalid=1201 insert=0 insert_failed=1841 drop=1841 early_drop=0 error=0 search_restart=12034',
);

describe('lookups that wait for the resolver’s time-out', () => {
  it.each([
    ['in a loop, without output', LOOP, took('0m0.013s') + took('0m5.017s') + took('0m5.016s'), 2, '5 s'],
    ['with the answer', 'time nslookup web.default', ANSWER + took('0m10.031s'), 1, '10 s'],
    ['by BusyBox', 'kubectl exec t -- time nslookup web.default', ANSWER + took('0m 5.02s'), 1, '5 s'],
  ])('are told %s, and nobody is blamed', async (_what, command, output, count, words) => {
    const report = await told(command, output);
    expect(serious(report)).toMatchObject([{ code: 'unreplied-udp', severity: 'warning', count }]);
    expect(serious(report)[0]!.title).toContain(words);
    expect(report.verdict.cause).toBeNull();
  });

  it('ask for the packets where inserts into connection tracking failed', async () => {
    const { notChecked, verdict } = await told(LOOP, took('0m5.017s'), STATISTICS);
    expect(verdict.cause).toBeNull();
    expect(notChecked).toContainEqual({
      first: true,
      code: 'conntrack-insert-race',
      missing: ['the queries that gpu-07 sends'],
      collect: "tcpdump -nni any -w dns.pcap 'udp port 53'    # on gpu-07, while such a lookup is made",
    });
  });

  it.each([
    ['a slow server', LOOP, took('0m3.412s') + took('0m7.203s')],
    [
      'a lookup that failed, which is silence',
      'time nslookup x',
      `;; connection timed out; no servers could be reached\n${took('0m15.013s')}`,
    ],
    ['another command', 'time kubectl apply -f x.yaml', took('0m5.017s')],
  ])('are not %s', async (_what, command, output) => {
    const titles = serious(await told(command, output)).map(({ title }) => title);
    expect(titles.filter((title) => title.startsWith('Lookups'))).toEqual([]);
  });

  it('take one, two or three time-outs, and little more', () => {
    expect([13, 4800, 4990, 5017, 5950, 10031, 15100, 20040].map(triesLost)).toEqual([0, 0, 1, 1, 0, 2, 3, 0]);
  });
});
