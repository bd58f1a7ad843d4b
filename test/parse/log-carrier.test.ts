import { describe, expect, it } from 'vitest';
import { carriedTime, readCarrier } from '../../src/parse/log/log-carrier.js';

const MESSAGE = 'IN= OUT=eth0 SRC=192.168.1.11 DST=192.168.1.12';
/** 2026-11-21 06:46:07 UTC. */
const EPOCH = 1795243567;
/** November 21, 06:46:07 of 1970. */
const NO_YEAR = 28017967;

/** form, host, kind, seconds, nanoseconds, tag, level; the message must come out unchanged. */
const carriers: readonly [string, string][] = [
  [`[ 1773.907534] ${MESSAGE}`, 'dmesg - since-boot 1773 907534000 kernel -'],
  [`    [ 1773.907534] ${MESSAGE}`, 'dmesg - since-boot 1773 907534000 kernel -'],
  [`[   12.300000][ T123] ${MESSAGE}`, 'dmesg - since-boot 12 300000000 kernel -'],
  [`[  1773.907534] node-1 kernel: ${MESSAGE}`, 'journal node-1 since-boot 1773 907534000 kernel -'],
  [`[    9.907534] node-1 kubelet[811]: ${MESSAGE}`, 'journal node-1 since-boot 9 907534000 kubelet -'],
  [`[Sat Nov 21 06:46:07 2026] ${MESSAGE}`, `dmesg - no-zone ${EPOCH} 0 kernel -`],
  [`[Sat Nov  7 06:46:07 2026] ${MESSAGE}`, `dmesg - no-zone ${EPOCH - 14 * 86400} 0 kernel -`],
  [`[Sat Nov 21 06:46:07 2026 <    0.000003>] ${MESSAGE}`, `dmesg - no-zone ${EPOCH} 0 kernel -`],
  [`[<    0.093222>] ${MESSAGE}`, 'dmesg - relative 0 93222000 kernel -'],
  [`[  +0.093222] ${MESSAGE}`, 'dmesg - relative 0 93222000 kernel -'],
  [`[Nov21 06:46] ${MESSAGE}`, `dmesg - no-year ${NO_YEAR - 7} 0 kernel -`],
  [`kern  :warn  : [ 1773.907534] ${MESSAGE}`, 'dmesg - since-boot 1773 907534000 kernel warning'],
  [`kern  :err   : [Sat Nov 21 06:46:07 2026] ${MESSAGE}`, `dmesg - no-zone ${EPOCH} 0 kernel error`],
  [`2026-11-21T06:46:07,907534+00:00 ${MESSAGE}`, `dmesg - epoch ${EPOCH} 907534000 kernel -`],
  [`kern  :warn  : 2026-11-21T06:46:07,907534+00:00 ${MESSAGE}`, `dmesg - epoch ${EPOCH} 907534000 kernel warning`],
  [`<4>[ 1773.907534] ${MESSAGE}`, 'dmesg - since-boot 1773 907534000 kernel warning'],
  [`4,339,1773907534,-;${MESSAGE}`, 'kmsg - since-boot 1773 907534000 kernel warning'],
  [`4,339,1773907534,-,caller=T1;${MESSAGE}`, 'kmsg - since-boot 1773 907534000 kernel warning'],
  [`Nov 21 06:46:07 n1 kernel: ${MESSAGE}`, `syslog n1 no-year ${NO_YEAR} 0 kernel -`],
  [`Nov  7 06:46:07 n1 kernel: ${MESSAGE}`, `syslog n1 no-year ${NO_YEAR - 14 * 86400} 0 kernel -`],
  [`Nov 21 06:46:07 n1 kernel: [ 1773.907534] ${MESSAGE}`, `syslog n1 no-year ${NO_YEAR} 0 kernel -`],
  [`Nov 21 06:46:07.907534 n1 kernel: ${MESSAGE}`, `syslog n1 no-year ${NO_YEAR} 907534000 kernel -`],
  [`Nov 21 2026 06:46:07 n1 kernel: ${MESSAGE}`, `syslog n1 no-zone ${EPOCH} 0 kernel -`],
  [`<4>Nov 21 06:46:07 n1 kernel: ${MESSAGE}`, `syslog n1 no-year ${NO_YEAR} 0 kernel warning`],
  [`2026-11-21T06:46:07.907534+00:00 n1 kernel: ${MESSAGE}`, `syslog n1 epoch ${EPOCH} 907534000 kernel -`],
  [`2026-11-21T06:46:07.907534+08:00 n1 kernel: ${MESSAGE}`, `syslog n1 epoch ${EPOCH - 28800} 907534000 kernel -`],
  [`2026-11-21T06:46:07+0000 n1 kernel: ${MESSAGE}`, `syslog n1 epoch ${EPOCH} 0 kernel -`],
  [`<4>1 2026-11-21T06:46:07.907534Z n1 kernel - - - ${MESSAGE}`, `syslog n1 epoch ${EPOCH} 907534000 kernel warning`],
  [
    `<4>1 2026-11-21T06:46:07Z n1 kernel 7 ID [a@1 b="]"][c d="e"] ${MESSAGE}`,
    `syslog n1 epoch ${EPOCH} 0 kernel warning`,
  ],
  [`<4>1 - - - - - - ${MESSAGE}`, 'syslog - none -1 0 - warning'],
  [`${EPOCH}.907534 n1 kernel: ${MESSAGE}`, `journal n1 epoch ${EPOCH} 907534000 kernel -`],
  [`Sat 2026-11-21 06:46:07 UTC n1 kernel: ${MESSAGE}`, `journal n1 epoch ${EPOCH} 0 kernel -`],
  [`Sat 2026-11-21 06:46:07 CST n1 kernel: ${MESSAGE}`, `journal n1 no-zone ${EPOCH} 0 kernel -`],
  [`2026-11-21T06:46:07.907534123Z stdout F ${MESSAGE}`, `cri - epoch ${EPOCH} 907534123 - -`],
  [`2026-11-21T06:46:07.907534123Z ${MESSAGE}`, `iso - epoch ${EPOCH} 907534123 - -`],
  [
    `{"log":"${MESSAGE}\\n","stream":"stderr","time":"2026-11-21T06:46:07.9Z"}`,
    `docker - epoch ${EPOCH} 900000000 - -`,
  ],
  [
    `{"__REALTIME_TIMESTAMP":"${EPOCH}907534","PRIORITY":"4","_HOSTNAME":"n1","_TRANSPORT":"kernel","MESSAGE":"${MESSAGE}"}`,
    `journal n1 epoch ${EPOCH} 907534000 kernel warning`,
  ],
  [
    `{"SYSLOG_IDENTIFIER":"kernel","MESSAGE":[${[...Buffer.from(MESSAGE)].join(',')}],"__MONOTONIC_TIMESTAMP":"1773907534"}`,
    'journal - since-boot 1773 907534000 kernel -',
  ],
  [`Nov 21 06:46:07 n1 ${MESSAGE}`, `syslog n1 no-year ${NO_YEAR} 0 - -`],
];

describe('log carriers', () => {
  for (const [line, expected] of carriers) {
    it(line.slice(0, 60), () => {
      const c = readCarrier(line);
      expect(c?.rest).toBe(MESSAGE);
      expect([c?.form, c?.host ?? '-', c?.timeKind, c?.sec, c?.nsec, c?.tag ?? '-', c?.level ?? '-'].join(' ')).toBe(
        expected,
      );
    });
  }

  it('refuses what has none', () => {
    for (const line of [
      '',
      MESSAGE,
      '22:13:20.123456 IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [S], seq 1, length 0',
      '1795242925.407159 IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [S], seq 1, length 0',
      '1795242925.407159 ARP, Request who-has 10.244.1.1 tell 10.244.1.5, length 28',
      '[1795269405.521845]\t    [NEW] ipv4     2 tcp      6 120 SYN_SENT src=192.168.1.11',
      '1795269065.296753 IP6 fe80::1 > ff02::16: HBH ICMP6, multicast listener report v2',
      '[root@n1 ~]# ip route',
      '[UFW BLOCK] IN=eth0 OUT=',
      '10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1',
      'Name: calico-node',
      'Mar is a month',
      '{"kind": "Status"}',
      '4,5',
      '在节点上 curl',
    ]) {
      expect(readCarrier(line), line).toBeUndefined();
    }
  });

  it('does not take other logs with a time for syslog or dmesg', () => {
    expect(readCarrier('2024-06-12T05:53:08.631Z I0612 05:53:08.630000       1 vxlan.go:141] VXLAN config')?.form).toBe(
      'iso',
    );
    expect(readCarrier('2017-02-12 04:24:03,841 [INFO][40/13] calico.felix.fiptables 603: x')?.form).toBe('iso');
  });

  it('an empty or null journal message stays a record', () => {
    expect(readCarrier('{"MESSAGE":null,"_HOSTNAME":"n1"}')).toMatchObject({ rest: '', host: 'n1', timeKind: 'none' });
  });

  it('gives nanoseconds as a bigint', () => {
    expect(carriedTime({ sec: EPOCH, nsec: 907534123 })).toBe(1795243567907534123n);
    expect(carriedTime({ sec: -1, nsec: 0 })).toBeUndefined();
  });
});
