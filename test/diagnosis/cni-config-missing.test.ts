import { describe, expect, it } from 'vitest';
import { cniConfigMissing } from '../../src/diagnosis/causes/cni-config-missing.js';
import { at, heard, nodesYaml, outcome } from './case-of.js';

const NODES = nodesYaml({ name: 'n1', ip: '172.31.9.1' });
const MISSING =
  'E1109 14:14:01.100000       1 main.go:332] failed to read net conf: open /etc/kube-flannel/net-conf.json: no such file or directory\n';
const RUNS = 'I1109 14:15:00.100000       1 main.go:400] Running backend.\n';
const NOT_READY = NODES.replace(
  '    - status: "True"\n      type: Ready',
  '    - status: "False"\n      type: Ready\n      reason: KubeletNotReady\n      message: "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"',
);

describe('cni-config-missing', () => {
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
});
