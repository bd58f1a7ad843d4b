import { describe, expect, it } from 'vitest';
import { podRangeExhausted } from '../../src/diagnosis/causes/pod-range-exhausted.js';
import { at, heard, nodesYaml, outcome, podsTable } from './case-of.js';

const LINE =
  'Nov 21 14:00:01 n1 kubelet[812]: E1121 14:00:01.123456     812 pod_workers.go:190] "Error syncing pod" err="failed to \\"CreatePodSandbox\\" for \\"web-1_default\\": rpc error: code = Unknown desc = failed to setup network for sandbox: plugin type=\\"bridge\\" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.44.1.1-10.44.1.254"\n';

describe('pod-range-exhausted', () => {
  it('is proven by the line and a pod that waits', async () => {
    const told = await heard(
      {
        'nodes.yaml': nodesYaml({ name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' }),
        'pods.txt': podsTable(['default/web-1', 'ContainerCreating', '<none>', 'n1']),
        'kubelet.txt': at('n1', 'journalctl -u kubelet', LINE),
      },
      podRangeExhausted,
    );
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects).toEqual(['10.44.1.0/24', 'n1', 'web-1']);
  });

  it('is likely and a warning when no pod waits', async () => {
    const told = await heard({ 'kubelet.txt': at('n1', 'journalctl -u kubelet', LINE) }, podRangeExhausted);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
  });

  it('reads events of nodes that get no subnet', async () => {
    const events =
      'NAMESPACE   LAST SEEN   TYPE      REASON             OBJECT    MESSAGE\ndefault     2m          Warning   CIDRNotAvailable   node/n9   Node n9 status is now: CIDRNotAvailable\n';
    expect((await heard({ 'events.txt': events }, podRangeExhausted)).drafts[0]?.subjects).toContain('n9');
  });

  describe('with the VPC\u2019s own addresses (aws-node)', () => {
    const plugin = LINE.replace(
      /failed \(add\): .*/,
      'failed (add): add cmd: failed to assign an IP address to container"',
    );
    const ipamd = (words: string): string =>
      `{"level":"error","ts":"2024-06-11T09:13:02.803Z","caller":"ipamd/ipamd.go:987","msg":"failed to increase IP pool due to not able to allocate ENI AllocENI: failed to create ENI: ${words}"}\n`;
    const told = (log: string) =>
      heard(
        { 'n1/hostname': 'n1\n', 'n1/var_log/aws-routed-eni/ipamd.log': log, 'n1/kubelet.txt': plugin },
        podRangeExhausted,
      );

    it('is the subnet that has none left, by the words of EC2', async () => {
      const { drafts } = await told(
        ipamd(
          'InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses to satisfy the request.',
        ),
      );
      expect(drafts[0]).toMatchObject({ confidence: 'likely', count: 2 });
      expect(drafts[0]!.remedy[0]!.command).toMatch(/^aws ec2 describe-subnets/);
    });

    it('is not a moment without an address while an interface is attached, nor another failure of EC2', async () => {
      expect(outcome(await told(ipamd('RequestLimitExceeded: Request limit exceeded.')))).toBe('quiet');
    });
  });

  it('is quiet without a complaint', async () => {
    const pods = podsTable(['default/web-1', 'ContainerCreating', '<none>', 'n1']);
    expect(outcome(await heard({ 'pods.txt': pods }, podRangeExhausted))).toBe('quiet');
  });
});
