import { describe, expect, it } from 'vitest';
import { analyzed } from '../bundle-folder.js';

const NODES =
  'NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
  'alpha   Ready    <none>   9d    v1.29.1   192.168.77.10   <none>        Debian     6.1.0            containerd://1.7\n' +
  'beta    Ready    <none>   9d    v1.29.1   192.168.77.11   <none>        Debian     6.1.0            containerd://1.7\n';
const PODS =
  'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP             NODE    NOMINATED NODE   READINESS GATES\n' +
  'shop        web-0   1/1     Running   0          9d    10.61.1.5      alpha   <none>           <none>\n' +
  'shop        db-0    1/1     Running   0          9d    10.61.2.7      beta    <none>           <none>\n';
const POD = '10.61.1.5';
const entry = (to: string, { left = 100, replyTo = POD, state = 'SYN_SENT', sport = 41000 } = {}): string =>
  `tcp      6 ${left} ${state} src=${POD} dst=${to} sport=${sport} dport=6443 ${state === 'SYN_SENT' ? '[UNREPLIED] ' : ''}src=${to} dst=${replyTo} sport=6443 dport=${sport} ${state === 'SYN_SENT' ? '' : '[ASSURED] '}mark=0 use=1\n`;
const seen = async (lines: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<string[]> => {
  const report = await analyzed({
    'nodes.txt': NODES,
    'pods.txt': PODS,
    'paste.txt': `[root@alpha ~]# conntrack -L\n${lines.join('')}`,
    ...more,
  });
  expect(report.checks.find((check) => check.code === 'unsnatted-source')?.outcome).toMatch(/fired|quiet/);
  return report.findings
    .filter((f) => f.code === 'unsnatted-source')
    .map((f) => `${f.severity} ${f.confidence} ${f.title}`);
};
const pool = (nat: boolean): Record<string, string> => ({
  'pool.yaml': `apiVersion: crd.projectcalico.org/v1\nkind: IPPool\nmetadata:\n  name: default\nspec:\n  cidr: 10.61.0.0/16\n  ipipMode: Never\n  natOutgoing: ${nat}\n`,
});

describe('connection tracking of pods without SNAT', () => {
  it('fires on a pod that waits for another node, and on one that waits for several servers outside', async () => {
    expect(await seen([entry('192.168.77.11')])).toEqual([
      'critical likely Connections of 10.61.1.5 (pod web-0 on alpha) to 192.168.77.11 (node beta) are not translated to the address of alpha, and wait for a reply',
    ]);
    const [outside] = await seen([entry('198.51.100.9'), entry('198.51.100.10', { sport: 41001 })], pool(true));
    expect(outside).toMatch(/^warning likely/);
  });

  it('is silent where SNAT was done, on the own node, between pods, and just now', async () => {
    expect(
      await seen([
        entry('198.51.100.9', { replyTo: '192.168.77.10' }),
        entry('198.51.100.8', { replyTo: '192.168.77.10' }),
        entry('192.168.77.10'),
        entry('10.61.2.7'),
        entry('192.168.77.11', { left: 120 }),
        entry('198.51.100.7'),
      ]),
    ).toEqual([]);
  });

  it('is silent where the network routes pod addresses: by the pool, or as others show that have their reply', async () => {
    expect(await seen([entry('192.168.77.11')], pool(false))).toEqual([]);
    expect(await seen([entry('192.168.77.11'), entry('198.51.100.9', { left: 86000, state: 'ESTABLISHED' })])).toEqual(
      [],
    );
  });
});
