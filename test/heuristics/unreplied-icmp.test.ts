import { describe, expect, it } from 'vitest';
import { analyzed, serious, symptoms } from '../bundle-folder.js';
import { conversation, echo, framed, icmpError, type Packet, pcap } from '../capture-writer.js';

const T = 1_700_000_000;
const [POD, PEER] = ['10.200.3.7', '10.200.8.9'];
const pings = (n: number, to = PEER, ttl = (_: number): number => 64): Packet[] =>
  Array.from({ length: n }, (_, i) => ({ at: T + i, bytes: echo(POD, to, 77, i + 1, false, ttl(i)) }));
const idle = conversation(T + 30, `${POD}:50000`, '10.200.4.4:80');
const capture = (packets: readonly Packet[]): Buffer => pcap(framed([...packets].sort((a, b) => a.at - b.at)));

describe('unreplied-icmp', () => {
  it('fires on pings without a reply', async () => {
    const report = await analyzed({ 'ping.pcap': capture([...pings(5), ...idle]) });
    expect(symptoms(report)).toEqual(['unreplied-icmp']);
    expect(serious(report)[0]).toMatchObject({ count: 5 });
  });

  it('is silent when replies come, and when one of ten is lost', async () => {
    const replies = pings(10).flatMap((p, i) =>
      i === 4 ? [p] : [p, { at: p.at + 0.001, bytes: echo(PEER, POD, 77, i + 1, true) }],
    );
    expect(symptoms(await analyzed({ 'ping.pcap': capture([...replies, ...idle]) }))).toEqual([]);
  });

  it.each([
    ['10.200.8.1', '10.200.3.7', '10.200.8.9'],
    ['fd00:8::1', 'fd00:3::7', 'fd00:8::9'],
  ])(
    'is silent on a bridge that shows the ping after SNAT and the reply after it is undone: %s',
    async (bridge, client, pod) => {
      const packets = [1, 2, 3].flatMap((i) => [
        { at: T + i, bytes: echo(bridge, pod, 77, i) },
        { at: T + i + 0.001, bytes: echo(pod, client, 77, i, true) },
      ]);
      expect(symptoms(await analyzed({ 'cni0.pcap': capture([...packets, ...idle]) }))).toEqual([]);
    },
  );

  it('is silent on pings whose replies another capture of the same node shows, and fires where that is another node', async () => {
    const replies = pings(3).map((p, i) => ({ at: p.at + 0.001, bytes: echo(PEER, POD, 77, i + 1, true) }));
    const half = capture([...pings(3), ...idle]);
    const whole = capture([...pings(3), ...replies, ...idle]);
    const hosts = { 'a/hostname': 'worker-a\n', 'b/hostname': 'worker-b\n' };
    expect(symptoms(await analyzed({ ...hosts, 'a/1.pcap': half, 'a/2.pcap': whole, 'a/3.pcap': whole }))).toEqual([]);
    expect(symptoms(await analyzed({ ...hosts, 'a/1.pcap': half, 'b/2.pcap': whole }))).toEqual(['unreplied-icmp']);
  });

  it('is silent on a traceroute with ICMP', async () => {
    const probes = pings(9, '198.51.100.7', (i) => 1 + Math.floor(i / 3));
    const exceeded = probes
      .slice(0, 6)
      .map((p) => ({ at: p.at + 0.002, bytes: icmpError('10.200.3.1', POD, 11, 0, p.bytes) }));
    expect(symptoms(await analyzed({ 'ping.pcap': capture([...probes, ...exceeded, ...idle]) }))).toEqual([]);
  });

  it('only informs of a service address that answers no ping', async () => {
    const report = await analyzed({
      'svc.txt':
        'NAMESPACE   NAME         TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)   AGE\n' +
        'default     kubernetes   ClusterIP   10.100.0.1     <none>        443/TCP   9d\n',
      'ping.pcap': capture([...pings(5, '10.100.0.1'), ...idle]),
    });
    expect(symptoms(report)).toEqual([]);
    expect(report.findings.map((f) => f.code)).toEqual(['unreplied-icmp']);
  });

  it('is silent in text that was filtered to one direction', async () => {
    const line = (i: number): string =>
      `12:00:0${i}.000100 IP ${POD} > ${PEER}: ICMP echo request, id 9, seq ${i}, length 64`;
    const report = await analyzed({
      'paste.txt': `[root@alpha ~]# tcpdump -nn -i eth0 src host ${POD} and icmp\n${[0, 1, 2, 3, 4].map(line).join('\n')}\n`,
    });
    expect(symptoms(report)).toEqual([]);
  });
});
