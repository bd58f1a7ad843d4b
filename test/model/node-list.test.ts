import { expect, it } from 'vitest';
import { analyzed } from '../bundle-folder.js';

it('lists nodes that only a route, a lease or a sysctl dump names, and not the machine where somebody typed kubectl', async () => {
  const report = await analyzed({
    'node7/ip_route.txt': 'default via 10.0.0.1 dev eth0\n',
    'paste.txt': `[root@node9 ~]# ip route
default via 10.0.0.1 dev eth0
[root@node8 ~]# sysctl net.ipv4.ip_forward
net.ipv4.ip_forward = 1
[root@node10 ~]# cat /run/flannel/subnet.env
FLANNEL_NETWORK=10.244.0.0/16
FLANNEL_SUBNET=10.244.3.1/24
[me@laptop ~]# curl 10.0.0.5
curl: (7) Failed to connect to 10.0.0.5 port 80: Connection refused
[me@laptop ~]# kubectl get nodes
NAME    STATUS   ROLES    AGE   VERSION
node7   Ready    <none>   1d    v1.28.3
`,
    'nameless.txt': 'default via 10.9.0.1 dev eth0\n',
  });
  expect(report.bundle.nodes).toEqual(['node10', 'node7', 'node8', 'node9']);
});
