import { describe, expect, it } from 'vitest';
import { analyzed, serious, symptoms } from '../bundle-folder.js';

const martian = (target: string, source: string, dev: string): string =>
  `[  812.101010] IPv4: martian source ${target} from ${source}, on dev ${dev}\n[  812.101012] ll header: 00000000: 02 00 00 00 00 01 02 00 00 00 00 02 08 00\n`;

describe('martian-source', () => {
  it('fires on an overlay device in a kernel log alone', async () => {
    const report = await analyzed({ 'dmesg.txt': martian('10.61.2.7', '192.168.77.10', 'flannel.1') });
    expect(symptoms(report)).toEqual(['martian-source']);
    expect(serious(report)[0]?.subjects).toEqual(expect.arrayContaining(['192.168.77.10', '10.61.2.7', 'flannel.1']));
  });

  it('fires on private addresses when nothing tells whose they are', async () => {
    expect(symptoms(await analyzed({ 'dmesg.txt': martian('192.168.77.11', '10.61.1.5', 'eth0') }))).toEqual([
      'martian-source',
    ]);
  });

  it('is silent on what broadcasts on the LAN', async () => {
    expect(symptoms(await analyzed({ 'dmesg.txt': martian('255.255.255.255', '192.168.1.1', 'eth0') }))).toEqual([]);
  });

  it('is silent on strangers where the cluster is known', async () => {
    const nodes =
      'NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
      'alpha   Ready    <none>   9d    v1.29.1   192.168.77.10   <none>        Debian     6.1.0            containerd://1.7\n';
    const pods =
      'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE    NOMINATED NODE   READINESS GATES\n' +
      'shop        web-0   1/1     Running   0          9d    10.61.1.5    alpha   <none>           <none>\n';
    expect(
      symptoms(
        await analyzed({
          'nodes.txt': nodes,
          'pods.txt': pods,
          'alpha/dmesg.txt': martian('192.168.77.10', '172.31.9.9', 'eth0'),
        }),
      ),
    ).toEqual([]);
    // To the very address of a pod nobody sends by accident: clouds give pods addresses of the network.
    const meant = (src: string) =>
      analyzed({ 'nodes.txt': nodes, 'pods.txt': pods, 'alpha/dmesg.txt': martian('10.61.1.5', src, 'eth1') });
    expect(symptoms(await meant('172.31.9.9'))).toEqual(['martian-source']);
    expect(symptoms(await meant('198.51.100.7'))).toEqual([]);
  });
});
