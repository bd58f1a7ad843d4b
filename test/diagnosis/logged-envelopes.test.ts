import { describe, expect, it } from 'vitest';
import { overlayPortBlocked } from '../../src/diagnosis/causes/overlay-port-blocked.js';
import { at, explained, heard, nodesYaml, podsTable } from './case-of.js';

/** A node's own log says that it drops the envelopes of others. */

const NODES = nodesYaml({ name: 'w1', ip: '10.9.4.22' }, { name: 'w2', ip: '10.9.4.23' });
const PODS = podsTable(['t/netz-1', 'Running', '10.42.1.15', 'w1'], ['t/netz-2', 'Running', '10.42.2.31', 'w2']);
const PING = at(
  'w1',
  'kubectl exec -n t netz-1 -- ping -c 3 10.42.2.31',
  'PING 10.42.2.31 (10.42.2.31) 56(84) Bytes an Daten.\n\n--- 10.42.2.31 Ping-Statistiken ---\n3 Pakete übertragen, 0 empfangen, 100% Paketverlust, Zeit 2047ms',
);
const line = (time: string, prefix = '[UFW BLOCK]', src = '10.9.4.22', dst = '10.9.4.23', port = 8472): string =>
  `[${time}] ${prefix} IN=ens192 OUT= MAC=00:50:56:aa:00:23:00:50:56:aa:00:22:08:00 SRC=${src} DST=${dst} LEN=134 TOS=0x00 PREC=0x00 TTL=64 ID=41231 PROTO=UDP SPT=43211 DPT=${port} LEN=114`;
const log = (...lines: readonly string[]): string => at('w2', 'dmesg -T', lines.join('\n'));
const told = (dmesg: string, more = '') =>
  heard({ 'nodes.yaml': NODES, 'pods.txt': PODS, 'w2.txt': dmesg + more, 'ping.txt': PING }, overlayPortBlocked);

describe('envelopes that a log says were dropped', () => {
  it.each([
    ['Wed Jan 17 09:30:11 2024', 'Wed Jan 17 09:30:31 2024'],
    ['Mi Jan 17 09:30:11 2024', 'Mi Jan 17 09:30:31 2024'],
    ['mer. janv. 17 09:30:11 2024', 'mer. janv. 17 09:30:31 2024'],
    ['水 1月 17 09:30:11 2024', '水 1月 17 09:30:31 2024'],
  ])('blame the node that wrote it, whatever the language of its days (%s)', async (...times) => {
    const given = await told(log(...times.map((time) => line(time))));
    expect(given.drafts).toMatchObject([
      { code: 'overlay-port-blocked', confidence: 'likely', severity: 'critical', count: 2 },
    ]);
    expect(given.drafts[0]!.subjects).toEqual(['w2', '10.9.4.23', '10.9.4.22', '8472']);
    expect(explained(given)).toEqual(expect.arrayContaining(['rule-drop', 'unreplied-icmp']));
    expect(given.drafts[0]!.remedy[0]).toMatchObject({
      command: 'ufw allow proto udp from 10.9.4.22 to any port 8472    # on w2',
      rollback: 'ufw delete allow proto udp from 10.9.4.22 to any port 8472    # on w2',
    });
  });

  it('tell of Weave\u2019s peers as well, which need TCP and UDP of one port', async () => {
    const { drafts } = await told(log(line('Wed Jan 17 09:30:11 2024', '[UFW BLOCK]', '10.9.4.22', '10.9.4.23', 6783)));
    expect(drafts).toMatchObject([{ code: 'overlay-port-blocked', confidence: 'likely' }]);
    expect(drafts[0]!.summary).toContain('w2 logs that it drops port 6783 from 10.9.4.22');
    expect(drafts[0]!.remedy[0]!.command).toBe(
      'ufw allow proto tcp from 10.9.4.22 to any port 6783 && ufw allow proto udp from 10.9.4.22 to any port 6783    # on w2',
    );
  });

  const TIME = 'Wed Jan 17 09:30:11 2024';
  it.each([
    ['an audit, which lets them pass', log(line(TIME, '[UFW AUDIT]')), ''],
    ['a prefix that names no verdict', log(line(TIME, 'overlay:')), ''],
    ['a stranger who knocks at the port', log(line(TIME, '[UFW BLOCK]', '10.9.4.200')), ''],
    ['another port', log(line(TIME, '[UFW BLOCK]', '10.9.4.22', '10.9.4.23', 5353)), ''],
    [
      'a node whose rules are shown, and accept them',
      log(line(TIME)),
      at('w2', 'iptables -S INPUT', '-P INPUT ACCEPT'),
    ],
  ])('blame nobody for %s', async (_what, dmesg, rules) => {
    expect((await told(dmesg, rules)).drafts).toEqual([]);
  });
});
