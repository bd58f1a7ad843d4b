import { describe, expect, it } from 'vitest';
import { analyzed, serious } from '../bundle-folder.js';
import { clusterOf } from '../host-folder.js';

const table = (...pods: readonly (readonly [string, string, string, string])[]): string =>
  [
    'NAMESPACE     NAME                      READY   STATUS    RESTARTS   AGE   IP            NODE   NOMINATED NODE   READINESS GATES',
    ...pods.map(
      ([namespace, name, ip, node]) =>
        `${namespace.padEnd(14)}${name.padEnd(26)}1/1     Running   0          61d   ${ip.padEnd(14)}${node}   <none>           <none>`,
    ),
  ].join('\n');
const owner = async (pods: string, address: string) => (await clusterOf({ 'pods.txt': pods })).owner(address);

describe('pods on the network of their node', () => {
  it.each([
    ['kube-system', 'kube-proxy-x9k2v'],
    ['kube-flannel', 'kube-flannel-ds-scjng'],
    ['calico-system', 'calico-node-7hq4w'],
    ['kube-system', 'kube-apiserver-k8s1'],
  ])('are known by the names that agents and the control plane have: %s/%s', async (namespace, name) => {
    expect(await owner(table([namespace, name, '10.15.9.12', 'k8s1']), '10.15.9.12')).toMatchObject({
      role: 'node',
      node: 'k8s1',
    });
  });

  it('share their address with others of that node', async () => {
    const pods = table(
      ['monitoring', 'exporter-77tq2', '10.15.9.12', 'k8s1'],
      ['kube-system', 'kube-proxy-x9k2v', '10.15.9.12', 'k8s1'],
      ['default', 'web-0', '10.96.1.7', 'k8s1'],
    );
    expect(await owner(pods, '10.15.9.12')).toMatchObject({ role: 'node' });
    expect(await owner(pods, '10.96.1.7')).toMatchObject({ role: 'pod', name: 'web-0' });
  });

  it.each([
    ['default', 'kube-proxy-x9k2v'],
    ['kube-system', 'kube-proxy-exporter-0'],
    ['kube-system', 'coredns-5dd5756b68-b4fxp'],
    ['kube-system', 'etcd-backup-x9k2v'],
  ])('are not taken for such by a name that only resembles: %s/%s', async (namespace, name) => {
    expect(await owner(table([namespace, name, '10.96.1.9', 'k8s1']), '10.96.1.9')).toMatchObject({ role: 'pod' });
  });

  it('send with the node’s own address, which is no pod’s that nobody translated', async () => {
    const conntrack = [4, 14, 24]
      .map(
        (left, i) =>
          `udp      17 ${left} src=10.15.9.12 dst=203.0.113.53 sport=4148${i} dport=53 [UNREPLIED] src=203.0.113.53 dst=10.15.9.12 sport=53 dport=4148${i} mark=0 use=1\n`,
      )
      .join('');
    const report = await analyzed({
      'pods.txt': table(
        ['kube-system', 'kube-proxy-x9k2v', '10.15.9.12', 'k8s1'],
        ['default', 'web-0', '10.96.1.7', 'k8s1'],
      ),
      'k8s1/conntrack.txt': conntrack,
      'k8s1/ip_route.txt':
        '10.96.1.0/24 dev cni0 proto kernel scope link src 10.96.1.1\ndefault via 10.15.9.1 dev eth0\n',
    });
    expect(serious(report).map((f) => f.code)).not.toContain('unsnatted-source');
  });
});
