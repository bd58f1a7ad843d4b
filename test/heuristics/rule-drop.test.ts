import { describe, expect, it } from 'vitest';
import type { Finding, Report } from '../../src/core/finding.js';
import { analyzed, serious, symptoms } from '../bundle-folder.js';
import { conversation, framed, pcap, unansweredSyn } from '../capture-writer.js';
import { recorded } from './recorded.js';

const drops = (report: Report): readonly Finding[] => report.findings.filter((f) => f.code === 'rule-drop');
const bad = (report: Report): readonly Finding[] => serious(report).filter((f) => f.code === 'rule-drop');

const line = (prefix: string, rest: string): string =>
  `[13249.157010] ${prefix}IN=ens192 OUT= MAC=02:00:00:00:00:11:02:00:00:00:00:12:08:00 ${rest}\n`;
const syn = (src: string, dst: string, port: number, flags = 'SYN'): string =>
  `SRC=${src} DST=${dst} LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=60697 DF PROTO=TCP SPT=53850 DPT=${port} WINDOW=64240 RES=0x00 ${flags} URGP=0 `;
const udp = (src: string, dst: string, port: number): string =>
  `SRC=${src} DST=${dst} LEN=30 TOS=0x00 PREC=0x00 TTL=63 ID=35596 DF PROTO=UDP SPT=37853 DPT=${port} LEN=10 `;
const thrice = (text: string): string => text.repeat(3);

const NODES =
  'NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
  'alpha   Ready    <none>   9d    v1.29.1   192.168.60.11   <none>        Debian     6.1.0            containerd://1.7\n' +
  'beta    Ready    <none>   9d    v1.29.1   192.168.60.12   <none>        Debian     6.1.0            containerd://1.7\n';
const PODS =
  'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE    NOMINATED NODE   READINESS GATES\n' +
  'shop        web-0   1/1     Running   0          9d    10.77.1.5    alpha   <none>           <none>\n' +
  'shop        web-1   1/1     Running   0          9d    10.77.2.6    beta    <none>           <none>\n';
const CLUSTER = { 'nodes.txt': NODES, 'pods.txt': PODS };

describe('rule-drop fires', () => {
  it('on lines of a LOG rule whose next rule drops, and names that rule', async () => {
    const report = await analyzed({
      'dmesg.txt': recorded('log-dmesg.txt'),
      'iptables-save.txt': recorded('log-iptables-save.txt'),
    });
    const found = bad(report);
    const policy = found.find((f) => f.subjects.includes('GUARD-CHECK'));
    expect(policy).toMatchObject({ severity: 'critical', confidence: 'proven', count: 4 });
    expect(policy?.subjects).toEqual(expect.arrayContaining(['10.77.1.5', '192.168.60.12', 'cni0']));
    const quotes = policy?.evidence.map((e) => ('quote' in e ? e.quote : '')) ?? [];
    expect(quotes).toContain('[4:240] -A GUARD-CHECK -d 10.77.1.0/24 -p tcp -m tcp --dport 8080 -j DROP');
    // The line of [UFW BLOCK] is the last rule of its chain: the policy decides.
    expect(found.filter((f) => f.title.includes('the policy of FORWARD')).map((f) => f.count)).toEqual([4, 2]);
    // What is logged and then accepted is no drop.
    expect(JSON.stringify(drops(report))).not.toContain('GUARD audit');
  });

  it('on the words of a prefix alone, as likely', async () => {
    const report = await analyzed({ 'dmesg.txt': recorded('log-dmesg.txt') });
    expect(bad(report)).toMatchObject([
      { severity: 'critical', confidence: 'likely', count: 4 },
      { severity: 'critical', confidence: 'likely', count: 2 },
    ]);
    expect(report.verdict.state).toBe('insufficient');
  });

  it('on one line of a drop, as a warning', async () => {
    const report = await analyzed({
      'dmesg.txt': line('DROP by policy: ', udp('10.77.2.6', '10.77.1.5', 5001)),
    });
    expect(bad(report)).toMatchObject([{ severity: 'warning', count: 1 }]);
    expect(report.verdict.state).not.toBe('no-fault-found');
  });

  it('on the end of a trace, with the rules', async () => {
    const report = await analyzed({
      'dmesg.txt': recorded('trace-dmesg.txt'),
      'iptables-save.txt': recorded('log-iptables-save.txt'),
    });
    expect(bad(report)).toMatchObject([{ severity: 'critical', confidence: 'proven', count: 4 }]);
    expect(bad(report)[0]?.title).toContain('rule 2 of GUARD-CHECK (table filter)');
  });

  it('on xtables-monitor, which tells the verdict itself', async () => {
    const report = await analyzed({ 'xtables-monitor.txt': recorded('xtables-monitor.txt') });
    expect(
      bad(report)
        .map((f) => f.title.replace(/^.* port /, ''))
        .sort(),
    ).toEqual([
      '8081 by a rule of FORWARD (table filter)',
      '8082 by a rule of FORWARD (table filter)',
      '8083 by the policy of FORWARD (table filter)',
    ]);
  });

  it('on nft: in the same rule, and in the next one', async () => {
    const report = await analyzed({
      'dmesg.txt': recorded('nft-dmesg.txt'),
      'nft-list-ruleset.txt': recorded('nft-list-ruleset.txt'),
    });
    expect(bad(report).map((f) => [f.severity, f.confidence, f.title.replace(/^.* (?=port)/, '')])).toEqual([
      ['critical', 'proven', 'port 8084 by rule 1 of onfwd (table inet guard)'],
      ['warning', 'proven', 'port 8085 by rule 5 of onfwd (table inet guard)'],
    ]);
  });

  it('on the overlay between nodes at a host firewall', async () => {
    const report = await analyzed({
      ...CLUSTER,
      'alpha/dmesg.txt': thrice(line('[UFW BLOCK] ', udp('192.168.60.12', '192.168.60.11', 8472))),
    });
    expect(bad(report)).toMatchObject([{ severity: 'critical' }]);
    expect(bad(report)[0]?.subjects).toEqual(expect.arrayContaining(['alpha', '192.168.60.12', '192.168.60.11']));
  });

  it('on a counter, when the rule takes a conversation that got no answer', async () => {
    const rules = (node: string): string =>
      `# Generated by iptables-save v1.8.9 on Sat Nov 21 16:42:01 2026\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [9:540]\n:OUTPUT ACCEPT [0:0]\n[3:180] -A FORWARD -d ${node}/32 -p tcp -m tcp --dport 8080 -j DROP\nCOMMIT\n`;
    const files = (to: string) => ({
      ...CLUSTER,
      'alpha/iptables-save.txt': rules(to),
      'beta/web-1.pcap': pcap(
        framed([
          ...unansweredSyn(1_700_000_000, '10.77.2.6:41000', '10.77.1.5:8080'),
          ...conversation(1_700_000_009, '10.77.2.6:41001', '10.77.1.5:9090'),
        ]),
      ),
    });
    expect(bad(await analyzed(files('10.77.1.5')))).toMatchObject([
      { severity: 'warning', confidence: 'possible', count: 3 },
    ]);
    const other = await analyzed(files('10.77.1.9'));
    expect(bad(other)).toEqual([]);
  });
});

describe('rule-drop stays silent', () => {
  const silent = async (text: string, more: Readonly<Record<string, string | Buffer>> = CLUSTER): Promise<void> => {
    const report = await analyzed({ ...more, 'alpha/dmesg.txt': text });
    expect(bad(report)).toEqual([]);
    expect(symptoms(report).filter((code) => code.startsWith('crashed'))).toEqual([]);
  };

  it('on strangers at a host firewall', async () => {
    await silent(thrice(line('[UFW BLOCK] ', syn('45.155.205.9', '192.168.60.11', 6443))));
    await silent(thrice(line('[UFW BLOCK] ', syn('45.155.205.9', '192.168.60.11', 22))), {});
  });

  it('on broadcast, multicast, IGMP and discovery', async () => {
    const noise = [
      udp('192.168.60.12', '224.0.0.251', 5353),
      udp('192.168.60.12', '192.168.60.255', 137),
      'SRC=0.0.0.0 DST=224.0.0.1 LEN=36 TOS=0x00 PREC=0xC0 TTL=1 ID=0 DF PROTO=2 ',
      udp('192.168.60.12', '255.255.255.255', 9999),
    ];
    await silent(noise.map((packet) => thrice(line('[UFW BLOCK] ', packet))).join(''));
    const broadcast = line('[UFW BLOCK] ', udp('192.168.60.12', '192.168.60.255', 4444));
    await silent(thrice(broadcast.replace('MAC=02:00:00:00:00:11', 'MAC=ff:ff:ff:ff:ff:ff')));
  });

  it('on packets that are invalid, too many, or late', async () => {
    await silent(
      thrice(line('STATE_INVALID_DROP: ', syn('10.77.2.6', '10.77.1.5', 80, 'ACK'))) +
        thrice(line('[UFW LIMIT BLOCK] ', syn('192.168.60.12', '192.168.60.11', 22))) +
        thrice(line('DROP: ', syn('10.77.2.6', '10.77.1.5', 81, 'RST'))) +
        line('DROP: ', syn('10.77.2.6', '10.77.1.5', 82, 'ACK PSH')),
    );
  });

  it('on prefixes that say nothing or that it passes', async () => {
    const prefixes = ['[UFW AUDIT] ', 'calico-packet: ', 'not dropped: ', 'ALLOW-not-DROP: ', 'filter out: ', ''];
    await silent(prefixes.map((prefix) => thrice(line(prefix, syn('10.77.2.6', '10.77.1.5', 80)))).join(''));
  });

  it('on a drop after which the same conversation was answered', async () => {
    const at = (second: number): string =>
      `2023-11-14T22:13:${20 + second}.000000+00:00 alpha kernel: ${line('DROP: ', syn('10.77.2.6', '10.77.1.5', 8080)).slice(15)}`;
    const capture = pcap(framed(conversation(1_700_000_009, '10.77.2.6:41001', '10.77.1.5:8080')));
    await silent(at(0) + at(1) + at(3), { ...CLUSTER, 'beta/web-1.pcap': capture });
  });
});
