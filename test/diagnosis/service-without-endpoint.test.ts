import { describe, expect, it } from 'vitest';
import { forwardDrop } from '../../src/diagnosis/causes/forward-drop.js';
import { hostFirewallDrop } from '../../src/diagnosis/causes/host-firewall-drop.js';
import { serviceWithoutEndpoint } from '../../src/diagnosis/causes/service-without-endpoint.js';
import { at, explained, heard, heardSample, outcome, podsTable } from './case-of.js';

const rules = (packets: number) =>
  at(
    'n1',
    'iptables-save -c -t filter',
    `*filter\n:INPUT ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n[${packets}:0] -A KUBE-SERVICES -d 10.96.0.77/32 -p tcp -m comment --comment "default/db:sql has no endpoints" -m tcp --dport 5432 -j REJECT --reject-with icmp-port-unreachable\nCOMMIT`,
  );
const services = (selector: string) =>
  `NAMESPACE   NAME   TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)    AGE   SELECTOR\ndefault     db     ClusterIP   10.96.0.77    <none>        5432/TCP   9d    ${selector}\n`;
const endpoints = (addresses: string) =>
  `NAMESPACE   NAME   ENDPOINTS        AGE\ndefault     db     ${addresses.padEnd(14)}   9d\ndefault     web    10.44.1.9:80     9d\n`;

describe('service-without-endpoint', () => {
  it('is a warning when somebody met the rule, and for information when nobody did', async () => {
    const told = await heard({ 'n1.txt': rules(12) }, serviceWithoutEndpoint);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(told.drafts[0]?.subjects).toEqual(['default/db', '10.96.0.77']);
    expect((await heard({ 'n1.txt': rules(0) }, serviceWithoutEndpoint)).drafts[0]?.severity).toBe('info');
  });

  it.each([
    ['db', 'critical'],
    ['db.default.svc.cluster.local', 'critical'],
    ['web', 'info'],
  ])('is critical when somebody called the service by its name: %s', async (name, severity) => {
    const told = await heard(
      {
        'n1.txt': rules(0),
        'services.txt': services('app=db'),
        'try.txt': at(
          'n1',
          `kubectl exec api -- curl -sS -m 3 http://${name}:5432/`,
          `curl: (7) Failed to connect to ${name} port 5432 after 3 ms: Couldn't connect to server`,
        ),
      },
      serviceWithoutEndpoint,
    );
    expect(told.drafts[0]?.severity).toBe(severity);
  });

  it.each([
    [1, '', 'warning'],
    [2, '', 'critical'],
    [1, 'db-5c9', 'critical'],
  ])('weighs %d refused call, with pods %j, as %s', async (calls, pod, severity) => {
    const refused = Array.from({ length: calls }, (_, i) => [
      `10:00:0${i}.000001 veth1 In  IP 10.44.1.9.4000${i} > 10.96.0.77.5432: Flags [S], seq ${i}, win 64240, length 0`,
      `10:00:0${i}.000101 veth1 Out IP 10.96.0.77 > 10.44.1.9: ICMP 10.96.0.77 tcp port 5432 unreachable, length 68`,
      `	IP 10.44.1.9.4000${i} > 10.96.0.77.5432: Flags [S], seq ${i}, win 64240, length 0`,
    ]).flat();
    const told = await heard(
      {
        'n1.txt': rules(calls) + at('n1', 'tcpdump -nn -v -i any host 10.44.1.9', refused.join('\n')),
        'services.txt': services('app=db'),
        'pods.txt': podsTable(
          ['default/web-1', 'Running', '10.44.1.9', 'n1'],
          ...(pod === '' ? [] : [[`default/${pod}`, 'CrashLoopBackOff', '10.44.1.7', 'n1'] as const]),
        ),
      },
      serviceWithoutEndpoint,
    );
    expect(told.drafts[0]).toMatchObject({ severity, confidence: 'proven' });
    expect(told.drafts[0]?.explanation.includes('scaled to 0')).toBe(severity === 'warning');
  });

  it('reads virtual servers of IPVS: one at the service’s own address without a real server that takes connections', async () => {
    const table = (real: string) =>
      at(
        'n1',
        'ipvsadm -Ln',
        `IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\nTCP  192.168.1.5:30032 rr\nTCP  10.96.0.77:5432 rr\n${real}`,
      );
    const told = async (real: string) =>
      heard({ 'n1.txt': table(real), 'services.txt': services('app=db') }, serviceWithoutEndpoint);
    const empty = await told('');
    expect(empty.drafts.map((draft) => draft.subjects)).toEqual([['default/db', '10.96.0.77']]);
    expect(empty.quotes('service-without-endpoint')[0]).toMatchObject({
      role: 'the virtual server on n1 that refuses it',
      quote: 'TCP  10.96.0.77:5432 rr',
    });
    const drained = '  -> 10.44.1.2:5432               Masq    0      0          0\n';
    expect(outcome(await told(drained))).toBe('found');
    expect(outcome(await told(drained.replace('Masq    0', 'Masq    1')))).toBe('quiet');
  });

  it('reads endpoints, but leaves services without a selector alone', async () => {
    const told = async (selector: string, addresses: string) =>
      outcome(
        await heard(
          { 'services.txt': services(selector), 'endpoints.txt': endpoints(addresses) },
          serviceWithoutEndpoint,
        ),
      );
    expect(await told('app=db', '<none>')).toBe('found');
    expect(await told('<none>', '<none>')).toBe('quiet');
    expect(await told('app=db', '10.44.1.2:5432')).toBe('quiet');
  });

  it('is not taken for a firewall that rejects', async () => {
    const told = await heardSample(
      '112-service-without-endpoint-a',
      serviceWithoutEndpoint,
      forwardDrop,
      hostFirewallDrop,
    );
    expect(told.drafts.map((draft) => draft.code)).toEqual(['service-without-endpoint']);
    expect(explained(told)).toContain('icmp-error');
  });
});
