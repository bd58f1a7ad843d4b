import { describe, expect, it } from 'vitest';
import { analyzed, serious, symptoms } from '../bundle-folder.js';
import { conversation, LINK, pcap, unansweredSyn } from '../capture-writer.js';

const T = 1_700_000_000;
const ADDR =
  '2: ens3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000\n    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n    inet 192.168.77.10/24 brd 192.168.77.255 scope global ens3\n' +
  '4: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default\n    link/ether 02:00:00:00:00:09 brd ff:ff:ff:ff:ff:ff\n    inet 10.61.1.0/32 scope global flannel.1\n';
const overlay = (packets: Buffer): Record<string, string | Buffer> => ({
  'alpha/hostname': 'alpha\n',
  'alpha/ip_addr.txt': ADDR,
  'alpha/flannel.1.pcap': packets,
});
const log = (prefix: string, out: string, src: string, second: number): string =>
  `Mar 31 16:57:0${second} alpha kernel: ${prefix}: IN= OUT=${out} SRC=${src} DST=10.61.2.7 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=${second} DF PROTO=TCP SPT=41000 DPT=80 WINDOW=29200 RES=0x00 SYN URGP=0 \n`;

describe('node-source-on-overlay', () => {
  it('fires on the physical address on the overlay device', async () => {
    const report = await analyzed(overlay(pcap(unansweredSyn(T, '192.168.77.10:41000', '10.61.2.7:80'), LINK.raw)));
    expect(symptoms(report)).toEqual(['node-source-on-overlay', 'unreplied-syn']);
    expect(serious(report)[0]?.subjects).toEqual(expect.arrayContaining(['192.168.77.10', 'flannel.1', 'alpha']));
  });

  it('fires on LOG lines alone, when the packet is repeated', async () => {
    const lines = [0, 1, 3, 7].map(
      (s) => log('raw out', 'ens3', '192.168.77.10', s) + log('mangle post', 'flannel.1', '192.168.77.10', s),
    );
    expect(symptoms(await analyzed({ messages: lines.join('') }))).toContain('node-source-on-overlay');
  });

  it('only informs where it works all the same', async () => {
    const report = await analyzed(overlay(pcap(conversation(T, '192.168.77.10:41000', '10.61.2.7:80'), LINK.raw)));
    expect(symptoms(report)).toEqual([]);
  });

  it('is silent on the overlay\u2019s own address', async () => {
    const report = await analyzed(overlay(pcap(conversation(T, '10.61.1.0:41000', '10.61.2.7:80'), LINK.raw)));
    expect(report.findings).toEqual([]);
  });

  it('is silent on LOG lines that were written before the source was translated', async () => {
    expect(
      symptoms(
        await analyzed({
          messages: log('raw out', 'ens3', '192.168.77.10', 1) + log('mangle post', 'flannel.1', '192.168.77.10', 1),
        }),
      ),
    ).toEqual([]);
  });
});
