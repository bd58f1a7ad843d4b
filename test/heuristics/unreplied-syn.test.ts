import { describe, expect, it } from 'vitest';
import { analyzed, serious, symptoms } from '../bundle-folder.js';
import { conversation, cooked, framed, LINK, type Packet, pcap, tcp, unansweredSyn } from '../capture-writer.js';

const T = 1_700_000_000;
const CLIENT = '10.31.7.20:41000';
const SERVER = '10.31.9.4:8443';
/** Something that keeps a capture running. */
const idle = (until: number): Packet[] => conversation(T + until, '10.31.7.21:50000', '10.31.9.5:80', 777_000);
const capture = (packets: readonly Packet[]): Buffer => pcap(framed(packets));

const SYN = (time: string, seq = 4242): string =>
  `${time} IP 10.31.7.20.41000 > 10.31.9.4.8443: Flags [S], seq ${seq}, win 64240, options [mss 1460], length 0`;

describe('unreplied-syn fires', () => {
  it('on a SYN repeated after an answer that the tap saw and the client did not', async () => {
    const lost = unansweredSyn(T, CLIENT, SERVER, 5000).flatMap((p) => [
      p,
      { at: p.at + 0.001, bytes: tcp(SERVER, CLIENT, { flags: 'SA', seq: 900, ack: 5001 }) },
    ]);
    const report = await analyzed({ 'a.pcap': capture([...lost, ...idle(9)]) });
    expect(symptoms(report)).toEqual(['unreplied-syn']);
    expect(serious(report)[0]?.explanation).toContain('got a SYN-ACK that came as far as this tap');
    expect(JSON.stringify(serious(report)[0]?.evidence)).not.toContain('no SYN-ACK');
  });

  it('on a SYN repeated without an answer', async () => {
    const report = await analyzed({ 'a.pcap': capture([...unansweredSyn(T, CLIENT, SERVER), ...idle(9)]) });
    expect(symptoms(report)).toEqual(['unreplied-syn']);
    const [finding] = serious(report);
    expect(finding).toMatchObject({ count: 3, severity: 'critical', confidence: 'proven' });
    expect(finding?.subjects).toEqual(expect.arrayContaining(['10.31.9.4', '10.31.7.20']));
    expect(finding?.evidence[0]).toMatchObject({ file: 'a.pcap', frame: 1 });
  });

  it('on a capture that holds nothing but the SYNs, when they span 3 s', async () => {
    expect(symptoms(await analyzed({ 'a.pcap': capture(unansweredSyn(T, CLIENT, SERVER)) }))).toEqual([
      'unreplied-syn',
    ]);
  });

  it('once, when the same file is there twice', async () => {
    const file = capture([...unansweredSyn(T, CLIENT, SERVER), ...idle(9)]);
    const report = await analyzed({ 'a.pcap': file, 'copy/a.pcap': file });
    expect(serious(report)).toHaveLength(1);
    expect(serious(report)[0]?.count).toBe(3);
  });

  it('on IPv6', async () => {
    const report = await analyzed({
      'a.pcap': capture(unansweredSyn(T, '[fd00:42:1::20]:41000', '[fd00:42:2::4]:443')),
    });
    expect(symptoms(report)).toEqual(['unreplied-syn']);
  });

  it('on tcpdump text alone, pasted into prose', async () => {
    const report = await analyzed({
      'ticket.md': `# 故障现象\n\nPod 无法访问服务，抓包如下：\n\n\`\`\`\n${SYN('09:15:01.000001')}\n${SYN('09:15:02.020001')}\n${SYN('09:15:04.036001')}\n\`\`\`\n\n可以看到没有回包。\n`,
    });
    expect(symptoms(report)).toEqual(['unreplied-syn']);
    expect(serious(report)[0]?.evidence[0]).toMatchObject({ file: 'ticket.md', line: 6 });
  });

  it('where a node list and routes without a name are all the configuration', async () => {
    const report = await analyzed({
      'paste.txt':
        'default via 172.30.1.1 dev eno1\n10.31.9.0/24 via 10.31.9.0 dev flannel.1 onlink\n\n' +
        'NAME   STATUS   ROLES    AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
        'm1     Ready    <none>   20d   v1.28.2   172.30.1.21   <none>        Ubuntu     5.15.0           containerd://1.7\n',
      'a.pcap': capture(unansweredSyn(T, CLIENT, SERVER)),
    });
    expect(serious(report)[0]).toMatchObject({ code: 'unreplied-syn', severity: 'warning' });
  });

  it('on text whose flags somebody elided, as a likely one', async () => {
    const line = (time: string, what: string): string =>
      `${time} ${what} IP 10.77.3.9.59894 > 172.20.5.11.6443: Flags ...`;
    const report = await analyzed({
      'paste.txt': [
        line('16:40:19.165180', 'cali0a1b2c3d4e5 In '),
        line('16:40:19.165190', 'ens192 Out'),
        line('16:40:23.357175', 'cali0a1b2c3d4e5 In '),
        line('16:40:23.357195', 'ens192 Out'),
      ].join('\n'),
    });
    expect(symptoms(report)).toContain('unreplied-syn');
    expect(serious(report).find((f) => f.code === 'unreplied-syn')?.confidence).toBe('likely');
  });
});

describe('unreplied-syn stays silent', () => {
  const silent = async (packets: readonly Packet[]): Promise<string[]> =>
    symptoms(await analyzed({ 'a.pcap': capture(packets) }));

  it('when the capture ends right after the SYN', async () => {
    expect(
      await silent([...conversation(T, CLIENT, '10.31.9.4:80'), ...unansweredSyn(T + 1, CLIENT, SERVER, 9, 1)]),
    ).toEqual([]);
  });

  it('when a slow server answers the third try', async () => {
    const answered = conversation(T + 7, CLIENT, SERVER, 5000);
    expect(await silent([...unansweredSyn(T, CLIENT, SERVER, 5000, 3), ...answered])).toEqual([]);
  });

  it('when the port refuses', async () => {
    expect(
      await silent([
        { at: T, bytes: tcp(CLIENT, SERVER, { flags: 'S', seq: 5 }) },
        { at: T + 0.001, bytes: tcp(SERVER, CLIENT, { flags: 'RA', seq: 0, ack: 6 }) },
        ...idle(5),
      ]),
    ).toEqual([]);
  });

  it('at a tap that sees one direction only', async () => {
    const oneWay = [0, 1, 2, 3].flatMap((i) =>
      conversation(T + i, `10.31.7.20:${41000 + i}`, SERVER, 1000 + i * 999).filter((_, n) => [0, 2, 3, 6].includes(n)),
    );
    expect(await silent(oneWay)).toEqual([]);
  });

  it('for SYNs alone, each of another connection (a filter on SYN)', async () => {
    const syns = Array.from({ length: 12 }, (_, i) => ({
      at: T + i,
      bytes: tcp(`10.31.7.20:${41000 + i}`, SERVER, { flags: 'S', seq: 1000 + i * 777 }),
    }));
    expect(await silent(syns)).toEqual([]);
  });

  it('for SYNs of one direction with the acknowledgements of that direction filtered in', async () => {
    const acks = Array.from({ length: 6 }, (_, i) => [
      { at: T + i, bytes: tcp(`10.31.7.20:${41000 + i}`, SERVER, { flags: 'S', seq: 1000 + i * 777 }) },
      { at: T + i + 0.01, bytes: tcp(`10.31.7.20:${41000 + i}`, SERVER, { flags: 'A', seq: 1001 + i * 777, ack: 5 }) },
    ]).flat();
    expect(await silent(acks)).toEqual([]);
  });

  it('when ports are used again', async () => {
    expect(
      await silent([...conversation(T, CLIENT, SERVER, 1000), ...conversation(T + 5, CLIENT, SERVER, 90_000)]),
    ).toEqual([]);
  });

  it('for a scan from the internet', async () => {
    const scan = Array.from({ length: 40 }, (_, i) =>
      [0, 1, 3].map((s) => ({
        at: T + i * 0.01 + s,
        bytes: tcp(`45.155.205.9:${50000 + i}`, `192.168.50.11:${i + 1}`, { flags: 'S', seq: 1000 + i }),
      })),
    )
      .flat()
      .sort((a, b) => a.at - b.at);
    const report = await analyzed({
      'kubectl-get-nodes.txt':
        'NAME     STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
        'alpha    Ready    <none>   9d    v1.29.1   192.168.50.11   <none>        Debian     6.1.0            containerd://1.7\n',
      'alpha-eth0.pcap': capture([...scan, ...conversation(T + 9, '192.168.50.12:4000', '192.168.50.11:6443')]),
    });
    expect(symptoms(report)).toEqual([]);
  });

  it('at a cooked v1 capture whose answers are there', async () => {
    const both = conversation(T, CLIENT, SERVER).map((p, i) => ({
      at: p.at,
      bytes: cooked(i % 2 ? 'in' : 'out', p.bytes),
    }));
    expect(symptoms(await analyzed({ 'a.pcap': pcap(both, LINK.cooked) }))).toEqual([]);
  });

  it('for half-open flows whose beginning is before the capture', async () => {
    expect(await silent([...conversation(T, CLIENT, SERVER).slice(2), ...idle(4)])).toEqual([]);
  });

  it('of strangers outside, but for a node port that is tried again', async () => {
    const cluster = {
      'nodes.txt':
        'NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
        'alpha   Ready    <none>   9d    v1.29.1   192.168.77.10   <none>        Linux      6.1.0            containerd://1.7\n',
      'alpha/iptables-save.txt':
        '*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-NODEPORTS - [0:0]\n:KUBE-EXT-AAAAAAAAAAAAAAAA - [0:0]\n-A KUBE-NODEPORTS -p tcp -m comment --comment "default/web" -m tcp --dport 30880 -j KUBE-EXT-AAAAAAAAAAAAAAAA\nCOMMIT\n',
    };
    const told = async (port: number, tries: number): Promise<string[]> => {
      const syns = unansweredSyn(T, '203.0.113.80:41000', `192.168.77.10:${port}`, 5000, tries);
      return serious(await analyzed({ ...cluster, 'alpha/eth0.pcap': capture([...syns, ...idle(9)]) })).map(
        (f) => `${f.severity} ${f.code}`,
      );
    };
    expect(await told(30880, 3)).toContain('warning unreplied-syn');
    expect(await told(30880, 1)).toEqual([]);
    expect(await told(30881, 3)).toEqual([]);
  });

  it('of strangers within the site is grave only where they may be pods that no list names', async () => {
    const row = (namespace: string, ip: string): string =>
      `${namespace} web 1/1 Running 0 9d ${ip} alpha <none> <none>\n`;
    const columns = 'NAMESPACE NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES\n';
    const told = async (client: string, pods: string): Promise<string[]> => {
      const files = {
        'nodes.txt':
          'NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
          'alpha   Ready    <none>   9d    v1.29.1   192.168.77.10   <none>        Linux      6.1.0            containerd://1.7\n',
        'pods.txt': columns.replaceAll(/ (?=[A-Z])(?!NODE R|READINESS G|GATES)/g, '   ') + pods.replaceAll(' ', '   '),
        'alpha/eth0.pcap': capture([...unansweredSyn(T, `${client}:41000`, '10.61.1.5:80'), ...idle(9)]),
      };
      return serious(await analyzed(files)).map((f) => `${f.severity} ${f.code}`);
    };
    const one = row('shop', '10.61.1.5');
    expect(await told('10.61.9.5', one)).toEqual(['critical unreplied-syn']);
    expect(await told('192.168.3.5', one)).toEqual(['warning unreplied-syn']);
    expect(await told('10.61.9.5', one + row('kube-system', '10.61.1.9'))).toEqual(['warning unreplied-syn']);
    expect(await told('203.0.113.80', one)).toEqual([]);
  });
});
