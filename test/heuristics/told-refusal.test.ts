import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { analyzed } from '../bundle-folder.js';
import { conversation, framed, pcap } from '../capture-writer.js';

const PODS =
  'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP          NODE   NOMINATED NODE   READINESS GATES\ndefault     api-1   1/1     Running   0          9d    10.61.2.7   n2     <none>           <none>\n';
const found = (report: Report): string[] =>
  report.findings.filter((f) => f.code === 'connection-reset').map((f) => `${f.severity} ${f.confidence} ${f.title}`);
const refused = (target: string): string =>
  `[root@n1 ~]# curl ${target}\ncurl: (7) Failed to connect to ${target.replace(':', ' port ')}: Connection refused\n`;
const line = (n: number, component: string, target: string, what: string): string =>
  `E0601 10:00:${String(n).padStart(2, '0')}.000001    1234 ${component}.go:116] "Failed" err="Get "https://${target}/healthz": dial tcp ${target}: connect: ${what}"\n`;
const log = (times: number, target: string, after = 0): string =>
  Array.from({ length: times }, (_, i) => line(i, 'reflector', target, 'connection refused')).join('') +
  Array.from(
    { length: after },
    (_, i) => `I0601 10:01:${String(i % 60).padStart(2, '0')}.000001    1234 kubelet.go:1] "fine"\n`,
  ).join('');

describe('refusals that somebody wrote down', () => {
  it('a curl that was refused by a pod', async () => {
    const report = await analyzed({ 'pods.txt': PODS, 'paste.txt': refused('10.61.2.7:8080') });
    expect(found(report)).toEqual([
      'warning likely 10.61.2.7 (pod api-1 on n2) port 8080 refuses or resets connections from n1',
    ]);
    expect(report.findings[0]?.evidence[0]).toMatchObject({ file: 'paste.txt', line: 2 });
  });

  it('a component that is refused again and again, to the end of its log', async () => {
    expect(found(await analyzed({ 'pods.txt': PODS, 'n1/kube-proxy.log': log(5, '10.61.2.7:6443') }))[0]).toMatch(
      /^warning likely/,
    );
  });

  it('only mentions what got through later, is outside, or is long past', async () => {
    const worked = `${refused('10.61.2.7:8080')}[root@n1 ~]# curl -sI 10.61.2.7:8080\nHTTP/1.1 200 OK\nServer: nginx\n\n`;
    const bundles: Record<string, string>[] = [
      { 'pods.txt': PODS, 'paste.txt': worked },
      { 'pods.txt': PODS, 'paste.txt': refused('198.51.100.9:443') },
      { 'pods.txt': PODS, 'n1/kube-proxy.log': log(5, '10.61.2.7:6443', 200) },
    ];
    for (const files of bundles)
      expect(found(await analyzed(files)).map((text) => text.split(' ')[0])).toEqual(['info']);
  });

  it('only mentions what the kubelet says of pods on its node: probes of containers that start', async () => {
    const report = await analyzed({ 'pods.txt': PODS, 'n2/kubelet.log': log(5, '10.61.2.7:8080') });
    expect(found(report).filter((text) => !text.startsWith('info'))).toEqual([]);
  });

  it('is silent about the own host, and where packets tell', async () => {
    expect(found(await analyzed({ 'pods.txt': PODS, 'paste.txt': refused('127.0.0.1:8080') }))).toEqual([]);
    const packets = pcap(framed(conversation(1_700_000_000, '10.61.1.5:40000', '10.61.2.7:8080')));
    expect(
      found(await analyzed({ 'pods.txt': PODS, 'paste.txt': refused('10.61.2.7:8080'), 'a.pcap': packets })),
    ).toEqual([]);
  });
});
