import { describe, expect, it } from 'vitest';
import { accused, reportByCommand } from '../report-by-command.js';

/** Tunnel devices with a `remote`, as iproute2 prints them; this kernel has no module for them. */
type Kind = 'gre' | 'ipip' | 'geneve';

const [A, B] = ['172.31.9.21', '172.31.9.22'];
const NOWHERE = '172.31.9.29';

const detail = (kind: Kind, local: string, remote: string): string =>
  ({
    gre: `link/gre ${local} peer ${remote} promiscuity 0 minmtu 0 maxmtu 0\n    gre remote ${remote} local ${local} ttl 255 addrgenmode eui64 numtxqueues 1 numrxqueues 1`,
    ipip: `link/ipip ${local} peer ${remote} promiscuity 0 minmtu 0 maxmtu 0\n    ipip ipip remote ${remote} local ${local} ttl inherit pmtudisc encap-none`,
    geneve: `link/ether 3a:50:40:4a:e1:b1 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65465\n    geneve id 7 remote ${remote} ttl auto dstport 6081 udpcsum`,
  })[kind];

interface End {
  readonly remote: string;
  readonly rules?: string;
  /** A further address of its uplink. */
  readonly second?: string;
  readonly kind: Kind;
}

const node = (n: 1 | 2, { remote, rules = '', second, kind }: End): string => {
  const [own, other] = n === 1 ? [A, 2] : [B, 1];
  return `[root@g${n} ~]# ip -d addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0 minmtu 0 maxmtu 0
    inet 127.0.0.1/8 scope host lo
2: ens7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether be:ad:cc:36:2b:2${n} brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535
    inet ${own}/24 scope global ens7${second === undefined ? '' : `\n    inet ${second}/24 scope global secondary ens7`}
3: pods0@NONE: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1476 qdisc noqueue state UNKNOWN group default qlen 1000
    ${detail(kind, own, remote)}
4: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1476 qdisc noqueue state UP group default qlen 1000
    link/ether 6a:12:cc:36:2b:2${n} brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535
    bridge forward_delay 1500 hello_time 200
    inet 10.66.${n}.1/24 scope global cni0
[root@g${n} ~]# ip route
default via 172.31.9.1 dev ens7
10.66.${n}.0/24 dev cni0 proto kernel scope link src 10.66.${n}.1
10.66.${other}.0/24 dev pods0 scope link
172.31.9.0/24 dev ens7 proto kernel scope link src ${own}
[root@g${n} ~]# iptables-save -c
*filter
:INPUT ACCEPT [9:6967]
:FORWARD ACCEPT [42:14503]
:OUTPUT ACCEPT [19:2006]
${rules}COMMIT
`;
};

const bundle = (one: End, two: End): Readonly<Record<string, string>> => ({
  'g1.txt': node(1, one),
  'g2.txt': node(2, two),
  'admin.txt': `$ kubectl get nodes -o wide
NAME   STATUS   ROLES           AGE   VERSION   INTERNAL-IP    EXTERNAL-IP   OS-IMAGE                         KERNEL-VERSION   CONTAINER-RUNTIME
g1     Ready    control-plane   80d   v1.29.6   ${A}    <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-21-amd64   containerd://1.7.18
g2     Ready    <none>          80d   v1.29.6   ${B}    <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-21-amd64   containerd://1.7.18
$ kubectl get pods -A -o wide
NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES
shop        front   1/1     Running   0          19d   10.66.1.9    g1     <none>           <none>
shop        web     1/1     Running   0          19d   10.66.2.13   g2     <none>           <none>
$ kubectl exec -n shop front -- ping -c 3 10.66.2.13
PING 10.66.2.13 (10.66.2.13): 56 data bytes

--- 10.66.2.13 ping statistics ---
3 packets transmitted, 0 packets received, 100% packet loss
`,
});
const KINDS = ['gre', 'ipip', 'geneve'] as const;

describe('tunnels whose device names the only other end', () => {
  it.each(KINDS)('a wrong remote is named, with the command that mends the device: %s', (kind) => {
    const report = reportByCommand(bundle({ kind, remote: NOWHERE }, { kind, remote: A }));
    expect(report.verdict).toMatchObject({ state: 'diagnosed', cause: 'stale-vtep', confidence: 'likely' });
    expect(report.verdict.summary).toContain(`to ${NOWHERE} by pods0, while g2 is ${B}`);
    const fixes = report.findings[0]?.remedy?.map(({ command }) => command) ?? [];
    expect(fixes).toContain(`ip link set pods0 type ${kind} remote ${B}    # on g1`);
  });

  it('so is one of the answers\u2019 way', () => {
    const report = reportByCommand(bundle({ kind: 'gre', remote: B }, { kind: 'gre', remote: NOWHERE }));
    expect(report.verdict.cause).toBe('stale-vtep');
    expect(report.findings[0]?.subjects.slice(0, 3)).toEqual([NOWHERE, 'g2', 'g1']);
  });

  it.each(KINDS)('a rule that drops its protocol is named: %s', (kind) => {
    const match = { gre: '-p gre', ipip: '-p ipencap', geneve: '-p udp -m udp --dport 6081' }[kind];
    const rules = `[8:672] -A INPUT ${match} -j DROP\n`;
    const report = reportByCommand(bundle({ kind, remote: B }, { kind, remote: A, rules }));
    expect(report.verdict).toMatchObject({ cause: 'overlay-port-blocked', confidence: 'likely' });
  });

  it('right ones are not accused, and neither is a second address of the peer', () => {
    expect(accused(reportByCommand(bundle({ kind: 'gre', remote: B }, { kind: 'gre', remote: A })))).toEqual([]);
    const two: End = { kind: 'geneve', remote: A, second: NOWHERE };
    expect(accused(reportByCommand(bundle({ kind: 'geneve', remote: NOWHERE }, two)))).toEqual([]);
  });

  it('a remote is not accused where nothing shows the peer\u2019s addresses', () => {
    const { 'g2.txt': _two, ...files } = bundle({ kind: 'gre', remote: NOWHERE }, { kind: 'gre', remote: A });
    expect(accused(reportByCommand(files))).toEqual([]);
  });
});
