import { describe, expect, it, vi } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { EventStore } from '../../src/store/event-store.js';
import { analyzed } from '../bundle-folder.js';

const NODES =
  'NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
  'alpha   Ready    <none>   9d    v1.29.1   192.168.77.10   <none>        Debian     6.1.0            containerd://1.7\n' +
  'beta    Ready    <none>   9d    v1.29.1   192.168.77.11   <none>        Debian     6.1.0            containerd://1.7\n';
const PODS =
  'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE    NOMINATED NODE   READINESS GATES\n' +
  'shop        web-0   1/1     Running   0          9d    10.61.1.5    alpha   <none>           <none>\n' +
  'shop        db-0    1/1     Running   0          9d    10.61.2.7    beta    <none>           <none>\n';
const [WEB, DB] = ['10.61.1.5', '10.61.2.7'];
const tcp = (state: string, left: number, from: string, to: string, port: number, seen = to): string =>
  `tcp      6 ${left} ${state} src=${from} dst=${to} sport=41000 dport=${port} ${state === 'SYN_SENT' ? '[UNREPLIED] ' : ''}src=${seen} dst=${from} sport=${port} dport=41000 ${state === 'SYN_SENT' ? '' : '[ASSURED] '}mark=0 use=1\n`;
const query = (left: number, from: string, to: string, sport: number, port = 53): string =>
  `udp      17 ${left} src=${from} dst=${to} sport=${sport} dport=${port} [UNREPLIED] src=${to} dst=${from} sport=${port} dport=${sport} mark=0 use=1\n`;
const found = (report: Report): string[] =>
  report.findings
    .filter((f) => f.code.startsWith('unreplied-'))
    .map((f) => `${f.severity} ${f.confidence} ${f.code} ${f.title}`);
const seen = async (...lines: readonly string[]): Promise<string[]> => {
  const report = await analyzed({
    'nodes.txt': NODES,
    'pods.txt': PODS,
    'paste.txt': `[root@alpha ~]# conntrack -L\n${lines.join('')}`,
  });
  expect(report.checks.filter((check) => check.outcome === 'crashed')).toEqual([]);
  return found(report);
};

describe('connection tracking that waits for a reply', () => {
  it('fires on a connection to a pod, and names the service that was asked', async () => {
    expect(await seen(tcp('SYN_SENT', 100, WEB, DB, 5432))).toEqual([
      'critical likely unreplied-syn No answer to TCP connections from 10.61.1.5 (pod web-0 on alpha) to 10.61.2.7 (pod db-0 on beta) port 5432',
    ]);
    expect((await seen(tcp('SYN_SENT', 100, WEB, '10.100.0.9', 5432, DB)))[0]).toContain(
      '10.61.2.7 (pod db-0 on beta)',
    );
  });

  it('fires on several DNS queries', async () => {
    const queries = [1, 2, 3].map((i) => query(20 + i, WEB, DB, 42000 + i));
    expect((await seen(...queries))[0]).toMatch(/^critical likely unreplied-udp No answer to DNS queries/);
  });

  it('only mentions a server that answers others, and servers outside', async () => {
    const kinds = async (...lines: readonly string[]) => (await seen(...lines)).map((text) => text.split(' ')[0]);
    expect(
      await kinds(tcp('SYN_SENT', 100, WEB, DB, 5432), tcp('ESTABLISHED', 86400, '192.168.77.10', DB, 5432)),
    ).toEqual(['info']);
    expect(await kinds(tcp('SYN_SENT', 100, '192.168.77.10', '198.51.100.9', 443))).toEqual(['info']);
  });

  it('warns of a server that answers other nodes and nobody on this one', async () => {
    const waits = tcp('SYN_SENT', 100, WEB, DB, 5432);
    const kinds = async (onBeta: string, more = '') =>
      (await seen(waits, more, `[root@beta ~]# conntrack -L\n`, onBeta)).map((text) => text.split(' ')[0]);
    expect(await kinds(tcp('ESTABLISHED', 86400, '192.168.77.11', DB, 5432))).toEqual(['warning']);
    expect(await kinds(tcp('ESTABLISHED', 86400, '198.51.100.9', DB, 5432))).toEqual(['warning']);
    // Answered on alpha: told by its own table, or by the server's.
    const own = tcp('ESTABLISHED', 86400, '192.168.77.10', DB, 5432);
    expect(await kinds(tcp('ESTABLISHED', 86400, '192.168.77.11', DB, 5432), own)).toEqual(['info']);
    expect(await kinds(own)).toEqual(['info']);
  });

  it('is silent on what was sent just now, envelopes, other one-way UDP, a single query, and scans from outside', async () => {
    expect(
      await seen(
        tcp('SYN_SENT', 120, WEB, DB, 5432),
        query(3, '192.168.77.10', '192.168.77.11', 45001, 8472),
        query(4, '192.168.77.10', '192.168.77.11', 45002, 8472),
        query(3, WEB, DB, 45003, 514),
        query(3, WEB, DB, 45004),
        tcp('SYN_SENT', 90, '198.51.100.9', '192.168.77.10', 23),
      ),
    ).toEqual([]);
  });
});

describe('a server with 120,000 clients', () => {
  const others = Array.from({ length: 120_000 }, (_, i) =>
    tcp('ESTABLISHED', 86400, `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`, DB, 5432),
  ).join('');
  it.each([
    ['warning', ''],
    ['info', tcp('ESTABLISHED', 86400, '192.168.77.10', DB, 5432)],
  ])(
    'is a matter of %s, told without having all of them in memory',
    async (severity, last) => {
      const query = vi.spyOn(EventStore.prototype, 'query');
      const texts = await seen(tcp('SYN_SENT', 100, WEB, DB, 5432), `[root@beta ~]# conntrack -L\n`, others, last);
      const rows = await Promise.all(query.mock.results.map(async ({ value }) => (await value).length));
      query.mockRestore();
      expect(texts.map((text) => text.split(' ')[0])).toEqual([severity]);
      expect(Math.max(...rows)).toBeLessThanOrEqual(50_000);
    },
    120_000,
  );
});

describe('what is told of servers outside', () => {
  const dns = (server: string): string =>
    Array.from(
      { length: 4 },
      (_, i) => `[ERROR] plugin/errors: 2 a.example.org. A: read udp 10.61.1.9:4321${i}->${server}:53: i/o timeout\n`,
    ).join('');
  it.each(['203.0.113.53', '10.0.0.2'])('CoreDNS that waits for %s is a warning', async (server) => {
    expect(found(await analyzed({ 'coredns.log': dns(server) })).map((text) => text.split(' ')[0])).toEqual([
      'warning',
    ]);
  });
  it('CoreDNS that waits for a pod is critical', async () => {
    expect(
      found(await analyzed({ 'pods.txt': PODS, 'coredns.log': dns(DB) })).map((text) => text.split(' ')[0]),
    ).toEqual(['critical']);
  });
});
