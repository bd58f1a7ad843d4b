import { describe, expect, it } from 'vitest';
import { readTcpdumpCommand } from '../../src/parse/packet/tcpdump-command.js';
import { tcpdumpText } from '../../src/parse/packet/tcpdump-text.js';
import { annotate, goldenTests } from './harness.js';

goldenTests(tcpdumpText);

const packets = (text: string, command?: string): string[] =>
  annotate(tcpdumpText, text, { path: 'x', command })
    .split('\n')
    .filter((line) => line.includes('> packet') || line.includes('not understood'));

describe('tcpdump text', () => {
  it('starts on its own lines only', () => {
    for (const line of [
      '22:13:20.123456 IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [S], seq 1, length 0',
      '\t10:03:44.685400 IP 192.168.82.0.37025 > 192.168.67.4.us-cli: Flags [S], seq 1',
      '> 16:40:19.165180 calia9589d79281 In IP 192.168.236.10.59894 > 192.168.21.11.6443: Flags ...',
      '1795242925.407159 ARP, Request who-has 10.244.1.1 tell 10.244.1.5, length 28',
      '2026-11-20 22:13:20.123456 IP6 fd00::1.40000 > fd00::2.443: Flags [S], seq 7',
      'listening on eth0, link-type EN10MB (Ethernet), capture size 262144 bytes',
      'tcpdump: listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes',
      'IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [S], seq 1, length 0',
    ]) {
      expect(tcpdumpText.starts(line), line).toBe(true);
    }
    for (const line of [
      '',
      '22:13:20.123456 something happened',
      '22:13:20 IP address changed',
      'IP 地址 > 10.0.0.1',
      '10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1',
      '在 flannel0 上抓包，发现第一个 syn 报文被送出',
      '2026-11-20 22:13:20.123 [INFO][1] felix/int_dataplane.go 1: IP 10.0.0.1 > x',
      '12 packets captured',
      'eth0      In  IP packets: 12',
      'I1120 22:13:20.123456       1 main.go:209] IP a > b',
    ]) {
      expect(tcpdumpText.starts(line), line).toBe(false);
    }
  });

  it('does not take other text for packets', () => {
    const record = '22:13:20.123456 IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [.], ack 9, win 1, length 0';
    const lost = packets(`${record}\nThe SYN leaves, nothing comes back.\ndefault via 10.0.0.1 dev eth0`);
    expect(lost.filter((line) => line.includes('not understood'))).toHaveLength(2);
  });

  it('reads the link header of raw IP (-e on tunl0 and flannel0)', () => {
    const found = packets(
      '22:21:54.234300 ip: 172.16.184.128 > 172.16.228.1: ICMP echo request, id 10087, seq 1, length 64\n22:21:55.000000 ip: (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto ICMP (1), length 84)\n    172.16.184.128 > 172.16.228.1: ICMP echo request, id 10087, seq 2, length 64',
    );
    expect(found).toHaveLength(2);
    for (const line of found) expect(line).toMatch(/172\.16\.184\.128.*172\.16\.228\.1/);
    expect(tcpdumpText.starts('10:00:00.000000 ip: command not found')).toBe(false);
  });

  it('skips what -A prints beneath the addresses of a -v record', () => {
    const text =
      'tcpdump: listening on flannel.1, link-type EN10MB (Ethernet), capture size 262144 bytes\n16:08:11.009312 IP (tos 0x0, ttl 64, id 54000, offset 0, flags [DF], proto TCP (6), length 60)\n    172.20.0.0.38646 > 172.20.3.2.80: Flags [S], cksum 0x5b59 (incorrect -> 0xa53e), seq 1361874397, win 29200, length 0\nE..<..@.@..............PQ,........r.[Y.........\n.\t_-........';
    expect(packets(text).filter((line) => line.includes('not understood'))).toEqual([]);
  });

  it('gives no sequence numbers that may be relative to a segment outside the text', () => {
    const [first] = packets(
      '22:13:20.1 IP x\n22:13:20.123456 IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [P.], seq 1:3, ack 9, length 2',
    ).slice(1);
    expect(first).not.toMatch(/ (?:seq|ack)=/);
    const [second] = packets(
      '22:13:20.123456 IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [P.], seq 3000000000:3000000002, ack 9, length 2',
    );
    expect(second).toMatch(/ seq=3000000000/);
  });

  it('wraps 32-bit sequence numbers', () => {
    const lines = packets(
      [
        '22:13:20.123456 IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [S], seq 4294967295, length 0',
        '22:13:20.123456 IP 10.0.0.2.4000 > 10.0.0.1.80: Flags [S.], seq 5, ack 0, length 0',
        '22:13:20.123456 IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [P.], seq 1:11, ack 1, length 10',
      ].join('\n'),
    );
    expect(lines[2]).toMatch(/ seq=0 ack=6 /);
  });

  it('reads the command line', () => {
    expect(readTcpdumpCommand('tcpdump -nni eth0 -s96 -c 10 host 10.0.0.1 and port 80')).toMatchObject({
      ifname: 'eth0',
      snapLength: 96,
      filter: 'host 10.0.0.1 and port 80',
    });
    expect(readTcpdumpCommand("tcpdump --interface=any -ttt 'udp port 8472' -v")).toMatchObject({
      ifname: 'any',
      times: 3,
      filter: 'udp port 8472',
    });
    expect(readTcpdumpCommand('ip route')).toBeUndefined();
  });

  it('tells how much of a capture the text lacks', () => {
    const text = annotate(
      tcpdumpText,
      'listening on eth0, link-type EN10MB (Ethernet), capture size 96 bytes\n' +
        '22:13:20.123456 IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [S], seq 1, length 0\n' +
        '^C\n12 packets captured\n14 packets received by filter\n2 packets dropped by kernel',
      { path: 'x' },
    );
    expect(text).toContain('the text holds 1');
    expect(text).toContain('snapLength=96 drops=2');
  });

  it('survives every cut of every line', () => {
    const line =
      '22:13:20.123456 02:42:c0:a8:01:0b > 02:42:c0:a8:01:0c, ethertype 802.1Q (0x8100), length 78: vlan 100, p 0, ethertype IPv4 (0x0800), (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60)';
    for (let i = 0; i <= line.length; i++) {
      expect(() =>
        packets(`${line.slice(0, i)}\n    10.244.1.5.40000 > 10.244.2.5.80: Flags [S], seq 1`),
      ).not.toThrow();
    }
  });
});
