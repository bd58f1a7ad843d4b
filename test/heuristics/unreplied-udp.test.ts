import { describe, expect, it } from 'vitest';
import { analyzed, serious, symptoms } from '../bundle-folder.js';
import { conversation, dns, framed, icmpError, type Packet, pcap, udp } from '../capture-writer.js';

const T = 1_700_000_000;
const RESOLVER = '10.100.0.10:53';
const client = (i: number): string => `10.200.3.7:${40000 + i}`;
const query = (at: number, i: number): Packet => ({ at: T + at, bytes: udp(client(i), RESOLVER, dns(i)) });
const answer = (at: number, i: number, rcode = 0): Packet => ({
  at: T + at,
  bytes: udp(RESOLVER, client(i), dns(i, rcode)),
});
const capture = (packets: readonly Packet[]): Buffer => pcap(framed([...packets].sort((a, b) => a.at - b.at)));
const idle = conversation(T + 30, '10.200.3.7:50000', '10.200.4.4:80');

describe('unreplied-udp', () => {
  it('fires on queries that nothing answers', async () => {
    const report = await analyzed({ 'dns.pcap': capture([0, 5, 10].map((at, i) => query(at, i)).concat(idle)) });
    expect(symptoms(report)).toEqual(['unreplied-udp']);
    expect(serious(report)[0]?.subjects).toEqual(expect.arrayContaining(['10.100.0.10', '10.200.3.7']));
  });

  it('tells a query that is seen before and after DNAT and in two captures once', async () => {
    const queries = [0, 5, 10].map((at, i) => query(at, i));
    const after = [0, 5, 10].map((at, i) => ({ at: T + at + 0.0001, bytes: udp(client(i), '10.200.4.3:53', dns(i)) }));
    const report = await analyzed({
      'dns.pcap': capture([...queries, ...after, ...idle]),
      'other.pcap': capture([...after, ...idle]),
    });
    expect(serious(report)).toMatchObject([{ code: 'unreplied-udp', count: 3 }]);
    expect(serious(report)[0]?.subjects).toEqual(expect.arrayContaining(['10.100.0.10', '10.200.4.3']));
  });

  it('fires in a capture of nothing but queries when the client repeats them', async () => {
    const report = await analyzed({ 'dns.pcap': capture([query(0, 1), query(5, 1), query(10, 1), query(20, 2)]) });
    expect(symptoms(report)).toEqual(['unreplied-udp']);
  });

  it('is silent on queries whose answers another capture of the same node shows, and fires where that is another node', async () => {
    const queries = [0, 5, 10].map((at, i) => query(at, i));
    const answers = [0, 5, 10].map((at, i) => answer(at + 0.001, i));
    const half = capture([...queries, ...idle]);
    const whole = capture([...queries, ...answers, ...idle]);
    const hosts = { 'a/hostname': 'worker-a\n', 'b/hostname': 'worker-b\n' };
    expect(symptoms(await analyzed({ ...hosts, 'a/1.pcap': half, 'a/2.pcap': whole, 'a/3.pcap': whole }))).toEqual([]);
    expect(symptoms(await analyzed({ ...hosts, 'a/1.pcap': half, 'b/2.pcap': whole }))).toEqual(['unreplied-udp']);
  });

  it('is silent on search domains that do not exist', async () => {
    const packets = [1, 2, 3, 4].flatMap((i) => [query(i, i), answer(i + 0.001, i, i < 4 ? 3 : 0)]);
    expect(symptoms(await analyzed({ 'dns.pcap': capture([...packets, ...idle]) }))).toEqual([]);
  });

  it('is silent on a bridge that shows the query after SNAT and the answer after it is undone', async () => {
    const packets = [0, 5, 10].flatMap((at, i) => [
      { at: T + at, bytes: udp(`10.200.4.1:${61000 + i}`, '10.200.4.3:53', dns(i)) },
      { at: T + at + 0.001, bytes: udp('10.200.4.3:53', client(i), dns(i, 0)) },
    ]);
    expect(symptoms(await analyzed({ 'cni0.pcap': capture([...packets, ...idle]) }))).toEqual([]);
  });

  it('is silent on one lost query among 500', async () => {
    const packets = Array.from({ length: 500 }, (_, i) =>
      i === 250 ? [query(i / 50, i)] : [query(i / 50, i), answer(i / 50 + 0.001, i)],
    ).flat();
    expect(symptoms(await analyzed({ 'dns.pcap': capture([...packets, ...idle]) }))).toEqual([]);
  });

  it('is silent where a filter lets only queries through', async () => {
    const packets = Array.from({ length: 50 }, (_, i) => query(i, i));
    expect(symptoms(await analyzed({ 'dns.pcap': capture(packets) }))).toEqual([]);
  });

  it('is silent on multicast DNS and one-way telemetry', async () => {
    const packets = [0, 1, 2, 3, 4].flatMap((at) => [
      { at: T + at, bytes: udp('10.200.3.7:5353', '224.0.0.251:5353', dns(0)) },
      { at: T + at, bytes: udp('10.200.3.7:39000', '10.200.9.9:8125', Buffer.from('a:1|c')) },
    ]);
    expect(symptoms(await analyzed({ 'dns.pcap': capture([...packets, ...idle]) }))).toEqual([]);
  });

  it('fires on another service that answers one client and not the other', async () => {
    const ask = (from: string, at: number): Packet => ({
      at: T + at,
      bytes: udp(from, '10.200.4.4:9999', Buffer.from('ping')),
    });
    const served: Packet[] = [0, 1, 2].flatMap((at) => [
      ask('10.200.3.8:41000', at),
      { at: T + at + 0.1, bytes: udp('10.200.4.4:9999', '10.200.3.8:41000', Buffer.from('pong')) },
    ]);
    const unserved = [0, 1, 2].map((at) => ask('10.200.3.7:42000', at));
    expect(symptoms(await analyzed({ 'udp.pcap': capture([...served, ...idle]) }))).toEqual([]);
    const report = await analyzed({ 'udp.pcap': capture([...served, ...unserved, ...idle]) });
    expect(symptoms(report)).toEqual(['unreplied-udp']);
    expect(report.findings[0]).toMatchObject({ count: 3 });
    expect(report.findings[0]?.subjects).toContain('10.200.3.7');
  });

  it('fires on a query that is asked a third time just before the capture ends, and not on the second', async () => {
    const others = conversation(T - 1, '10.200.3.7:50000', '10.200.4.4:80');
    const asked = (times: readonly number[]): Packet[] => [...others, ...times.map((at) => query(at, 1))];
    expect(symptoms(await analyzed({ 'dns.pcap': capture(asked([0, 1.2, 2.4])) }))).toEqual(['unreplied-udp']);
    expect(symptoms(await analyzed({ 'dns.pcap': capture(asked([0, 1.2])) }))).toEqual([]);
  });

  it('takes no ICMP error for an answer', async () => {
    const refused = (at: number): Packet[] => [
      query(at, 1),
      { at: T + at + 0.01, bytes: icmpError('10.200.4.1', '10.200.3.7', 3, 1, query(at, 1).bytes) },
    ];
    const report = await analyzed({ 'dns.pcap': capture([...refused(0), ...refused(0.5)]) });
    expect(symptoms(report)).toEqual(['icmp-error', 'unreplied-udp']);
    const answered = capture([...refused(0), query(0.5, 1), answer(0.51, 1)]);
    expect(symptoms(await analyzed({ 'dns.pcap': answered }))).not.toContain('unreplied-udp');
  });

  it('fires on lookups that are answered only when they are asked again, and not on one among many', async () => {
    const late = (at: number, i: number): Packet[] => [query(at, i), query(at + 5, i), answer(at + 5.01, i)];
    const good = (at: number, i: number): Packet[] => [query(at, i), answer(at + 0.01, i)];
    const report = await analyzed({ 'dns.pcap': capture([...late(0, 1), ...good(7, 2), ...late(8, 3), ...idle]) });
    expect(serious(report)).toMatchObject([{ code: 'unreplied-udp', severity: 'warning', count: 2 }]);
    expect(serious(report)[0]?.title).toContain('5.0 s');
    const many = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].flatMap((i) => good(i, i));
    expect(symptoms(await analyzed({ 'dns.pcap': capture([...late(0, 1), ...many, ...idle]) }))).toEqual([]);
  });

  it('fires on answered queries that are repeated with a twin, and not on ids that come round', async () => {
    const ask = (at: number, port: number, id: number): Packet[] => [
      { at: T + at, bytes: udp(`10.200.3.7:${port}`, RESOLVER, dns(id)) },
      { at: T + at + 0.01, bytes: udp(RESOLVER, `10.200.3.7:${port}`, dns(id, 0)) },
    ];
    const pairs = [41001, 41002].flatMap((port, i) => [
      ...ask(i * 8, port, 7),
      ...ask(i * 8 + 5, port, 7),
      ...ask(i * 8 + 5.001, port, 8),
    ]);
    expect(symptoms(await analyzed({ 'dns.pcap': capture([...pairs, ...idle]) }))).toContain('unreplied-udp');
    const round = [0, 5].flatMap((at) =>
      [1, 2].flatMap((p) => [1, 2, 3, 4, 5, 6].flatMap((id) => ask(at + id / 10, 42000 + p, id))),
    );
    expect(symptoms(await analyzed({ 'dns.pcap': capture([...round, ...idle]) }))).toEqual([]);
    const checker = [0, 5, 10].flatMap((at) => [1, 2].flatMap((p) => ask(at, 43000 + p, 7)));
    expect(symptoms(await analyzed({ 'dns.pcap': capture([...checker, ...idle]) }))).toEqual([]);
  });
});
