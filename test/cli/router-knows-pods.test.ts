import { describe, expect, it } from 'vitest';
import { accused, reportByCommand } from '../report-by-command.js';

const NAMES = ['kr-a', 'kr-b', 'kr-c'] as const;
const address = (i: number): string => (i === 1 ? '10.3.2.22' : `10.3.1.2${i + 1}`);

const kubectl = `$ kubectl get nodes -o wide
NAME   STATUS   ROLES           AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE                         KERNEL-VERSION   CONTAINER-RUNTIME
${NAMES.map((name, i) => `${name}   Ready    <none>          80d   v1.29.6   ${address(i)}     <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-21-amd64   containerd://1.7.18`).join('\n')}
$ kubectl get pods -A -o wide
NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES
shop        front   1/1     Running   0          19d   10.61.0.9    kr-a   <none>           <none>
shop        web     1/1     Running   0          19d   10.61.1.13   kr-b   <none>           <none>
shop        db      1/1     Running   0          19d   10.61.2.30   kr-c   <none>           <none>
`;

/** Nodes on both sides of a router. The first has no route to the second's pods; the third has one, by the gateway given. */
const bundle = (viaOfThird: string): Readonly<Record<string, string>> => ({
  'kubectl.txt': kubectl,
  ...Object.fromEntries(
    NAMES.map((name, i) => {
      const lan = i === 1 ? '10.3.2' : '10.3.1';
      const others = {
        'kr-a': '10.61.2.0/24 via 10.3.1.23 dev eno1 proto 17',
        'kr-b': '10.61.0.0/24 via 10.3.2.1 dev eno1 proto 17\n10.61.2.0/24 via 10.3.2.1 dev eno1 proto 17',
        'kr-c': `10.61.0.0/24 via 10.3.1.21 dev eno1 proto 17\n10.61.1.0/24 via ${viaOfThird} dev eno1 proto 17`,
      }[name];
      const dump = `[root@${name} ~]# ip addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
2: eno1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 4e:9b:1c:00:00:2${i} brd ff:ff:ff:ff:ff:ff
    inet ${address(i)}/24 scope global eno1
3: kube-bridge: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 4e:9b:1c:00:01:2${i} brd ff:ff:ff:ff:ff:ff
    inet 10.61.${i}.1/24 scope global kube-bridge
[root@${name} ~]# ip route
default via ${lan}.1 dev eno1
${lan}.0/24 dev eno1 proto kernel scope link src ${address(i)}
10.61.${i}.0/24 dev kube-bridge proto kernel scope link src 10.61.${i}.1
${others}
[root@${name} ~]# ip rule
0:	from all lookup local
32766:	from all lookup main
32767:	from all lookup default
`;
      return [`${name}.txt`, dump];
    }),
  ),
});

describe('a node without a route to pods whose default gateway leads to them', () => {
  it('is not accused when another node reaches these pods by the same gateway', () => {
    expect(accused(reportByCommand(bundle('10.3.1.1')))).not.toContain('missing-pod-route');
  });

  it('is accused when the others have another way', () => {
    expect(accused(reportByCommand(bundle('10.3.1.254')))).toContain('missing-pod-route');
  });
});

describe('a router that is taken to know no pods', () => {
  const syn = (time: string, ends: string, flags: string): string =>
    `04:13:${time} kube-bridge In  IP ${ends}: Flags [${flags}], seq 1, ${flags === 'S.' ? 'ack 2, ' : ''}win 64860, length 0`;
  const capture = (answered: boolean): string =>
    `[root@kr-a ~]# tcpdump -nn -i any tcp\nlistening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes\n${[
      syn('50.180827', '10.61.0.9.52362 > 10.61.1.13.8080', 'S'),
      ...(answered ? [syn('50.181827', '10.61.1.13.8080 > 10.61.0.9.52362', 'S.')] : []),
      syn('51.180827', '10.61.0.9.52364 > 10.61.2.30.8080', 'S'),
      syn('51.181827', '10.61.2.30.8080 > 10.61.0.9.52364', 'S.'),
    ].join('\n')}\n`;
  /** All ways between the LANs by routers; the first node's by its default route. */
  const report = (text: string) => {
    const files = bundle('10.3.1.1');
    return reportByCommand({ ...files, 'capture.txt': text });
  };

  it('takes no clean bill away where pods on its both sides were seen to talk', () => {
    expect(report(capture(true)).verdict.state).toBe('no-fault-found');
  });

  it('does where none was', () => {
    expect(report(capture(false)).verdict.state).toBe('insufficient');
  });
});
