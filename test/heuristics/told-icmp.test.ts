import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { analyzed } from '../bundle-folder.js';

const PODS =
  'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP          NODE   NOMINATED NODE   READINESS GATES\ndefault     api-1   1/1     Running   0          9d    10.61.2.7   n2     <none>           <none>\n';
const found = (report: Report): string[] =>
  report.findings.filter((f) => f.code === 'icmp-error').map((f) => `${f.severity} ${f.confidence} ${f.title}`);
const told = async (text: string): Promise<string[]> =>
  found(await analyzed({ 'pods.txt': PODS, 'paste.txt': `[root@n1 ~]# ${text}[root@n1 ~]# hostname\nn1\n` }));
const ping = (words: string, to = '10.61.2.7', options = '-c 2'): string =>
  `ping ${options} ${to}\nPING ${to} (${to}) 56(84) bytes of data.\nFrom 192.168.77.1 icmp_seq=1 ${words}\nFrom 192.168.77.1 icmp_seq=2 ${words}\n\n--- ${to} ping statistics ---\n2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 1001ms\n\n`;
const trace = (flag: string): string =>
  `traceroute -n 10.61.2.7\ntraceroute to 10.61.2.7 (10.61.2.7), 30 hops max, 60 byte packets\n 1  192.168.77.1  0.5 ms  0.4 ms  0.4 ms\n 2  192.168.78.1  3.1 ms ${flag}  3.0 ms ${flag}  3.0 ms ${flag}\n`;

describe('ICMP errors that somebody wrote down', () => {
  it.each([
    ['Destination Host Unreachable', 'host unreachable'],
    ['Destination Net Unreachable', 'network unreachable'],
    ['Packet filtered', 'administratively prohibited'],
    ['Time to live exceeded', 'time exceeded'],
  ])('ping: %s', async (printed, words) => {
    expect(await told(ping(printed))).toEqual([
      `warning likely 192.168.77.1 reports ${words} for ping from n1 to 10.61.2.7 (pod api-1 on n2)`,
    ]);
  });

  it('traceroute: the router before the flag', async () => {
    expect(await told(trace('!H'))).toEqual([
      'warning likely 192.168.78.1 reports host unreachable for traceroute from n1 to 10.61.2.7 (pod api-1 on n2)',
    ]);
  });

  it('No route to host may be an ICMP error or a silent neighbour', async () => {
    expect(
      (await told('curl 10.61.2.7:8080\ncurl: (7) Failed to connect to 10.61.2.7 port 8080: No route to host\n'))[0],
    ).toMatch(/^warning possible Somebody on the way reports no route to host for curl from n1/);
  });

  it('a query that was refused over UDP', async () => {
    expect(
      (
        await told(
          'dig @10.61.2.7 a.b\n;; communications error to 10.61.2.7#53: connection refused\n;; no servers could be reached\n',
        )
      )[0],
    ).toMatch(/^warning likely 10\.61\.2\.7 .* reports port unreachable for dig/);
  });

  it('only mentions path MTU discovery, firewalls that traceroute meets, and servers outside', async () => {
    for (const text of [
      ping('Frag needed and DF set (mtu = 1400)'),
      trace('!X'),
      ping('Destination Host Unreachable', '198.51.100.9'),
    ])
      expect((await told(text)).map((one) => one.split(' ')[0])).toEqual(['info']);
  });

  it('is silent when the own kernel has no route, when a hop limit was asked for, and when ping works', async () => {
    expect(await told('ping -c 1 10.61.2.7\nping: connect: Network is unreachable\n')).toEqual([]);
    expect(
      await told('curl 10.61.2.7:80\ncurl: (7) Failed to connect to 10.61.2.7 port 80: Network is unreachable\n'),
    ).toEqual([]);
    expect(await told(ping('Time to live exceeded', '10.61.2.7', '-c 2 -t 3'))).toEqual([]);
    expect(
      await told(
        'ping -c 1 10.61.2.7\nPING 10.61.2.7 (10.61.2.7) 56(84) bytes of data.\n64 bytes from 10.61.2.7: icmp_seq=1 ttl=63 time=0.046 ms\n\n--- 10.61.2.7 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n\n',
      ),
    ).toEqual([]);
  });
});
