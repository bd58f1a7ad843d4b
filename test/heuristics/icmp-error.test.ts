import { describe, expect, it } from 'vitest';
import { analyzed, serious, symptoms } from '../bundle-folder.js';
import { conversation, echo, framed, icmpError, type Packet, pcap, tcp, udp, vxlan } from '../capture-writer.js';

const T = 1_700_000_000;
const POD = '10.61.1.5';
const idle = conversation(T + 20, `${POD}:40000`, '10.61.2.9:80');
const error = (at: number, type: number, code: number, quoted: Buffer, from = '10.61.1.1'): Packet => ({
  at: T + at,
  bytes: icmpError(from, POD, type, code, quoted),
});
const codes = async (packets: readonly Packet[]): Promise<string[]> =>
  symptoms(await analyzed({ 'a.pcap': pcap(framed([...packets].sort((a, b) => a.at - b.at))) }));

describe('icmp-error', () => {
  it('fires on a host that cannot be reached', async () => {
    const syn = tcp(`${POD}:41000`, '10.61.2.7:80', { flags: 'S', seq: 1 });
    const report = await analyzed({ 'a.pcap': pcap(framed([{ at: T, bytes: syn }, error(0.1, 3, 1, syn), ...idle])) });
    expect(symptoms(report)).toEqual(['icmp-error']);
    expect(serious(report)[0]?.subjects).toEqual(expect.arrayContaining(['10.61.2.7', '10.61.1.1']));
  });

  it('tells an error once that two captures show, and one before and after translation', async () => {
    const lost = (to: string): Buffer => udp(`${POD}:41000`, to, Buffer.from('x'));
    const errors = [1, 2].map((at) => error(at, 3, 1, lost('10.61.3.9:5000')));
    const translated = [1.0001, 2.0001].map((at) => error(at, 3, 1, lost('10.100.0.9:5000'), '10.100.0.9'));
    const report = await analyzed({
      'a.pcap': pcap(framed([...errors, ...translated].sort((a, b) => a.at - b.at).concat(idle))),
      'b.pcap': pcap(framed([...errors, ...idle])),
    });
    const found = serious(report).filter((f) => f.code === 'icmp-error');
    expect(found).toMatchObject([{ count: 2 }]);
    expect(found[0]?.subjects).toEqual(expect.arrayContaining(['10.61.3.9', '10.100.0.9', POD]));
  });

  it('is silent on traceroute', async () => {
    const probes = Array.from({ length: 9 }, (_, i) =>
      udp(`${POD}:4000${i}`, `198.51.100.7:${33434 + i}`, Buffer.alloc(32)),
    );
    const packets = probes.flatMap((bytes, i) => [
      { at: T + i * 0.1, bytes },
      error(i * 0.1 + 0.01, i < 8 ? 11 : 3, i < 8 ? 0 : 3, bytes),
    ]);
    expect(await codes([...packets, ...idle])).toEqual([]);
  });

  it('is silent on path MTU discovery', async () => {
    const big = tcp(`${POD}:41000`, '10.61.2.7:80', { flags: 'A', seq: 1, length: 1400 });
    expect(await codes([{ at: T, bytes: big }, error(0.1, 3, 4, big), ...idle])).toEqual([]);
  });

  const exceeded = (packets: readonly Buffer[], from?: string): Packet[] =>
    packets.flatMap((bytes, i) => [{ at: T + i, bytes }, error(i + 0.01, 11, 0, bytes, from)]);

  it('fires on packets that began with an ordinary time to live and went round until it was used up', async () => {
    const syns = [1, 2].map((seq) => tcp(`${POD}:4100${seq}`, '10.61.2.7:80', { flags: 'S', seq, ttl: 64 }));
    const pings = [1, 2].map((seq) => echo(POD, '10.61.2.7', 7, seq));
    expect(await codes([...exceeded(syns), ...idle])).toEqual(['icmp-error']);
    expect(await codes([...exceeded(pings), ...idle])).toContain('icmp-error');
    // The packets themselves are not in the capture.
    const unseen = [1, 2, 3].map((i) => error(i, 11, 0, tcp(`${POD}:41000`, '10.61.2.7:80', { flags: 'S', seq: 1 })));
    expect(await codes([...unseen, ...idle])).toEqual(['icmp-error']);
  });

  it('is silent on traceroute by TCP and ping, however often it asks', async () => {
    const syns = [1, 1, 1, 2, 2, 2].map((ttl, i) =>
      tcp(`${POD}:4100${i}`, '10.61.2.7:80', { flags: 'S', seq: i + 1, ttl }),
    );
    const pings = [1, 2, 3, 4].map((ttl) => echo(POD, '10.61.2.7', 7, ttl, false, ttl));
    expect(await codes([...exceeded(syns), ...idle])).toEqual([]);
    expect(await codes([...exceeded(pings), ...idle])).toEqual([]);
  });

  const rejected = (to: string, n: number): Packet[] =>
    Array.from({ length: n }, (_, i) => tcp(`${POD}:4200${i}`, to, { flags: 'S', seq: 50 + i })).flatMap((bytes, i) => [
      { at: T + i, bytes },
      error(i + 0.001, 3, 3, bytes),
    ]);

  it('fires on a rule that rejects TCP, and not where the port accepts others', async () => {
    expect(await codes([...rejected('10.61.2.7:80', 2), ...idle])).toEqual(['icmp-error']);
    expect(await codes([...rejected('10.61.2.9:80', 2), ...idle])).toEqual([]);
  });

  it('fires on envelopes for which there is no tunnel device, and not on late answers for a closed port', async () => {
    const envelope = vxlan(POD, '10.61.1.1', 1, tcp('10.62.1.5:4000', '10.62.2.5:80', { flags: 'A', seq: 1 }));
    const device =
      '5: vxlan9: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default \n    link/ether 3a:1b:6c:00:00:09 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535 \n    vxlan id 9 local 10.61.1.5 dev eth0 srcport 0 0 dstport 9999 nolearning ttl auto ageing 300\n';
    const late = [1, 2, 3].map((i) => error(i, 3, 3, udp('10.61.1.1:9999', `${POD}:4000${i}`, Buffer.alloc(20))));
    const odd = [1, 2].map((i) => error(i, 3, 3, udp(`${POD}:5000${i}`, '10.61.1.1:9999', Buffer.alloc(20))));
    expect(await codes([error(1, 3, 3, envelope), error(2, 3, 3, envelope), ...idle])).toEqual(['icmp-error']);
    expect(await codes([...late, ...idle])).toEqual([]);
    expect(await codes([...odd, ...idle])).toEqual([]);
    const known = await analyzed({ 'alpha/ip_-d_link.txt': device, 'a.pcap': pcap(framed([...odd, ...idle])) });
    expect(serious(known).map((f) => f.code)).toContain('icmp-error');
  });

  it('fires on a node port that is rejected to clients outside, and not on other ports', async () => {
    const cluster = {
      'nodes.txt':
        'NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
        'alpha   Ready    <none>   9d    v1.29.1   192.168.77.10   <none>        Linux      6.1.0            containerd://1.7\n',
      'services.txt':
        'NAMESPACE   NAME   TYPE       CLUSTER-IP    EXTERNAL-IP   PORT(S)        AGE   SELECTOR\n' +
        'default     web    NodePort   10.96.0.77    <none>        80:30880/TCP   9d    app=web\n',
    };
    const told = async (port: number): Promise<string[]> => {
      const syn = tcp('203.0.113.80:41000', `192.168.77.10:${port}`, { flags: 'S', seq: 1 });
      const packets = [
        { at: T, bytes: syn },
        { at: T + 0.001, bytes: icmpError('192.168.77.10', '203.0.113.80', 3, 3, syn) },
      ];
      return symptoms(await analyzed({ ...cluster, 'alpha/eth0.pcap': pcap(framed([...packets, ...idle])) }));
    };
    expect(await told(30880)).toContain('icmp-error');
    expect(await told(8080)).not.toContain('icmp-error');
  });
});
