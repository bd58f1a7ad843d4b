import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

/** What must never be stored or quoted: Secret objects, kubeconfig credentials, tokens in arguments, passwords in logs. */

const SECRETS = [
  'c3VwZXJzZWNyZXQ',
  'LS0tLS1CRUdJTi',
  'abcdef.0123456789abcdef',
  'SECRETTOKEN',
  'hunter2',
  'eyJhbGci',
  'passw0rd1',
];
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-secrets-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('keeps secrets out of the report and the store', () => {
  writeFileSync(
    join(scratch, 'objects.yaml'),
    `apiVersion: v1
kind: Secret
metadata: {name: db}
data: {password: c3VwZXJzZWNyZXQ=}
---
apiVersion: v1
kind: Config
users:
- name: admin
  user: {client-key-data: LS0tLS1CRUdJTiBSU0E=, token: abcdef.0123456789abcdef}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default}
spec:
  nodeName: n1
  containers:
  - name: kube-controller-manager
    command: ["kube-controller-manager", "--token=SECRETTOKEN123", "--cluster-cidr=10.0.0.0/8"]
    env: [{name: DB_PASSWORD, value: hunter2hunter2}]
status: {podIP: 10.1.1.1}
`,
  );
  writeFileSync(
    join(scratch, 'kubelet.log'),
    `I0116 03:29:14.864069       1 main.go:209] FLAG: --token="SECRETTOKEN456" Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.abcdef
E0116 03:29:14.864069       1 x.go:209] Get "https://user:passw0rd1@10.96.0.1:443/api": dial tcp 10.96.0.1:443: i/o timeout
E0116 03:29:15.864069       1 x.go:209] Get "https://user:passw0rd1@10.96.0.1:443/api": dial tcp 10.96.0.1:443: i/o timeout
`,
  );
  const store = join(scratch, 'case.duckdb');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['dist/cli/main.js', ...args], { encoding: 'utf8', maxBuffer: 64e6 });
  const report = run(
    'analyze',
    join(scratch, 'objects.yaml'),
    join(scratch, 'kubelet.log'),
    '--store',
    store,
    '--format',
    'json',
  );
  expect(report.status).toBe(0);
  // The database compresses its strings: look at what it gives back.
  const kept = ['line', 'setting', 'log', 'probe', 'pod'].map(
    (table) => run('query', store, `select * from ${table}`, '--format', 'json').stdout,
  );
  expect(kept.join('')).toContain('10.96.0.1');
  for (const secret of SECRETS)
    for (const text of [report.stdout, readFileSync(store, 'latin1'), ...kept]) expect(text).not.toContain(secret);
});
