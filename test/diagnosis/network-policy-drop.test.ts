import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { networkPolicyDrop } from '../../src/diagnosis/causes/network-policy-drop.js';
import { underlayDrop } from '../../src/diagnosis/causes/underlay-drop.js';
import { unpacked, unpackersMissing } from '../samples/unpacked.js';
import { explained, type Heard, heardOf, heardSample, outcome } from './case-of.js';

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-policy-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const FILE = 'cluster-info/default/networkpolicies.yaml';
const ALLOWS = `  spec:
    ingress:
    - from:
      - podSelector:
          matchLabels:
            role: frontend
`;
let made = 0;

/** Sample 114-b, which has the policy and no rules of the node that keeps it, with some of its words changed. */
async function changed(file: string, from: string | RegExp, to: string): Promise<Heard> {
  const folder = unpacked('samples/bundles/114-network-policy-drop-b.tar.gz', join(scratch, String(made++)));
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replaceAll(from, to);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
  return heardOf(folder, [networkPolicyDrop]);
}

describe('network-policy-drop', () => {
  it('is proven by the chain that drops and packets that come that far; the remedy is the label that is asked for', async () => {
    const told = await heardSample('114-network-policy-drop-a', networkPolicyDrop);
    expect(told.drafts).toMatchObject([{ confidence: 'proven', severity: 'critical' }]);
    expect(told.drafts[0]?.remedy[0]?.command).toBe(
      'kubectl -n default label pod client-9cc933cec-tfrng role=frontend',
    );
    expect(explained(told)).toEqual(['unreplied-syn']);
  });

  it('is likely by the policy and the labels of both pods, where the rules of the node are missing', async () => {
    const told = await heardSample('114-network-policy-drop-b', networkPolicyDrop);
    expect(told.drafts).toMatchObject([{ confidence: 'likely', severity: 'critical' }]);
    expect(told.drafts[0]?.subjects.slice(0, 4)).toEqual([
      '10.42.2.9',
      '10.42.1.7',
      'rnch-2',
      'default/web-from-frontend',
    ]);
    expect(told.drafts[0]?.remedy[0]).toMatchObject({
      command: 'kubectl -n default label pod client-1131d2ab3-ktndm role=frontend',
      rollback: 'kubectl -n default label pod client-1131d2ab3-ktndm role-',
    });
    expect(explained(told)).toEqual(['unreplied-syn']);
    const roles = told.quotes('network-policy-drop').map(({ role }) => role);
    expect(roles).toEqual(expect.arrayContaining(['the policy default/web-from-frontend', 'whom it allows']));
  });

  it.each(['003', '011', '101-forward-drop-a'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, networkPolicyDrop))).toBe('quiet');
  });
});

const missing = unpackersMissing();
describe.skipIf(missing !== undefined)('the innocent', () => {
  it('is a policy that allows it', async () => {
    const told = await changed(FILE, 'role: frontend', 'app: client');
    expect(told.conclusions[0]).toMatchObject({
      outcome: 'ruled-out',
      because: 'the policy default/web-from-frontend allows it',
    });
  });

  it('is a policy for another port of the pod only if another allows this one', async () => {
    const told = await changed(FILE, 'port: 80', 'port: 8080');
    expect(told.drafts[0]?.confidence).toBe('likely');
  });

  it('is a policy for another pod, or of another namespace', async () => {
    expect(outcome(await changed(FILE, 'app: web', 'app: db'))).toBe('quiet');
    expect(outcome(await changed(FILE, 'namespace: default', 'namespace: other'))).toBe('quiet');
  });

  it('is a policy about the other direction', async () => {
    expect(outcome(await changed(FILE, '- Ingress', '- Egress'))).toBe('quiet');
  });

  it('is a policy where nothing enforces policies', async () => {
    const folder = unpacked('samples/bundles/114-network-policy-drop-b.tar.gz', join(scratch, 'flannel'));
    for (const file of filesOf(folder)) {
      const text = readFileSync(file);
      if (/\.(?:txt|json|yaml)$/.test(file))
        writeFileSync(
          file,
          text.toString().replaceAll('canal-', 'kube-flannel-ds-').replaceAll('cali4c761a50aa3', 'veth4c761a50'),
        );
    }
    expect(outcome(await heardOf(folder, [networkPolicyDrop]))).toBe('quiet');
  });
});

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe.skipIf(missing !== undefined)('what is not known', () => {
  it('is what hangs on a namespace whose labels are not shown', async () => {
    const told = await changed(
      FILE,
      ALLOWS,
      ALLOWS.replace('podSelector', 'namespaceSelector').replace('role: frontend', 'team: a'),
    );
    expect(told.conclusions[0]).toMatchObject({
      outcome: 'cannot-tell',
      missing: ['the labels of the namespaces'],
      collect: expect.stringContaining('kubectl get pods,namespaces -A -o yaml'),
    });
  });

  it('is what hangs on labels of pods that are not shown', async () => {
    const told = await changed('cluster-info/default/pods.json', /"kind": "PodList"[\s\S]*/g, '"kind": "PodList" }');
    expect(told.drafts).toEqual([]);
  });

  it.skipIf(unpackersMissing() !== undefined)(
    'is told by a capture on all interfaces although ifconfig tells no index: their MAC addresses do',
    async () => {
      const folder = unpacked('samples/bundles/114-network-policy-drop-a.tar.gz', join(scratch, String(made++)));
      for (const file of ['ip_addr.txt', 'ip_-d_link.txt']) rmSync(join(folder, 'pol-w2', file));
      writeFileSync(join(folder, 'pol-w2', 'ifconfig.txt'), IFCONFIG);
      const told = await heardOf(folder, [networkPolicyDrop, underlayDrop]);
      expect(told.drafts.map(({ code, confidence }) => [code, confidence])).toEqual([
        ['network-policy-drop', 'likely'],
      ]);
    },
  );
});

const IFCONFIG = `lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536
        inet 127.0.0.1  netmask 255.0.0.0

ens4: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet 10.31.5.13  netmask 255.255.255.0  broadcast 10.31.5.255
        inet6 fe80::20c:29ff:fe02:ffe  prefixlen 64  scopeid 0x20<link>
        ether 00:0c:29:02:0f:fe  txqueuelen 1000  (Ethernet)
`;
