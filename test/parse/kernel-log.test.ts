import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../src/core/address.js';
import { Frame } from '../../src/core/frame.js';
import { readNetfilterLog } from '../../src/parse/log/iptables-log.js';
import { kernelLog } from '../../src/parse/log/kernel-log.js';
import { annotate, goldenTests } from './harness.js';

goldenTests(kernelLog);

const LOG =
  'SRC=10.244.1.5 DST=10.244.2.5 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=1 DPT=2 WINDOW=3 RES=0x00 SYN URGP=0';

const DROP = 'nf_conntrack: table full, dropping packet';

describe('kernel log', () => {
  it('starts on kernel lines and foreign syslog lines, not on cluster programs or other text', () => {
    for (const line of [
      '[    0.000000] Linux version 5.15.0',
      '[Sat Nov 21 06:46:07 2026] eth0: link up',
      'Nov 21 06:46:07 n1 kernel: IPv4: martian source 10.0.0.1 from 10.0.0.2, on dev eth0',
      'Nov 21 06:46:07 n1 systemd[1]: Started Session 1 of user root.',
      `IN=eth0 OUT= ${LOG}`,
      `DROPPED_OUTIN= OUT=eth0 ${LOG}`,
      `> fwd: IN=cni0 OUT=eth0 ${LOG}`,
      'IPv4: martian source 10.0.0.1 from 10.0.0.2, on dev eth0',
      '__CURSOR=s=ab;i=1;b=cd',
    ]) {
      expect(kernelLog.starts(line), line).toBe(true);
    }
    for (const line of [
      '',
      'iptables -t raw -I OUTPUT -d 10.254.51.153 -j LOG --log-level 7 --log-prefix "raw out: "',
      '-A INPUT -j LOG --log-prefix "IN= OUT= SRC=1.2.3.4 DST=1.2.3.4"',
      'Nov 21 06:46:07 n1 kubelet[811]: E1121 06:46:15.000000 811 kubelet.go:1] network is not ready',
      '2026-11-21T06:46:07.907534123Z stderr F I1121 main.go:209] CLI flags config',
      '2026-11-21 06:46:07.907 [INFO][1] felix/daemon.go 1: x',
      '[root@n1 ~]# dmesg',
      '[]',
      '[ 12 ] item',
      'I1121 06:46:07.907534       1 main.go:209] x',
      '初步判断，通过eth0发出的报文源地址是eth0的IP',
      '10.0.0.0/8 via 10.0.0.1 dev eth0',
    ]) {
      expect(kernelLog.starts(line), line).toBe(false);
    }
  });

  it('finds the packet behind a prefix that looks like one', () => {
    const frame = new Frame();
    const addresses = new AddressTable();
    const found = readNetfilterLog(`IN=x OUT=y IN=eth0 OUT= ${LOG}`, frame, addresses);
    expect(found).toMatchObject({ prefix: 'IN=x OUT=y ', inIf: 'eth0', outIf: undefined });
    expect(addresses.text(frame.dst)).toBe('10.244.2.5');
    expect(frame.tcpFlags).toBe(2);
  });

  it('claims no flags for a line that was cut before them', () => {
    const frame = new Frame();
    readNetfilterLog(
      'IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 LEN=60 PROTO=TCP SPT=1 DPT=2 WIN',
      frame,
      new AddressTable(),
    );
    expect(frame.tcpFlags).toBe(-1);
    expect(frame.dport).toBe(2);
  });

  it('leaves network lines of cluster programs to their parsers', () => {
    const text = annotate(
      kernelLog,
      [
        'Nov 21 06:46:07 n1 kernel: nf_conntrack: table full, dropping packet',
        'Nov 21 06:46:07 n1 k3s[811]: E1121 flannel: no lease',
        'Nov 21 06:46:07 n1 kubelet[811]: I1121 volume mounted',
        'Nov 21 06:46:07 n1 sshd[811]: Accepted',
      ].join('\n'),
      { path: 'var/log/syslog' },
    );
    expect(text.match(/not understood/g)).toHaveLength(1);
    expect(text).toContain('host n1 (syslog)');
  });

  it('keeps a martian without its header line', () => {
    const text = annotate(kernelLog, '[ 1.000001] IPv4: martian source 10.0.0.1 from 10.0.0.2, on dev eth0', {
      path: 'dmesg',
    });
    expect(text).toMatch(/code=martian-source .*address=10.0.0.2 address2=10.0.0.1/);
  });

  it('tells apart 4096 hosts, and says that the lines of others are of no node', () => {
    const hosts = 4100;
    const text = annotate(
      kernelLog,
      Array.from({ length: hosts }, (_, n) => `Nov 21 06:46:07 h${n} kernel: ${DROP}`).join('\n'),
      { path: 'central.log' },
    );
    expect(text.match(/lines of more than 4096 hosts: those of the rest are of no node/g)).toHaveLength(hosts - 4096);
    expect(text.match(/nf_conntrack|table-full/g)!.length).toBeGreaterThanOrEqual(hosts);
  });

  it('survives every cut of a line', () => {
    const line = `Nov 21 06:46:07 n1 kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02:42:c0:a8:01:01:02:42:c0:a8:01:01:08:00 SRC=10.244.1.1 DST=10.244.1.5 LEN=88 PROTO=ICMP TYPE=3 CODE=4 [${LOG} ] MTU=1450`;
    for (let i = 0; i <= line.length; i++)
      expect(() => annotate(kernelLog, line.slice(0, i), { path: 'x' })).not.toThrow();
  });
});
