import { describe, expect, it } from 'vitest';
import { analyzed, symptoms } from '../bundle-folder.js';

const line = (second: string, ifname: string, way: 'In' | 'Out', from: string, to: string, rest: string): string =>
  `10:00:${second} ${ifname} ${way.padEnd(3)} IP ${from} > ${to}: ${rest}\n`;
const [C, S] = ['192.168.5.9.40000', '192.168.77.10.443'];
const talk = (inner: string, outer: string, through: boolean): string =>
  '[root@alpha ~]# tcpdump -nn -i any port 443\n' +
  line('00.000001', inner, 'In', C, S, 'Flags [S], seq 100, win 1, length 0') +
  line('00.000101', outer, 'Out', S, C, 'Flags [S.], seq 900, ack 101, win 1, length 0') +
  (through
    ? line('00.000201', inner, 'In', C, S, 'Flags [.], ack 901, win 1, length 0') +
      line('00.000301', outer, 'Out', S, C, 'Flags [P.], seq 901:950, ack 101, win 1, length 49')
    : line('01.000001', inner, 'In', C, S, 'Flags [S], seq 100, win 1, length 0') +
      line('01.000101', outer, 'Out', S, C, 'Flags [S.], seq 900, ack 101, win 1, length 0') +
      line('03.000001', inner, 'In', C, S, 'Flags [S], seq 100, win 1, length 0'));

describe('asymmetric-flow', () => {
  it('fires when replies leave by another interface and the client does not get them', async () => {
    expect(symptoms(await analyzed({ 'paste.txt': talk('eth1', 'eth0', false) }))).toContain('asymmetric-flow');
  });

  it('only informs when both ways succeed', async () => {
    const report = await analyzed({ 'paste.txt': talk('eth1', 'eth0', true) });
    expect(symptoms(report)).toEqual([]);
    expect(report.findings.map((f) => f.code)).toEqual(['asymmetric-flow']);
  });

  it('is silent when both ways use one interface', async () => {
    expect((await analyzed({ 'paste.txt': talk('eth1', 'eth1', true) })).findings).toEqual([]);
  });
});
