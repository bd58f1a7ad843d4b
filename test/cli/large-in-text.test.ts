import { describe, expect, it } from 'vitest';
import { reportByCommand } from '../report-by-command.js';
import { OBJECTS } from '../three-nodes.js';

/** tcpdump's text without -v tells the payload's length and not the packet's: a path that loses large packets is seen all the same. */

const OPTIONS = 'options [nop,nop,TS val 642561671 ecr 846451479]';
const server = '10.244.2.5.8080 > 10.244.1.5.34688';
const client = '10.244.1.5.34688 > 10.244.2.5.8080';
const line = (seconds: number, dir: 'In' | 'Out', text: string): string =>
  `00:14:${(58 + seconds).toFixed(6).padStart(9, '0')} eth0  ${dir.padEnd(3)} IP ${text}`;
const opened = [
  line(
    0,
    'In',
    `${client}: Flags [S], seq 367589240, win 64240, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 10], length 0`,
  ),
  line(
    0.0001,
    'Out',
    `${server}: Flags [S.], seq 1324174398, ack 367589241, win 65160, options [mss 1460,sackOK,TS val 1 ecr 1,nop,wscale 10], length 0`,
  ),
  line(0.0002, 'In', `${client}: Flags [.], ack 1, win 63, ${OPTIONS}, length 0`),
  line(0.0003, 'In', `${client}: Flags [P.], seq 1:81, ack 1, win 63, ${OPTIONS}, length 80: HTTP: GET / HTTP/1.1`),
  line(0.0004, 'Out', `${server}: Flags [.], ack 81, win 64, ${OPTIONS}, length 0`),
];
const large = (seconds: number): string =>
  line(
    seconds,
    'Out',
    `${server}: Flags [.], seq 1:1449, ack 81, win 64, ${OPTIONS}, length 1448: HTTP: HTTP/1.0 200 OK`,
  );
const tail = line(0.0005, 'Out', `${server}: Flags [P.], seq 1449:1698, ack 81, win 64, ${OPTIONS}, length 249: HTTP`);
const sack = line(
  0.0007,
  'In',
  `${client}: Flags [.], ack 1, win 63, options [nop,nop,TS val 1 ecr 1,nop,nop,sack 1 {1449:1698}], length 0`,
);
const alive = line(1.9, 'In', `${client}: Flags [F.], seq 81, ack 1, win 63, ${OPTIONS}, length 0`);
const told = (...lines: readonly string[]) =>
  reportByCommand({ ...OBJECTS, 'k2/tcpdump.txt': [...opened, ...lines].join('\n') });
const codes = (report: ReturnType<typeof told>): string[] => report.findings.map(({ code }) => code);

describe('large segments in the text of tcpdump', () => {
  it('that are sent again and again while a smaller one got through are lost by their size', () => {
    const report = told(large(0.0004), tail, sack, large(0.21), large(0.63), large(1.5), alive);
    expect(codes(report)).toContain('large-packets-lost');
  });

  it('that are acknowledged at last are a loss like others', () => {
    const acked = line(1.51, 'In', `${client}: Flags [.], ack 1698, win 63, ${OPTIONS}, length 0`);
    expect(codes(told(large(0.0004), tail, sack, large(0.21), large(0.63), large(1.5), acked))).not.toContain(
      'large-packets-lost',
    );
  });

  it('between hosts where one as large got through show no size', () => {
    const first = line(0.00035, 'Out', `${server}: Flags [.], seq 1:1449, ack 81, win 64, ${OPTIONS}, length 1448`);
    const acked = line(0.0006, 'In', `${client}: Flags [.], ack 1449, win 63, ${OPTIONS}, length 0`);
    const next = (s: number): string =>
      line(s, 'Out', `${server}: Flags [.], seq 1449:2897, ack 81, win 64, ${OPTIONS}, length 1448`);
    expect(codes(told(first, acked, next(0.01), next(0.22), next(0.64), next(1.5)))).not.toContain(
      'large-packets-lost',
    );
  });
});
