import { describe, expect, it } from 'vitest';
import { analyzed, symptoms } from '../bundle-folder.js';
import { arp, conversation, echo, ethernet, type Packet, pcap, unansweredSyn, vxlan } from '../capture-writer.js';

const T = 1_700_000_000;
const host = (name: string, ip: string): Record<string, string> => ({
  [`${name}/hostname`]: `${name}\n`,
  [`${name}/ip_addr.txt`]: `2: ens3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000\n    link/ether 02:00:00:00:00:${ip.slice(-2)} brd ff:ff:ff:ff:ff:ff\n    inet ${ip}/24 brd 192.168.77.255 scope global ens3\n`,
});
const talk = Array.from({ length: 20 }, (_, i) =>
  conversation(T + i, `192.168.77.10:${40000 + i}`, '192.168.77.11:10250', 1000 + i * 500),
).flat();
const lost = unansweredSyn(T + 4, '192.168.77.10:45000', '192.168.77.11:30080');
const noise: Packet[] = [0, 10, 19].map((at) => ({ at: T + at, bytes: arp(1, '192.168.77.1', '192.168.77.10') }));
const file = (packets: readonly Packet[], offset = 0): Buffer =>
  pcap(
    [
      ...packets.map((p) => ({ at: p.at + offset, bytes: ethernet(p.bytes) })),
      ...noise.map((p) => ({ at: p.at + offset, bytes: p.bytes })),
    ].sort((a, b) => a.at - b.at),
  );
const both = (a: readonly Packet[], b: readonly Packet[], offset = 0): Record<string, string | Buffer> => ({
  ...host('alpha', '192.168.77.10'),
  ...host('beta', '192.168.77.11'),
  'alpha/ens3.pcap': file(a),
  'beta/ens3.pcap': file(b, offset),
});

describe('lost-between-captures', () => {
  it('fires on packets that leave one node and never arrive at the other', async () => {
    expect(symptoms(await analyzed(both([...talk, ...lost], talk)))).toEqual([
      'lost-between-captures',
      'unreplied-syn',
    ]);
  });

  it('fires though the clocks differ by 5 s', async () => {
    expect(symptoms(await analyzed(both([...talk, ...lost], talk, 5)))).toContain('lost-between-captures');
  });

  it('is silent when everything arrives, whatever the clocks say', async () => {
    expect(symptoms(await analyzed(both(talk, talk)))).toEqual([]);
    expect(symptoms(await analyzed(both(talk, talk, 5)))).toEqual([]);
  });

  it('is silent where the other capture had not begun', async () => {
    const late = pcap(talk.slice(150).map((p) => ({ at: p.at, bytes: ethernet(p.bytes) })));
    const report = await analyzed({ ...both([...talk, ...lost], talk), 'beta/ens3.pcap': late });
    expect(symptoms(report)).toEqual(['unreplied-syn']);
  });

  it('is silent where a snap length has cut off what tells packets apart', async () => {
    const wrapped = (packets: readonly Packet[], [from, to] = ['192.168.77.10', '192.168.77.11']): Packet[] =>
      packets.map((p) => ({ at: p.at, bytes: vxlan(from, to, 1, p.bytes) }));
    const inner = Array.from({ length: 6 }, (_, i) => [
      ...wrapped([{ at: T + 4 + i, bytes: echo('10.61.1.5', '10.61.2.7', 9, i + 1) }]),
      ...wrapped(
        [{ at: T + 4.01 + i, bytes: echo('10.61.2.7', '10.61.1.5', 9, i + 1, true) }],
        ['192.168.77.11', '192.168.77.10'],
      ),
      ...wrapped(conversation(T + 4 + i, `10.61.1.5:${41000 + i}`, '10.61.2.7:5432').slice(0, 1)),
    ]).flat();
    const all = [...talk, ...inner];
    const cut = (packets: readonly Packet[], kept: number): Buffer => pcap(framed(packets, kept));
    const framed = (packets: readonly Packet[], kept: number): Packet[] =>
      [...packets.map((p) => ({ at: p.at, bytes: ethernet(p.bytes) })), ...noise]
        .sort((a, b) => a.at - b.at)
        .map((p) => ({ ...p, kept }));
    for (const kept of [80, 92, 96, 100]) {
      const there = { ...both(all, all), 'beta/ens3.pcap': cut(all, kept) };
      expect(symptoms(await analyzed(there))).not.toContain('lost-between-captures');
      const here = { ...both(all, all), 'alpha/ens3.pcap': cut(all, kept) };
      expect(symptoms(await analyzed(here))).not.toContain('lost-between-captures');
    }
  });
});
