import { describe, expect, it } from 'vitest';
import { sectionOf } from '../../src/parse/routing/section.js';
import { analyzed } from '../bundle-folder.js';
import { accused, reportByCommand } from '../report-by-command.js';

const NODES = `$ kubectl get nodes -o wide
NAME   STATUS   ROLES           AGE   VERSION   INTERNAL-IP    EXTERNAL-IP   OS-IMAGE                         KERNEL-VERSION   CONTAINER-RUNTIME
w1     Ready    control-plane   80d   v1.29.6   172.20.5.11    <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-21-amd64   containerd://1.7.18
w2     Ready    <none>          80d   v1.29.6   172.20.5.12    <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-21-amd64   containerd://1.7.18
$ kubectl get pods -A -o wide
NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES
shop        front   1/1     Running   0          19d   10.90.0.9    w1     <none>           <none>
shop        web     1/1     Running   0          19d   10.90.1.13   w2     <none>           <none>
`;
const address = (
  n: number,
): string => `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: ens3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether 52:54:00:20:05:1${n} brd ff:ff:ff:ff:ff:ff
    inet 172.20.5.1${n}/24 brd 172.20.5.255 scope global ens3
       valid_lft forever preferred_lft forever
`;
const routes = (own: number, other: number): string => `default via 172.20.5.1 dev ens3
10.90.${own - 1}.0/24 dev cni0 proto kernel scope link src 10.90.${own - 1}.1
10.90.${other - 1}.0/24 via 172.20.5.1${other} dev ens3
172.20.5.0/24 dev ens3 proto kernel scope link src 172.20.5.1${own}
`;
const FORWARD = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [41:2460]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n';
const dumps = (own: number, other: number, rules = ''): string =>
  `# ip route\n${routes(own, other)}${rules === '' ? '' : `# iptables-save -c\n${rules}`}`;
/** Nodes of the report's findings, and of its walks. */
const named = (report: unknown, word: string): boolean => JSON.stringify(report).includes(word);

describe('sections that are headed by a word alone', () => {
  it('reads framed words, and headings of Markdown from the second level on', () => {
    expect(
      ['##### w1 #####', '--- w1 ---', '=== node w1 ===', '==[ ip-10-0-0-7.ec2.internal ]=='].map(sectionOf),
    ).toEqual(['w1', 'w1', 'w1', 'ip-10-0-0-7.ec2.internal']);
    for (const line of [
      '节点 w1：',
      '在节点 w1 上查看路由:',
      '2、w1节点上执行：',
      '在 w1 上抓包',
      'w1:',
      '=== w1',
      '>>> node w1',
      '==> w1 <==',
      '## w1',
      '##### w1',
      '### Node w1',
      '## `w1` (10.1.2.3)',
    ])
      expect(sectionOf(line), line).toBe('w1');
    for (const line of [
      '---',
      '--- a b ---',
      '-- w1',
      '# w1',
      '##### w1 w2',
      '##w1',
      'Routes:',
      'metadata:',
      '在 Pod 内 ping 其他主机的地址',
      '查看路由：',
      '10.1.2.3:',
      '=== w1 ---',
      '--- 10.1.1.1 ping statistics ---',
    ])
      expect(sectionOf(line), line).toBeUndefined();
  });

  it('reads words that a sentence or a bold line gives', () => {
    for (const line of [
      'From master node w1:',
      'On the worker w1:',
      'on `w1`:',
      '**Node w1:**',
      '### Worker node w1',
      '**w1**',
      '---- 10.1.2.3 ( w1 ) ----',
    ])
      expect(sectionOf(line), line).toBe('w1');
    for (const line of [
      'From the other node:',
      'On both:',
      'node w1',
      'I ran it on w1:',
      'On w1 I see:',
      '# On it:',
      'Node: w1',
    ])
      expect(sectionOf(line), line).toBeUndefined();
  });

  for (const frame of ['##### NODE #####', '--- NODE ---', '== node NODE ==', 'From node NODE:', '**NODE**'])
    it(`gives the dumps beneath ${frame} to that node`, () => {
      const report = reportByCommand({
        'ticket.txt': `${NODES}\n${frame.replace('NODE', 'w1')}\n${dumps(1, 2)}\n${frame.replace('NODE', 'w2')}\n${dumps(2, 1, FORWARD)}`,
      });
      expect(accused(report)).toEqual(['forward-drop']);
      expect(report.verdict.subjects).toContain('w2');
      expect(report.verdict.subjects).not.toContain('w1');
    });

  it('needs no command above a dump, and a later prompt tells more than the word', async () => {
    const report = await analyzed({
      'ticket.txt': `${NODES}\n### w1 ###\n${routes(1, 2)}\n### w2 ###\n${routes(2, 1)}\n[root@w1 ~]# iptables-save -c\n${FORWARD}`,
    });
    expect(report.findings.filter(({ code }) => code === 'forward-drop').flatMap(({ subjects }) => subjects)).toContain(
      'w1',
    );
  });

  it('knows nodes that nobody lists by their own addresses', () => {
    const report = reportByCommand({
      'ticket.txt': [1, 2].map((n) => `##### box${n} #####\n# ip addr\n${address(n)}${dumps(n, 3 - n)}`).join('\n'),
    });
    expect(accused(report)).toEqual([]);
    expect(named(report, 'box1') && named(report, 'box2')).toBe(true);
  });

  it('knows them by the sources of their own routes, where nobody lists addresses', async () => {
    const report = await analyzed({
      'ticket.txt': [1, 2]
        .map((n) => `From worker node box${n}:\n\`\`\`\nip route\n\n${routes(n, 3 - n)}\`\`\`\n`)
        .join('\n'),
    });
    expect(report.bundle.nodes).toEqual(['box1', 'box2']);
    const twice = await analyzed({
      'ticket.txt': [1, 2]
        .map((n) => `From worker node box${n}:\n\`\`\`\nip route\n\n${routes(1, 2)}\`\`\`\n`)
        .join('\n'),
    });
    expect(twice.bundle.nodes).toEqual([]);
  });

  it('makes no node of a word over dumps of one host', () => {
    const two = (['before1', 'after2'] as const)
      .map((word) => `=== ${word} ===\n# ip addr\n${address(1)}--- routes ---\n${dumps(1, 2)}`)
      .join('\n');
    for (const listed of ['', NODES]) {
      const report = reportByCommand({ 'kubectl.txt': listed, 'w1.txt': two });
      expect(accused(report)).toEqual([]);
      for (const word of ['before1', 'after2']) expect(named(report, word), word).toBe(false);
    }
  });

  it('takes what stands beneath a pod for the pod’s', () => {
    const report = reportByCommand({
      'ticket.txt': `${NODES}\n##### w1 #####\n${dumps(1, 2)}\n##### w2 #####\n${dumps(2, 1)}\n##### front #####\n# ip route\ndefault via 10.90.0.1 dev eth0\n10.90.0.0/24 dev eth0 proto kernel scope link src 10.90.0.9\n`,
    });
    expect(accused(report)).toEqual([]);
  });
});
