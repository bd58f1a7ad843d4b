import { describe, expect, it } from 'vitest';
import { accused, reportByCommand } from '../report-by-command.js';
import { at } from './case-of.js';

/** Two nodes with pods of IPv6 and no tunnel, as the kernel of the lab had them: ICMPv6 was dropped on the second. */
const node = (n: 1 | 2, entry: string, rules: string): string => {
  const [own, other] = n === 1 ? [11, 21] : [21, 11];
  const peer = n === 1 ? 5 : 4;
  const name = `duo${n}`;
  return (
    at(
      name,
      'ip addr',
      `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet6 ::1/128 scope host
2: ens18: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether ce:99:5f:67:04:0${n} brd ff:ff:ff:ff:ff:ff
    inet6 fd5a:61:7::${own}/64 scope global
3: br-pod: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether ce:99:5f:67:05:0${n} brd ff:ff:ff:ff:ff:ff
    inet6 fd5a:61:7:b${n + 3}::1/64 scope global
4: veth0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br-pod state UP group default qlen 1000
    link/ether ce:99:5f:67:06:0${n} brd ff:ff:ff:ff:ff:ff`,
    ) +
    at(
      name,
      'ip -6 route',
      `fd5a:61:7::/64 dev ens18 proto kernel metric 256 pref medium
fd5a:61:7:b${n + 3}::/64 dev br-pod proto kernel metric 256 pref medium
fd5a:61:7:b${peer}::/64 via fd5a:61:7::${other} dev ens18 metric 1024 pref medium`,
    ) +
    at(name, 'ip -6 neigh', `fd5a:61:7::${other} dev ens18 ${entry}`) +
    at(
      name,
      'ip6tables-save -c',
      `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules}COMMIT`,
    )
  );
};

const told = (one: readonly [string, string], two: readonly [string, string]) =>
  reportByCommand({
    'admin.txt': `$ kubectl get nodes -o wide
NAME   STATUS   ROLES           AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE                         KERNEL-VERSION    CONTAINER-RUNTIME
duo1   Ready    control-plane   41d   v1.31.4   fd5a:61:7::11   <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-28-amd64    containerd://1.7.24
duo2   Ready    <none>          41d   v1.31.4   fd5a:61:7::21   <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-28-amd64    containerd://1.7.24
$ kubectl get pods -A -o wide
NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP                 NODE   NOMINATED NODE   READINESS GATES
shop        cli     1/1     Running   0          6d    fd5a:61:7:b4::15   duo1   <none>           <none>
shop        web     1/1     Running   0          6d    fd5a:61:7:b5::21   duo2   <none>           <none>
$ kubectl exec -n shop cli -- ping -c 3 fd5a:61:7:b5::21
PING fd5a:61:7:b5::21 (fd5a:61:7:b5::21): 56 data bytes

--- fd5a:61:7:b5::21 ping statistics ---
3 packets transmitted, 0 packets received, 100% packet loss
`,
    'duo1.txt': node(1, ...one),
    'duo2.txt': node(2, ...two),
  });

const FOUND = 'lladdr ce:99:5f:67:04:01 REACHABLE';

describe('IPv6 neighbour discovery that a node drops', () => {
  it.each([
    ['all of ICMPv6', '[25:1656] -A INPUT -i ens18 -p ipv6-icmp -j DROP\n', 'duo2'],
    ['solicitations', '[9:648] -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j DROP\n', 'duo2'],
    [
      'what no rule of its accepts',
      '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED,NEW -j ACCEPT\n[9:648] -A INPUT -j REJECT --reject-with icmp6-adm-prohibited\n',
      'duo2',
    ],
  ])('is proven by the rule and the neighbour that nobody finds: %s', (_what, rules, culprit) => {
    const report = told(['INCOMPLETE', ''], [FOUND, rules]);
    expect(report.verdict).toMatchObject({ state: 'diagnosed', cause: 'host-firewall-drop', confidence: 'proven' });
    expect(report.findings[0]?.subjects[0]).toBe(culprit);
    expect(report.findings[0]?.remedy?.[0]?.command).toMatch(
      /^ip6tables -I INPUT 1 -p icmpv6 --icmpv6-type neighbour-solicitation -j ACCEPT && .* # on duo2$/,
    );
  });

  it('names the asker where it drops the answers', () => {
    const rules = '[3:216] -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j DROP\n';
    const report = told(['FAILED', rules], [FOUND, '']);
    expect(report.verdict.cause).toBe('host-firewall-drop');
    expect(report.findings[0]?.subjects[0]).toBe('duo1');
  });

  it.each([
    ['the rule is for another type', '[0:0] -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j DROP\n'],
    ['the rule is for another device', '[0:0] -A INPUT -i br-pod -p ipv6-icmp -j DROP\n'],
    [
      'the link’s own questions are let in before it',
      '-A INPUT -s fe80::/10 -p ipv6-icmp -j ACCEPT\n[0:0] -A INPUT -p ipv6-icmp -j DROP\n',
    ],
    ['multicast is let in before it', '-A INPUT -d ff02::/16 -j ACCEPT\n[0:0] -A INPUT -p ipv6-icmp -j DROP\n'],
  ])('accuses nobody where %s', (_what, rules) => {
    expect(accused(told(['INCOMPLETE', ''], [FOUND, rules]))).not.toContain('host-firewall-drop');
  });

  it('accuses nobody of a rule where the neighbour was found', () => {
    const rules = '[0:0] -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j DROP\n';
    expect(accused(told(['lladdr ce:99:5f:67:04:02 STALE', ''], [FOUND, rules]))).not.toContain('host-firewall-drop');
  });
});
