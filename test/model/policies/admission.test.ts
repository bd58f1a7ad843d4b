import { describe, expect, it } from 'vitest';
import { type Admission, type Approach, admission } from '../../../src/model/policies/admission.js';
import { policiesOf } from '../../../src/model/policies/policies.js';
import { clusterOf } from '../../host-folder.js';

interface Pod {
  readonly name: string;
  readonly namespace?: string;
  readonly ip: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const pods = (...all: readonly Pod[]): string =>
  JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'List',
      items: all.map(({ name, namespace = 'shop', ip, labels }) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace, labels },
        spec: { nodeName: 'n1', containers: [{ name: 'c' }] },
        status: { phase: 'Running', podIP: ip },
      })),
    },
    null,
    1,
  );

const policy = (spec: object, kind = 'NetworkPolicy', apiVersion = 'networking.k8s.io/v1', name = 'p'): string =>
  JSON.stringify(
    { apiVersion, kind, metadata: { name, ...(kind[0] === 'G' ? {} : { namespace: 'shop' }) }, spec },
    null,
    1,
  );
const calico = (spec: object, name = 'p') => policy(spec, 'GlobalNetworkPolicy', 'projectcalico.org/v3', name);

const WEB: Pod = { name: 'web', ip: '10.44.2.9', labels: { app: 'web' } };
const CLIENT: Pod = { name: 'client', ip: '10.44.1.7', labels: { app: 'client' } };
const POLICY = policy({
  podSelector: { matchLabels: { app: 'web' } },
  ingress: [{ from: [{ podSelector: { matchLabels: { role: 'frontend' } } }], ports: [{ port: 80, protocol: 'TCP' }] }],
});

async function asked(files: Readonly<Record<string, string>>, approach: Partial<Approach> = {}): Promise<Admission> {
  const cluster = await clusterOf(files);
  const whole = { direction: 'Ingress', pod: WEB.ip, peer: CLIENT.ip, proto: 6, dport: 80, ...approach } as const;
  return admission(cluster, policiesOf(cluster), whole);
}
const kind = async (policies: string, all: readonly Pod[] = [WEB, CLIENT], approach?: Partial<Approach>) =>
  (await asked({ 'pods.json': pods(...all), 'networkpolicies.json': policies }, approach)).kind;

describe('what Kubernetes\u2019 policies admit', () => {
  it('is everything where none selects the pod', async () => {
    expect(await kind(POLICY, [{ ...WEB, labels: { app: 'db' } }, CLIENT])).toBe('open');
    expect(await kind(POLICY, [{ ...WEB, namespace: 'other' }, CLIENT])).toBe('open');
    expect(await kind(POLICY, undefined, { direction: 'Egress' })).toBe('open');
    expect((await asked({ 'pods.json': pods(WEB, CLIENT) })).kind).toBe('open');
  });

  it('is what one of their rules allows, and nothing else', async () => {
    const front = { ...CLIENT, labels: { role: 'frontend' } };
    expect(await kind(POLICY)).toBe('denied');
    expect(await kind(POLICY, [WEB, front])).toBe('allowed');
    expect(await kind(POLICY, [WEB, front], { dport: 443 })).toBe('denied');
    expect(await kind(POLICY, [WEB, front], { proto: 17 })).toBe('denied');
    expect(await kind(POLICY, [WEB, { ...front, namespace: 'other' }])).toBe('denied');
  });

  it('names the policies that deny, with their lines', async () => {
    const denied = await asked({ 'pods.json': pods(WEB, CLIENT), 'networkpolicies.json': POLICY });
    expect(denied).toMatchObject({ kind: 'denied', by: [{ title: 'shop/p' }], pod: { name: 'web' } });
  });

  it('knows prefixes, everybody, and ports', async () => {
    const from = (peers: readonly object[] | undefined, ports?: readonly object[]) =>
      policy({ podSelector: {}, ingress: [{ ...(peers && { from: peers }), ...(ports && { ports }) }] });
    const block = (cidr: string, ...except: string[]) => [{ ipBlock: { cidr, except } }];
    expect(await kind(from(block('10.44.0.0/16')))).toBe('allowed');
    expect(await kind(from(block('10.44.0.0/16', '10.44.1.0/24')))).toBe('denied');
    expect(await kind(from(undefined))).toBe('allowed');
    expect(await kind(from(undefined, [{ port: 79, endPort: 81 }]))).toBe('allowed');
    expect(await kind(from(undefined, [{ port: 'http' }]))).toBe('unknown');
    expect(await kind(policy({ podSelector: {} }))).toBe('denied');
  });

  it('does not know where labels are not shown', async () => {
    const table = (...all: readonly Pod[]) =>
      `NAMESPACE   NAME     READY   STATUS    RESTARTS   AGE   IP          NODE   NOMINATED NODE   READINESS GATES\n${all
        .map(
          (p) =>
            `shop        ${p.name.padEnd(8)} 1/1     Running   0          61d   ${p.ip}   n1     <none>           <none>\n`,
        )
        .join('')}`;
    const told = await asked({ 'pods.txt': table(WEB, CLIENT), 'networkpolicies.json': POLICY });
    expect(told).toMatchObject({ kind: 'unknown', missing: 'the labels of pod web and client' });
  });

  it('knows a namespace by its name alone, and by nothing else without its object', async () => {
    const of = (matchLabels: object) =>
      policy({ podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels } }] }] });
    expect(await kind(of({ 'kubernetes.io/metadata.name': 'shop' }))).toBe('allowed');
    expect(await kind(of({ 'kubernetes.io/metadata.name': 'other' }))).toBe('denied');
    expect(await kind(of({ team: 'a' }))).toBe('unknown');
    const namespace = JSON.stringify(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'a' } } },
      null,
      1,
    );
    const files = { 'pods.json': pods(WEB, CLIENT), 'ns.json': namespace, 'networkpolicies.json': of({ team: 'a' }) };
    expect((await asked(files)).kind).toBe('allowed');
  });

  it('does not know what a policy allows that only a table shows', async () => {
    const table = 'NAMESPACE   NAME   POD-SELECTOR   AGE\nshop        more   app=web        3d\n';
    const files = { 'pods.json': pods(WEB, CLIENT), 'networkpolicies.json': POLICY, 'netpol.txt': table };
    expect((await asked(files)).kind).toBe('unknown');
  });
});

describe('what Calico\u2019s policies admit', () => {
  const deny = (order: number) =>
    calico({ order, selector: "app == 'web'", types: ['Ingress'], ingress: [{ action: 'Deny' }] }, 'deny');
  const allow = (order: number) =>
    calico(
      { order, selector: 'all()', ingress: [{ action: 'Allow', source: { selector: "app == 'client'" } }] },
      'allow',
    );

  it('is what the first matching rule says', async () => {
    const both = (a: string, b: string) =>
      asked({ 'pods.json': pods(WEB, CLIENT), 'a.json': a, 'b.json': b }).then((told) => told.kind);
    expect(await both(deny(10), allow(20))).toBe('denied');
    expect(await both(deny(20), allow(10))).toBe('allowed');
    expect(await both(deny(2000), POLICY)).toBe('denied');
  });

  it('is nothing where a policy selects the pod and no rule matches', async () => {
    expect(
      await kind(calico({ selector: 'all()', ingress: [{ action: 'Allow', source: { nets: ['192.0.2.0/24'] } }] })),
    ).toBe('denied');
  });

  it('is not known where a rule has words that are not understood', async () => {
    const odd = calico({
      selector: 'all()',
      ingress: [{ action: 'Allow', source: { serviceAccounts: { names: ['x'] } } }],
    });
    expect(await kind(odd)).toBe('unknown');
    expect(await kind(calico({ tier: 'platform', selector: 'all()' }))).toBe('unknown');
  });
});
