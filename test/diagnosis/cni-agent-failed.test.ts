import { describe, expect, it } from 'vitest';
import { cniAgentFailed } from '../../src/diagnosis/causes/cni-agent-failed.js';
import { at, heard, heardSample, nodesYaml, outcome, podsTable } from './case-of.js';

const NODES = nodesYaml({ name: 'n1', ip: '172.31.9.1' }, { name: 'n2', ip: '172.31.9.2' });
const FAILS =
  'E1109 14:14:01.100000       1 main.go:332] Error registering network: failed to acquire lease: timed out\n';
const STARTS = 'I1109 14:14:00.100000       1 main.go:235] Created subnet manager: Kubernetes Subnet Manager - n1\n';
const RUNS = 'I1109 14:15:00.100000       1 main.go:400] Running backend.\n';
const told = (pods: string, log = '') =>
  heard({ 'nodes.yaml': NODES, 'pods.txt': pods, ...(log === '' ? {} : { 'kube-flannel.log': log }) }, cniAgentFailed);
const agent = (status: string) => podsTable(['kube-flannel/kube-flannel-ds-ab1cd', status, '172.31.9.1', 'n1']);

describe('cni-agent-failed', () => {
  it('is likely by the pod\u2019s state, proven with the log that says why', async () => {
    expect((await told(agent('CrashLoopBackOff'))).drafts[0]).toMatchObject({
      confidence: 'likely',
      severity: 'warning',
    });
    const { drafts } = await told(agent('CrashLoopBackOff'), STARTS + FAILS);
    expect(drafts[0]?.confidence).toBe('proven');
    expect(drafts[0]?.subjects.slice(0, 2)).toEqual(['n1', 'kube-flannel-ds-ab1cd']);
  });

  it('takes the one error that ends the log of an agent that is down, not of one that runs', async () => {
    const log = `${STARTS}E1109 14:14:01.100000       1 main.go:332] Error registering network: failed to create vxlan device: operation not supported\n`;
    const { drafts } = await told(agent('CrashLoopBackOff'), log);
    expect(drafts[0]?.confidence).toBe('proven');
    expect(drafts[0]?.summary).toContain('operation not supported');
    expect(outcome(await told(agent('Running'), log))).toBe('quiet');
  });

  it('leaves agents alone that run, and errors that were overcome', async () => {
    expect(outcome(await told(agent('Running')))).toBe('quiet');
    expect(outcome(await told(agent('Running'), STARTS + FAILS + RUNS))).toBe('quiet');
  });

  it('leaves operators and controllers alone', async () => {
    const pods = podsTable([
      'calico-system/calico-kube-controllers-58497c65d5-ab1cd',
      'CrashLoopBackOff',
      '10.44.1.2',
      'n1',
    ]);
    expect(outcome(await told(pods))).toBe('quiet');
  });

  it('leaves a calico-node alone that only waits for BGP', async () => {
    const pods = podsTable(['kube-system/calico-node-ab1cd', 'Running', '172.31.9.1', 'n1']).replace('1/1', '0/1');
    expect(outcome(await told(pods))).toBe('found');
    const log = at(
      'n1',
      'journalctl -u kubelet',
      '2026-11-21 13:46:27.561 [INFO][300] confd/health.go 180: BIRD is not ready: BGP not established with 172.31.9.2',
    );
    const files = { 'nodes.yaml': NODES, 'pods.txt': pods, 'calico-node.log': log };
    expect(outcome(await heard(files, cniAgentFailed))).toBe('quiet');
  });

  it.each(['010', '011', '012'])('does not fire in sample %s', async (sample) => {
    expect(['quiet', 'ruled-out']).toContain(outcome(await heardSample(sample, cniAgentFailed)));
  });
});
