import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { at } from '../diagnosis/case-of.js';
import { accused, reportByCommand } from '../report-by-command.js';
import { WHOLE } from '../three-nodes.js';

/** What a list lacks that its command narrowed (a device, a selector, a namespace, names, a pipe) accuses nobody; a whole one does. */

type Files = Readonly<Record<string, string>>;

const PING = at(
  'k1',
  'kubectl exec -n shop web-1 -- ping -c 4 10.244.2.5',
  'PING 10.244.2.5 (10.244.2.5): 56 data bytes\n\n--- 10.244.2.5 ping statistics ---\n4 packets transmitted, 0 packets received, 100% packet loss',
);
/** The healthy cluster with a ping that fails, and one dump of a node in place of another. */
const instead = (lost: string, name: string, text: string): Files => ({
  ...Object.fromEntries(Object.entries(WHOLE).filter(([file]) => file !== lost)),
  'k1/ping.txt': PING,
  [name]: text,
});

const DEFAULT = 'default via 10.7.7.254 dev eth0';
const MAIN = `${DEFAULT}\n10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1\n10.7.7.0/24 dev eth0 proto kernel scope link src 10.7.7.11`;
const OF_CNI0 = '10.244.1.0/24 proto kernel scope link src 10.244.1.1';

describe('routes', () => {
  const routes = (name: string, text: string): Report =>
    reportByCommand(instead('k1/ip_route_show_table_all.txt', name, text));

  it('that are listed whole and lack a peer accuse the node', () => {
    expect(accused(routes('k1/r.txt', at('k1', 'ip route', MAIN)))).toEqual(['missing-pod-route']);
  });

  it.each([
    ['ip route show dev cni0', OF_CNI0],
    ['ip route show dev eth0', 'default via 10.7.7.254\n10.7.7.0/24 proto kernel scope link src 10.7.7.11'],
    ['ip route show default', DEFAULT],
    ['ip route | grep -v flannel', MAIN],
    ['ip route | head -3', MAIN],
    [
      'route -n | grep eth0',
      '0.0.0.0         10.7.7.254    0.0.0.0         UG    100    0        0 eth0\n10.7.7.0      0.0.0.0         255.255.255.0   U     100    0        0 eth0',
    ],
  ])('of %s accuse nobody, and the rest is asked for', (command, text) => {
    const report = routes('k1/r.txt', at('k1', command, text));
    expect(accused(report)).toEqual([]);
    expect(report.verdict.state).toBe('suspected');
    expect(
      report.notChecked
        .filter(({ first }) => first)
        .map(({ collect }) => collect)
        .join('\n'),
    ).toContain('# on k1');
  });

  it.each([
    ['k1/r.txt', `### ip route | head -3\n${MAIN}\n`],
    ['k1/ip_route_show_dev_cni0.txt', `${OF_CNI0}\n`],
    ['k1/ip_route_grep_eth0.txt', `${DEFAULT}\n10.7.7.0/24 dev eth0 proto kernel scope link src 10.7.7.11\n`],
  ])('whose narrowing a heading or the file name tells accuse nobody: %s', (name, text) => {
    expect(accused(routes(name, text))).toEqual([]);
  });
});

describe('a set that a rule asks', () => {
  const RULES =
    '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n-A FORWARD -m set --match-set pods dst -j ACCEPT\nCOMMIT';
  const SET =
    'Name: pods\nType: hash:ip\nRevision: 4\nHeader: family inet hashsize 1024 maxelem 65536\nSize in memory: 200\nReferences: 1\nNumber of entries: 1\nMembers:\n10.244.2.9';
  const asked = (set?: string): Report =>
    reportByCommand({
      ...instead('k2/iptables_save.txt', 'k2/rules.txt', at('k2', 'iptables-save', RULES)),
      ...(set === undefined ? {} : { 'k2/set.txt': set }),
    });

  it('shown whole lets the policy behind it be the cause', () => {
    expect(asked(at('k2', 'ipset list pods', SET)).verdict).toMatchObject({
      cause: 'forward-drop',
      confidence: 'likely',
    });
  });

  it.each([
    ['not shown', undefined],
    ['narrowed by a pipe', at('k2', 'ipset list pods | grep -v 10.244.2.5', SET)],
  ])('%s leaves it a suspicion, and its members are asked for', (_, set) => {
    const { verdict, notChecked } = asked(set);
    expect(verdict, verdict.summary).toMatchObject({ state: 'suspected', confidence: 'possible' });
    expect(notChecked.find(({ collect }) => collect.startsWith('ipset save'))).toMatchObject({ first: true });
  });
});

describe('endpoints', () => {
  const SERVICE =
    'NAMESPACE   NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   SELECTOR\nshop        web    ClusterIP   10.96.9.9    <none>        80/TCP    9d    app=web';
  const slice = (name: string, ready: boolean): string =>
    `- addressType: IPv4\n  apiVersion: discovery.k8s.io/v1\n  endpoints:\n  - addresses:\n    - 10.244.2.${ready ? 6 : 5}\n    conditions:\n      ready: ${ready}\n    nodeName: k2\n  kind: EndpointSlice\n  metadata:\n    labels:\n      kubernetes.io/service-name: web\n    name: ${name}\n    namespace: shop\n  ports:\n  - port: 80\n    protocol: TCP\n`;
  const list = (...slices: readonly string[]): string =>
    `apiVersion: v1\nitems:\n${slices.join('')}kind: List\nmetadata:\n  resourceVersion: ""`;
  const CURL = at(
    'k1',
    'curl --max-time 3 http://10.96.9.9',
    'curl: (7) Failed to connect to 10.96.9.9 port 80 after 2 ms: Connection refused',
  );
  const asked = (command: string, more: Files = {}): string[] =>
    accused(
      reportByCommand({
        ...WHOLE,
        'svc.txt': at('k1', 'kubectl get svc -A -o wide', SERVICE),
        'slices.txt': at('k1', command, list(slice('web-a', false))),
        'curl.txt': CURL,
        ...more,
      }),
    );

  it.each(['kubectl get endpointslices -A -o yaml', 'kubectl get endpointslices -n shop -o yaml'])(
    'of %s, none of them ready, accuse the service',
    (command) => {
      expect(asked(command)).toEqual(['service-without-endpoint']);
    },
  );

  it.each([
    'kubectl get endpointslices -n shop web-a -o yaml',
    'kubectl get endpointslices -n shop -l app=other -o yaml',
    'kubectl get endpointslices -A -o yaml --field-selector metadata.name=web-a',
    'kubectl get endpointslices -A -o yaml | head -40',
    'kubectl get endpointslices -n other -o yaml',
  ])('of %s accuse nobody', (command) => {
    expect(asked(command)).toEqual([]);
  });

  it('that one command names and another lists whole accuse again', () => {
    const both = list(slice('web-a', false), slice('web-b', false));
    expect(
      asked('kubectl get endpointslices -n shop web-a -o yaml', {
        'all.txt': at('k1', 'kubectl get endpointslices -A -o yaml', both),
      }),
    ).toEqual(['service-without-endpoint']);
  });
});

describe('nodes', () => {
  const HEADING =
    'NAME   STATUS   ROLES    AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME';
  const row = (n: number): string =>
    `k${n}     Ready    <none>   9d    v1.29.1   10.7.7.1${n}    <none>        Ubuntu     5.15.0-91       containerd://1.7.2`;
  const listed = (command: string): Report =>
    reportByCommand({
      ...Object.fromEntries(Object.entries(WHOLE).filter(([name]) => name !== 'kubectl/nodes.yaml')),
      'nodes.txt': at('k1', command, [HEADING, row(1), row(2), row(3)].join('\n')),
    });

  it('that are listed whole allow a clean bill', () => {
    const { verdict } = listed('kubectl get nodes -o wide');
    expect(verdict.state, verdict.summary).toBe('no-fault-found');
  });

  it.each([
    'kubectl get nodes -o wide -l pool=a',
    'kubectl get nodes -o wide | grep k',
    'kubectl get nodes k1 k2 k3 -o wide',
  ])('of %s do not: there may be others', (command) => {
    const { verdict } = listed(command);
    expect(verdict.state, verdict.summary).toBe('insufficient');
    expect(verdict.summary).toContain('the rest of the list of nodes');
  });
});
