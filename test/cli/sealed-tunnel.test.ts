import { describe, expect, it } from 'vitest';
import { accused, reportByCommand } from '../report-by-command.js';
import { run } from './opaque-tunnel.js';

/** Pods over WireGuard (flannel's back end): a capture shows who sends, and nothing of what is sent. */
const [A, B] = ['10.9.8.21', '10.9.8.22'];

const node = (n: 1 | 2, rules = ''): string => {
  const [own, other] = n === 1 ? [A, 2] : [B, 1];
  return `[root@ant${n} ~]# ip -d addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0 minmtu 0 maxmtu 0
    inet 127.0.0.1/8 scope host lo
2: ens4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 9a:f1:fa:ae:68:0${n} brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535
    inet ${own}/24 scope global ens4
3: flannel-wg: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1420 qdisc noqueue state UNKNOWN group default qlen 1000
    link/none promiscuity 0 minmtu 0 maxmtu 2147483552
    wireguard numtxqueues 1 numrxqueues 1
    inet 10.66.${n}.0/32 scope global flannel-wg
4: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1420 qdisc noqueue state UP group default qlen 1000
    link/ether 6a:12:cc:36:2b:2${n} brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535
    bridge forward_delay 1500 hello_time 200
    inet 10.66.${n}.1/24 scope global cni0
[root@ant${n} ~]# ip route
default via 10.9.8.1 dev ens4
10.9.8.0/24 dev ens4 proto kernel scope link src ${own}
10.66.${n}.0/24 dev cni0 proto kernel scope link src 10.66.${n}.1
10.66.${other}.0/24 dev flannel-wg scope link
[root@ant${n} ~]# iptables-save -c
*filter
:INPUT ACCEPT [9:6967]
:FORWARD ACCEPT [42:14503]
:OUTPUT ACCEPT [19:2006]
${rules}COMMIT
`;
};

const handshakes = (column: string, back: boolean): string =>
  ['41', '46', '51']
    .flatMap((s) => [
      `04:13:${s}.180827 ${column}IP ${A}.51820 > ${B}.51820: UDP, length 148`,
      ...(back ? [`04:13:${s}.181827 ${column.replace('In ', 'Out')}IP ${B}.51820 > ${A}.51820: UDP, length 92`] : []),
    ])
    .join('\n');

const told = (rules: string, received: string | undefined, back = false) =>
  reportByCommand({
    'admin.txt': `$ kubectl get nodes -o wide
NAME   STATUS   ROLES           AGE    VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE                         KERNEL-VERSION   CONTAINER-RUNTIME
ant1   Ready    control-plane   204d   v1.29.6   ${A}     <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-21-amd64   containerd://1.7.18
ant2   Ready    <none>          204d   v1.29.6   ${B}     <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-21-amd64   containerd://1.7.18
$ kubectl get pods -A -o wide
NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES
shop        front   1/1     Running   0          19d   10.66.1.9    ant1   <none>           <none>
shop        web     1/1     Running   0          19d   10.66.2.13   ant2   <none>           <none>
$ kubectl exec -n shop front -- ping -c 3 10.66.2.13
PING 10.66.2.13 (10.66.2.13): 56 data bytes

--- 10.66.2.13 ping statistics ---
3 packets transmitted, 0 packets received, 100% packet loss
`,
    'ant1.txt': `${node(1)}${run('tcpdump -nn -i ens4 udp port 51820', 'ens4', handshakes('', back), back ? 6 : 3).replace('@ant2', '@ant1')}`,
    'ant2.txt': `${node(2, rules)}${received ?? run('tcpdump -nn -i any udp port 51820', 'any', handshakes('ens4  In  ', back), back ? 6 : 3)}`,
  });

const DROP = '[3:528] -A INPUT -p udp -m udp --dport 51820 -j DROP\n';

describe('WireGuard between nodes', () => {
  it('is blocked by a rule that its handshakes meet, and nobody answers', () => {
    const report = told(DROP, undefined);
    expect(report.verdict).toMatchObject({ state: 'diagnosed', cause: 'overlay-port-blocked', confidence: 'proven' });
    expect(report.findings[0]?.subjects).toEqual(expect.arrayContaining(['ant2', 'INPUT', B, A, '51820']));
    expect(report.findings[0]?.remedy?.[0]?.command).toBe(
      'iptables -I INPUT 1 -s 10.9.8.0/24 -p udp --dport 51820 -j ACCEPT    # on ant2',
    );
  });

  it('is lost between the nodes where the receiver’s tcpdump ended with 0 packets', () => {
    const report = told('', run('tcpdump -nn -i any udp port 51820', 'any', '', 0));
    expect(report.verdict).toMatchObject({ state: 'diagnosed', cause: 'underlay-drop' });
    expect(accused(report)).toEqual(['underlay-drop']);
  });

  it('is not accused where handshakes are answered, whatever the rules say, nor without a rule', () => {
    expect(accused(told(DROP, undefined, true))).toEqual([]);
    expect(accused(told('', undefined))).toEqual([]);
  });
});
