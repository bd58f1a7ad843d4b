import { describe, expect, it } from 'vitest';
import { cniConfigMissing } from '../../src/diagnosis/causes/cni-config-missing.js';
import { at, heard, nodesYaml, outcome, podsTable } from './case-of.js';

const NODES = nodesYaml({ name: 'n1', ip: '172.31.9.1' });
const MISSING =
  'E1109 14:14:01.100000       1 main.go:332] failed to read net conf: open /etc/kube-flannel/net-conf.json: no such file or directory\n';
const RUNS = 'I1109 14:15:00.100000       1 main.go:400] Running backend.\n';
const NOT_READY = NODES.replace(
  '    - status: "True"\n      type: Ready',
  '    - status: "False"\n      type: Ready\n      reason: KubeletNotReady\n      message: "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"',
);

const complaint = (second: number) =>
  `Nov 21 14:00:${String(second).padStart(2, '0')} n1 kubelet[812]: E1121 14:00:${String(second).padStart(2, '0')}.123456     812 kubelet.go:2855] "Container runtime network not ready" networkReady="NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"`;
const NO_FILE =
  'Nov 21 14:00:22 n1 containerd[811]: time="2026-11-21T14:00:22.118301944Z" level=error msg="failed to load cni during init, please check CRI plugin status before setting up network for pods" error="cni config load failed: no network config found in /etc/cni/net.d: cni plugin not initialized: failed to load cni config"';
const kubelet = (...lines: readonly string[]) => at('n1', 'journalctl -u kubelet -u containerd', lines.join('\n'));
const creating = (node: string) => podsTable(['default/web-1', 'ContainerCreating', '<none>', node]);

describe('cni-config-missing', () => {
  it('is told by a pod that waits on a node whose kubelet keeps complaining, proven when the runtime names the folder', async () => {
    const files = { 'nodes.yaml': NODES, 'pods.txt': creating('n1') };
    const lasting = [complaint(6), complaint(11), complaint(16)];
    const told = await heard({ ...files, 'kubelet.txt': kubelet(...lasting) }, cniConfigMissing);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(told.drafts[0]?.subjects[0]).toBe('n1');
    const named = await heard({ ...files, 'kubelet.txt': kubelet(...lasting, NO_FILE) }, cniConfigMissing);
    expect(named.drafts[0]).toMatchObject({ confidence: 'proven' });
  });

  it('leaves a waiting pod alone whose node said something else of the CNI later, or only once, or another node', async () => {
    const later =
      'Nov 21 14:09:22 n1 kubelet[812]: E1121 14:09:22.123456     812 pod_workers.go:1300] "Error syncing pod, skipping" err="failed to \\"CreatePodSandbox\\": rpc error: failed to setup network for sandbox: plugin type=\\"flannel\\" failed (add): open /run/flannel/subnet.env: no such file or directory"';
    const lasting = [complaint(6), complaint(11), complaint(16)];
    const told = (log: string, node = 'n1') =>
      heard({ 'nodes.yaml': NODES, 'pods.txt': creating(node), 'kubelet.txt': log }, cniConfigMissing);
    expect(outcome(await told(kubelet(...lasting, later)))).toBe('quiet');
    expect(outcome(await told(kubelet(complaint(6))))).toBe('quiet');
    expect(outcome(await told(kubelet(...lasting), 'n2'))).toBe('quiet');
  });

  it('is likely by the agent\u2019s line or the node\u2019s condition', async () => {
    expect((await heard({ 'kube-flannel.log': MISSING }, cniConfigMissing)).drafts[0]).toMatchObject({
      confidence: 'likely',
      severity: 'critical',
    });
    const told = await heard({ 'nodes.yaml': NOT_READY }, cniConfigMissing);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(told.drafts[0]?.subjects[0]).toBe('n1');
  });

  it('leaves an agent alone that started later, and a kubelet\u2019s complaint from before the CNI came', async () => {
    expect(outcome(await heard({ 'kube-flannel.log': MISSING + RUNS }, cniConfigMissing))).toBe('quiet');
    const kubelet = at(
      'n1',
      'journalctl -u kubelet',
      'Nov 21 14:00:01 n1 kubelet[812]: E1121 14:00:01.123456     812 kubelet.go:2855] "Container runtime network not ready" networkReady="NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"',
    );
    expect(outcome(await heard({ 'nodes.yaml': NODES, 'kubelet.txt': kubelet }, cniConfigMissing))).toBe('quiet');
  });

  it('leaves it to an agent that does not run, and says nothing of a configuration: it would have written the file', async () => {
    const pods = (state: string) =>
      `NAMESPACE   NAME                 READY   STATUS   RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES\novn         ovnkube-node-x7k2p   ${state}   47   4h   172.31.9.1   n1   <none>   <none>\n`;
    const told = (state: string) => heard({ 'nodes.yaml': NOT_READY, 'pods.txt': pods(state) }, cniConfigMissing);
    expect(outcome(await told('7/8     CrashLoopBackOff'))).toBe('quiet');
    expect(outcome(await told('8/8     Running'))).toBe('found');
  });
});
