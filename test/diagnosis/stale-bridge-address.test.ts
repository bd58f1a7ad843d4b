import { describe, expect, it } from 'vitest';
import { staleBridgeAddress } from '../../src/diagnosis/causes/stale-bridge-address.js';
import { at, heard, heardSample, ipAddr, outcome } from './case-of.js';

const env = (subnet: string) =>
  at(
    'n1',
    'cat /run/flannel/subnet.env',
    `FLANNEL_NETWORK=10.44.0.0/16\nFLANNEL_SUBNET=${subnet}\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true`,
  );
const bridge = (ifname: string, address: string) =>
  at('n1', 'ip addr', ipAddr(['eth0', '172.31.9.1/24'], [ifname, address]));
const told = (subnet: string, ifname: string, address: string) =>
  heard({ 'n1.txt': env(subnet) + bridge(ifname, address) }, staleBridgeAddress);

describe('stale-bridge-address', () => {
  it('is likely when cni0 has an address outside the lease', async () => {
    const { drafts } = await told('10.44.7.1/24', 'cni0', '10.44.3.1/24');
    expect(drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(drafts[0]?.subjects).toEqual(['cni0', '10.44.3.1', '10.44.3.0/24', '10.44.7.0/24', 'n1']);
    expect(drafts[0]?.remedy.map(({ command }) => command)).toEqual([
      'ip addr add 10.44.7.1/24 brd + dev cni0 && ip addr del 10.44.3.1/24 dev cni0    # on n1',
      expect.stringContaining('ip link delete cni0 && systemctl restart kubelet'),
    ]);
  });

  it('is proven by the plugin\u2019s refusal', async () => {
    const log =
      'Nov 21 14:00:01 n1 kubelet[812]: E1121 14:00:01.1     812 remote_runtime.go:222] "RunPodSandbox from runtime service failed" err="rpc error: failed to setup network for sandbox: plugin type=\\"flannel\\" failed (add): failed to delegate add: failed to set bridge addr: \\"cni0\\" already has an IP address different from 10.44.7.1/24"\n';
    const { drafts } = await heard({ 'kubelet.txt': at('n1', 'journalctl -u kubelet', log) }, staleBridgeAddress);
    expect(drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
  });

  it('leaves the right bridge alone, docker0 with Docker\u2019s own network, and a cni0 that nothing leases a subnet to', async () => {
    expect(outcome(await told('10.44.7.1/24', 'cni0', '10.44.7.1/24'))).toBe('quiet');
    expect(outcome(await told('10.44.7.1/24', 'docker0', '172.17.0.1/16'))).toBe('quiet');
    expect(outcome(await heard({ 'n1.txt': bridge('cni0', '10.85.0.1/16') }, staleBridgeAddress))).toBe('quiet');
  });

  it('accuses a docker0 that pods hang on', async () => {
    expect(outcome(await told('10.44.7.1/24', 'docker0', '10.44.9.1/24'))).toBe('found');
  });

  it.each(['002', '004', '010'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, staleBridgeAddress))).toBe('quiet');
  });
});
