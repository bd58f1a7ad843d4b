import { describe, expect, it } from 'vitest';
import { analyzed, symptoms } from '../bundle-folder.js';
import { conversation, framed, type Packet, pcap, tcp } from '../capture-writer.js';

const T = 1_700_000_000;
const refused = (n: number, client: string, server: string): Packet[] =>
  Array.from({ length: n }, (_, i) => [
    { at: T + i, bytes: tcp(`${client}:${41000 + i}`, server, { flags: 'S', seq: 100 + i }) },
    { at: T + i + 0.001, bytes: tcp(server, `${client}:${41000 + i}`, { flags: 'RA', ack: 101 + i }) },
  ]).flat();
const idle = conversation(T + 20, '10.61.1.5:40000', '10.61.2.9:80');
const codes = async (packets: readonly Packet[]): Promise<string[]> =>
  symptoms(await analyzed({ 'a.pcap': pcap(framed([...packets].sort((a, b) => a.at - b.at))) }));

describe('connection-reset', () => {
  it('fires when a port refuses again and again', async () => {
    expect(await codes([...refused(4, '10.61.1.5', '10.61.2.7:8080'), ...idle])).toEqual(['connection-reset']);
  });

  it('is silent on one try, and on a server that accepts others', async () => {
    expect(await codes([...refused(1, '10.61.1.5', '10.61.2.7:8080'), ...idle])).toEqual([]);
    expect(
      await codes([
        ...refused(3, '10.61.1.5', '10.61.2.7:8080'),
        ...conversation(T + 9, '10.61.1.5:42000', '10.61.2.7:8080'),
      ]),
    ).toEqual([]);
  });

  it('is silent on a connection that is reset after its data', async () => {
    const talk = conversation(T, '10.61.1.5:41000', '10.61.2.7:8080').slice(0, 7);
    expect(
      await codes([
        ...talk,
        { at: T + 1, bytes: tcp('10.61.2.7:8080', '10.61.1.5:41000', { flags: 'RA', seq: 7214, ack: 1081 }) },
        ...idle,
      ]),
    ).toEqual([]);
  });

  const cut = (n: number, server: string): Packet[] =>
    Array.from({ length: n }, (_, i) => [
      ...conversation(T + i, `10.61.1.5:${43000 + i}`, server).slice(0, 4),
      { at: T + i + 0.5, bytes: tcp(server, `10.61.1.5:${43000 + i}`, { flags: 'RA', seq: 7001, ack: 1081 }) },
    ]).flat();
  const nodes = {
    'pods.txt':
      'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP          NODE   NOMINATED NODE   READINESS GATES\ndefault     api-1   1/1     Running   0          9d    10.61.2.7   n2     <none>           <none>\n',
  };

  it('fires when requests are taken and answered by RST', async () => {
    const report = await analyzed({ ...nodes, 'a.pcap': pcap(framed([...cut(3, '10.61.2.7:8080'), ...idle])) });
    expect(symptoms(report)).toEqual(['connection-reset']);
    expect(report.findings.find((f) => f.code === 'connection-reset')?.count).toBe(3);
  });

  it('only mentions it when the server answers others, and once', async () => {
    const others = conversation(T + 30, '10.61.1.5:44000', '10.61.2.7:8080');
    for (const packets of [[...cut(3, '10.61.2.7:8080'), ...others], cut(1, '10.61.2.7:8080')]) {
      const report = await analyzed({ ...nodes, 'a.pcap': pcap(framed([...packets, ...idle])) });
      expect(symptoms(report)).toEqual([]);
      expect(report.findings.map((f) => `${f.severity} ${f.code}`)).toEqual(['info connection-reset']);
    }
  });

  it('counts what a service hands to its only endpoint as tries there', async () => {
    const rules = (...ends: readonly string[]): string =>
      [
        '*nat',
        ':KUBE-SERVICES - [0:0]',
        '-A KUBE-SERVICES -d 10.96.0.77/32 -p tcp -m comment --comment "default/api cluster IP" -m tcp --dport 80 -j KUBE-SVC-AAAAAAAAAAAAAAAA',
        ...ends.map(
          (_, i) => `-A KUBE-SVC-AAAAAAAAAAAAAAAA -m comment --comment "default/api" -j KUBE-SEP-AAAAAAAAAAAAAAA${i}`,
        ),
        ...ends.map(
          (to, i) =>
            `-A KUBE-SEP-AAAAAAAAAAAAAAA${i} -p tcp -m comment --comment "default/api" -m tcp -j DNAT --to-destination ${to}`,
        ),
        'COMMIT',
        '',
      ].join('\n');
    const both = [
      ...refused(1, '10.61.1.5', '10.61.2.7:8080'),
      ...refused(1, '10.61.1.6', '10.96.0.77:80').map(({ at, bytes }) => ({ at: at + 1, bytes })),
    ];
    const told = async (...ends: readonly string[]): Promise<string[]> =>
      symptoms(await analyzed({ 'n1/iptables-save.txt': rules(...ends), 'a.pcap': pcap(framed([...both, ...idle])) }));
    expect(await told('10.61.2.7:8080')).toEqual(['connection-reset']);
    expect(await told('10.61.2.7:8080', '10.61.2.8:8080')).toEqual([]);
  });
});
