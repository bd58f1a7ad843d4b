import { describe, expect, it } from 'vitest';
import { accused, reportByCommand } from '../report-by-command.js';

/** Pods over GRE, in a capture of a node whose tunnel nobody answers: the node tries with its tunnel device's own address. */
const bundle = (layer: string, source: string): Readonly<Record<string, string>> => ({
  'kubectl.txt': `$ kubectl get nodes -o wide
NAME   STATUS   ROLES           AGE   VERSION   INTERNAL-IP    EXTERNAL-IP   OS-IMAGE                         KERNEL-VERSION   CONTAINER-RUNTIME
gw1    Ready    control-plane   80d   v1.29.6   172.31.9.21    <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-21-amd64   containerd://1.7.18
gw2    Ready    <none>          80d   v1.29.6   172.31.9.22    <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-21-amd64   containerd://1.7.18
$ kubectl get pods -A -o wide
NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES
shop        web     1/1     Running   0          19d   10.66.1.13   gw2    <none>           <none>
`,
  'gw1.txt': `[root@gw1 ~]# ip addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
2: ens7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether be:ad:cc:36:2b:17 brd ff:ff:ff:ff:ff:ff
    inet 172.31.9.21/24 scope global ens7
3: pods-out@NONE: <NOARP,UP,LOWER_UP> mtu 1476 qdisc noqueue state UNKNOWN group default qlen 1000
    link/${layer} 0.0.0.0 brd 0.0.0.0
    inet 10.66.0.0/32 scope global pods-out
[root@gw1 ~]# ip route
default via 172.31.9.1 dev ens7
10.66.1.0/24 dev pods-out scope link
172.31.9.0/24 dev ens7 proto kernel scope link src 172.31.9.21
[root@gw1 ~]# tcpdump -nn -i ens7 proto 47
tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
listening on ens7, link-type EN10MB (Ethernet), snapshot length 262144 bytes
${['34.707', '35.731', '37.747']
  .map(
    (s) =>
      `04:04:${s}897 IP 172.31.9.21 > 172.31.9.22: GREv0, length 64: IP ${source}.33380 > 10.66.1.13.8080: Flags [S], seq 62829605, win 64240, options [mss 1436,sackOK,TS val 1871678858 ecr 0,nop,wscale 10], length 0`,
  )
  .join('\n')}
04:04:41.907897 IP 172.31.9.21 > 172.31.9.22: GREv0, length 64: IP ${source}.33380 > 10.66.1.13.8080: Flags [S], seq 62829605, win 64240, options [mss 1436,sackOK,TS val 1871678858 ecr 0,nop,wscale 10], length 0
4 packets captured
`,
});

describe('GRE between nodes, known from dumps without -d', () => {
  it('does not take the tunnel device’s own address for the physical one', () => {
    const report = reportByCommand(bundle('gre', '10.66.0.0'));
    expect(accused(report)).not.toContain('overlay-source-address');
    expect(report.findings.map(({ code }) => code)).not.toContain('node-source-on-overlay');
    expect(report.verdict.state).not.toBe('no-fault-found');
  });

  it('still names a node that sends with its physical address', () => {
    expect(accused(reportByCommand(bundle('gre', '172.31.9.21')))).toContain('overlay-source-address');
  });
});
