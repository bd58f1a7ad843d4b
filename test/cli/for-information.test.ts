import { describe, expect, it } from 'vitest';
import { reportByCommand } from '../report-by-command.js';
import { WHOLE } from '../three-nodes.js';

/** Packets between pods that are answered, and a stranger's that are not. */
const line = (time: string, ends: string, flags: string): string =>
  `2026-11-20 04:13:${time} IP ${ends}: Flags [${flags}], seq ${flags === 'S.' ? '7, ack 2' : '1'}, win 64860, length 0`;
const ANSWERED = [
  line('40.100000', '10.244.1.5.40000 > 10.244.2.5.80', 'S'),
  line('40.101000', '10.244.2.5.80 > 10.244.1.5.40000', 'S.'),
];
const STRANGER = ['41', '42', '44', '48'].map((s) => line(`${s}.100000`, '203.0.113.9.51000 > 10.7.7.11.23', 'S'));
const told = (lines: readonly string[]) =>
  reportByCommand({
    ...WHOLE,
    'k1/tcpdump.txt': `[root@k1 ~]# tcpdump -nn -tttt -i eth0\nlistening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n${lines.join('\n')}\n${line('59.000000', '10.244.1.5.40000 > 10.244.2.5.80', '.')}\n`,
  });

describe('the words of a clean bill', () => {
  it('do not say that all was answered above a SYN of a stranger that was not', () => {
    const { verdict, findings } = told([...ANSWERED, ...STRANGER]);
    expect(verdict.state).toBe('no-fault-found');
    expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toContain('unreplied-syn info');
    expect(verdict.summary).toMatch(
      /^Every conversation that the bundle shows was answered but for what stands below as information \(No answer to TCP SYNs from 203\.0\.113\.9 /,
    );
  });

  it('say so where all was answered', () => {
    expect(told(ANSWERED).verdict.summary).toMatch(/^Every conversation that the bundle shows was answered; /);
  });
});
