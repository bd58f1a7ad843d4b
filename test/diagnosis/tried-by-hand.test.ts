import { describe, expect, it } from 'vitest';
import { analyzed, serious } from '../bundle-folder.js';
import { at, nodesYaml, podsTable } from './case-of.js';

/** Tickets that hold no capture: what people tried by hand is the only conversation there is. */

const NODES = nodesYaml({ name: 'n1', ip: '172.31.9.1' }, { name: 'n2', ip: '172.31.9.2' });
const PODS = podsTable(['default/a', 'Running', '10.44.1.5', 'n1'], ['default/b', 'Running', '10.44.2.6', 'n2']);
const ping = (received: number): string =>
  at(
    'n1',
    'kubectl exec a -- ping -c 2 10.44.2.6',
    `PING 10.44.2.6 (10.44.2.6) 56(84) bytes of data.\n--- 10.44.2.6 ping statistics ---\n2 packets transmitted, ${received} received, ${100 - 50 * received}% packet loss, time 1001ms`,
  );
const SERVICES = `NAMESPACE   NAME   TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)    AGE   SELECTOR
shop        pay    ClusterIP   10.96.140.77   <none>        8080/TCP   6d    app=pay
shop        web    ClusterIP   10.96.33.10    <none>        80/TCP     6d    app=web
`;
const ENDPOINTS = `NAMESPACE   NAME   ENDPOINTS       AGE
shop        pay    <none>          6d
shop        web    10.44.2.6:80    6d
`;
const refused = (target: string, where = 'kubectl -n shop exec a -- '): string =>
  at(
    'n1',
    `${where}curl http://${target}:8080/`,
    `curl: (7) Failed to connect to ${target} port 8080 after 2 ms: Connection refused`,
  );

describe('what was tried by hand', () => {
  it('is a conversation: when all of it was answered, no fault was found', async () => {
    const found = async (text: string) =>
      (await analyzed({ 'nodes.yaml': NODES, 'pods.txt': PODS, 't.txt': text })).verdict;
    expect((await found(ping(2))).state).toBe('no-fault-found');
    expect((await found(ping(0))).state).toBe('suspected');
    expect((await found(`${ping(2)}${at('n1', 'curl 10.44.2.6', '^C')}`)).state).not.toBe('no-fault-found');
    expect((await found('')).state).toBe('insufficient');
  });

  it.each(['pay', 'pay.shop', 'pay.shop.svc.cluster.local'])(
    'inside a pod %s is the service of that name',
    async (name) => {
      const report = await analyzed({
        'pods.txt': PODS,
        'svc.txt': SERVICES,
        'ep.txt': ENDPOINTS,
        't.txt': refused(name),
      });
      expect(report.verdict).toMatchObject({
        state: 'diagnosed',
        cause: 'service-without-endpoint',
        confidence: 'likely',
      });
      expect(report.verdict.subjects).toContain('10.96.140.77');
    },
  );

  it.each([
    [
      'a name of several namespaces',
      `${SERVICES}other       pay    ClusterIP   10.96.5.5      <none>        8080/TCP   6d    app=pay\n`,
      refused('pay'),
    ],
    ['a bare name on a node, whose resolver knows no services', SERVICES, refused('pay', '')],
    ['a host outside', SERVICES, refused('pay.example.com')],
    ['a service that has endpoints', SERVICES, refused('web')],
  ])('accuses nobody for %s', async (_what, services, tried) => {
    const report = await analyzed({ 'pods.txt': PODS, 'svc.txt': services, 'ep.txt': ENDPOINTS, 't.txt': tried });
    expect(serious(report).filter(({ kind }) => kind === 'cause')).toEqual([]);
  });
});
