import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { at, ipAddr, nodesYaml, podsTable } from './case-of.js';

/** What a list does not hold accuses nobody where the list was cut; where it is whole it does. Through the command. */

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;

type Files = Readonly<Record<string, string>>;
function folderOf(files: Files): string {
  const folder = join(scratch, `${folders++}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
const podtrail = (...typed: readonly string[]): string =>
  execFileSync(process.execPath, ['dist/cli/main.js', ...typed], { encoding: 'utf8', maxBuffer: 64e6 });
const reportOf = (files: Files): Report =>
  JSON.parse(podtrail('analyze', folderOf(files), '-f', 'json', '-q')) as Report;
const accused = ({ findings }: Report): string[] =>
  findings.filter(({ kind, severity }) => kind === 'cause' && severity !== 'info').map(({ code }) => code);

/** Lists as kubectl prints them: the keys in the order of the alphabet, the kind behind the items. */
const list = (items: string): string =>
  `apiVersion: v1\nitems:\n${items}kind: List\nmetadata:\n  resourceVersion: ""\n`;
const cut = (whole: string): string => whole.slice(0, whole.indexOf('kind: List'));
const PODS = podsTable(['shop/a', 'Running', '10.44.1.5', 'n1'], ['shop/b', 'Running', '10.44.2.6', 'n2']);

describe('endpoints', () => {
  const SERVICES = `NAMESPACE   NAME   TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)    AGE   SELECTOR
shop        pay    ClusterIP   10.96.140.77   <none>        8080/TCP   6d    app=pay
`;
  const SLICES = list(`- addressType: IPv4
  apiVersion: discovery.k8s.io/v1
  endpoints:
  - addresses:
    - 10.44.2.6
    conditions:
      ready: false
    nodeName: n2
  kind: EndpointSlice
  metadata:
    labels:
      kubernetes.io/service-name: pay
    name: pay-x1
    namespace: shop
  ports:
  - port: 8080
    protocol: TCP
`);
  const refused = at(
    'n1',
    'kubectl -n shop exec a -- curl http://pay:8080/',
    'curl: (7) Failed to connect to pay port 8080 after 2 ms: Connection refused',
  );
  const bundle = (slices: string) =>
    reportOf({ 'svc.txt': SERVICES, 'pods.txt': PODS, 'endpointslices.yaml': slices, 't.txt': refused });

  it('of a whole list that are not ready leave the service without one', () => {
    expect(accused(bundle(SLICES))).toEqual(['service-without-endpoint']);
  });

  it('of a list that was cut accuse nobody: a second slice may have the ready ones', () => {
    const report = bundle(cut(SLICES));
    expect(accused(report)).toEqual([]);
    expect(report.notRead.map(({ reason }) => reason).join()).toContain('the list of endpoints is not whole');
    expect(report.notChecked).toContainEqual(
      expect.objectContaining({ code: 'service-without-endpoint', first: true }),
    );
    expect(accused(bundle(SLICES.replace('resourceVersion: ""', 'continue: eyJ2IjoibWV0YSJ9')))).toEqual([]);
  });
});

describe('nodes', () => {
  const HEADING =
    'NAME   STATUS   ROLES    AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME';
  const row = (n: number, host = n): string =>
    `n${n}     Ready    <none>   9d    v1.29.1   172.31.9.${host}    <none>        Ubuntu     5.15.0-91       containerd://1.7.2`;
  const N1 =
    at('n1', 'ip addr', ipAddr(['eth0', '172.31.9.1/24'], ['cni0', '10.44.1.1/24'])) +
    at(
      'n1',
      'ip route',
      '172.31.9.0/24 dev eth0\n10.44.1.0/24 dev cni0\n10.44.2.0/24 via 172.31.9.2 dev eth0\n10.44.3.0/24 via 172.31.9.3 dev eth0',
    );
  const N3 = at('n3', 'ip addr', ipAddr(['eth0', '172.31.9.9/24'], ['cni0', '10.44.3.1/24']));
  const bundle = (...rows: readonly string[]): string => {
    const folder = folderOf({
      'nodes.txt': `${[HEADING, ...rows].join('\n')}\n`,
      'pods.txt': podsTable(
        ['shop/a', 'Running', '10.44.1.5', 'n1'],
        ['shop/b', 'Running', '10.44.2.6', 'n2'],
        ['shop/c', 'Running', '10.44.3.7', 'n3'],
      ),
      'n1.txt': N1,
      'n3.txt': N3,
      'n1-flannel.txt': at(
        'n1',
        'cat /run/flannel/subnet.env',
        'FLANNEL_NETWORK=10.44.0.0/16\nFLANNEL_SUBNET=10.44.1.1/24\nFLANNEL_MTU=1500\nFLANNEL_IPMASQ=true',
      ),
    });
    return podtrail('trace', folder, '--from', '10.44.1.5', '--to', '10.44.3.7', '--port', '80');
  };

  it('that a whole list does not have are none: who sends to them sends astray', () => {
    expect(bundle(row(1), row(2), row(3, 9))).toContain('ends as sent-astray at n1');
  });

  it.each([
    ['rows that were left out', '...'],
    ['a last row that is not whole', 'n4     Rea'],
  ])('that are behind the end of a list that was cut may be some: %s', (_, rest) => {
    const words = bundle(row(1), row(2), row(3, 9), rest).replaceAll(/\s+/g, ' ');
    expect(words).not.toContain('sent-astray');
    expect(words).toContain('the list of nodes is not whole');
  });

  it('whose object was cut before its podCIDR have none that is known, and lack none', () => {
    const flannel = { 'flannel.alpha.coreos.com/kube-subnet-manager': 'true' };
    const whole = nodesYaml(
      { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24', annotations: flannel },
      { name: 'n2', ip: '172.31.9.2', annotations: flannel },
    );
    expect(accused(reportOf({ 'nodes.yaml': whole }))).toEqual(['pod-cidr-not-assigned']);
    const short = whole.slice(0, whole.lastIndexOf('  spec:'));
    expect(accused(reportOf({ 'nodes.yaml': short }))).toEqual([]);
  });

  it('are no clean bill: the summary says that the list is not whole', () => {
    const { verdict } = reportOf({ 'nodes.txt': `${HEADING}\n${row(1)}\n${row(2)}\n...\n`, 'n1.txt': N1 });
    expect(verdict.state).toBe('insufficient');
  });
});
