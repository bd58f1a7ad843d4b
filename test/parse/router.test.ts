import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../src/core/address.js';
import type { Sink } from '../../src/core/sink.js';
import { PARSERS } from '../../src/parse/index.js';
import { parseCommand } from '../../src/parse/routing/command.js';
import { type Piece, TextRouter } from '../../src/parse/routing/router.js';

const addresses = new AddressTable();
const sink: Sink = {
  addresses,
  tap: () => 1,
  packet: () => undefined,
  packetIn: () => undefined,
  capture: () => undefined,
  emit: () => undefined,
  note: () => undefined,
  host: () => undefined,
  of: () => sink,
};

/** Pieces of a text, and which of its lines nobody understood. */
function split(text: string, path = 'paste.txt'): { pieces: Piece[]; missed: number[]; crashed: string[] } {
  const pieces: Piece[] = [];
  const missed: number[] = [];
  const crashed: string[] = [];
  const router = new TextRouter(PARSERS, path, {
    open: (piece) => {
      pieces.push(piece);
      return sink;
    },
    finished: () => {},
    unread: () => {},
    notUnderstood: (_, line) => missed.push(line),
    crashed: (parser, line, error) => crashed.push(`${parser}:${line} ${String(error)}`),
  });
  const lines = text.split('\n');
  lines.forEach((line, i) => {
    router.line({ text: line, number: i + 1, offset: 0 });
  });
  router.end(lines.length);
  return { pieces, missed, crashed };
}

it('leaves out lines of text beyond 8000 characters: half a rule would say something else', () => {
  const rules = (comment: string): string =>
    `*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m comment --comment "${comment}" -j DROP\n-A INPUT -j ACCEPT\nCOMMIT`;
  expect(split(rules('x')).missed).toEqual([]);
  const { pieces, missed } = split(rules('x'.repeat(9000)));
  expect([pieces.map(({ parser }) => parser), missed]).toEqual([['iptables-save'], [3]]);
  const json = `[{"ifname":"eth0","ifalias":"${'x'.repeat(9000)}","addr_info":[]}]`;
  expect(split(`root@n1:~# ip -j addr\n${json}`).missed).toEqual([]);
});

const brief = (text: string): string[] =>
  split(text).pieces.map(
    (p) =>
      `${p.firstLine} ${p.parser}${p.host === undefined ? '' : ` @${p.host}`}${p.netns === undefined ? '' : ` in ${p.netns}`}${p.filtered ? ' filtered' : ''}`,
  );

const ROUTES =
  'default via 172.21.0.1 dev ens18 proto static \n10.61.2.0/24 via 10.61.2.0 dev flannel.1 onlink \n172.21.0.0/24 dev ens18 proto kernel scope link src 172.21.0.9 ';
const RULES = '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default';
const ADDR =
  '2: ens18: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000\n    link/ether 02:11:22:33:44:55 brd ff:ff:ff:ff:ff:ff\n    inet 172.21.0.9/24 brd 172.21.0.255 scope global ens18\n       valid_lft forever preferred_lft forever';

describe('prompts', () => {
  it.each([
    ['[root@alpha ~]# ', 'alpha'],
    ['[root@alpha /etc/cni/net.d]# ', 'alpha'],
    ['root@alpha:~# ', 'alpha'],
    ['ubuntu@alpha:/var/log$ ', 'alpha'],
    ['core@alpha ~ $ ', 'alpha'],
    ['alpha:~ # ', 'alpha'],
    ['alpha:/etc # ', 'alpha'],
    ['[alpha ~]# ', 'alpha'],
    ['alpha# ', 'alpha'],
    ['k8s-m1$ ', 'k8s-m1'],
    ['(base) me@alpha:~$ ', 'alpha'],
    ['root@alpha.example.org:~# ', 'alpha.example.org'],
  ])('%s names the host', (prompt, host) => {
    expect(brief(`${prompt}ip route\n${ROUTES}\n${prompt}ip rule\n${RULES}`)).toEqual([
      `1 ip-route @${host}`,
      `5 ip-rule @${host}`,
    ]);
  });

  it.each(['# ', '$ ', '$', '/ # ', '~ # ', 'sh-4.2# ', 'bash-5.1$ ', '❯ ', '➜  ~ '])('%s names none', (prompt) => {
    expect(brief(`${prompt}ip route\n${ROUTES}\n${prompt}ip rule\n${RULES}`)).toEqual(['1 ip-route', '5 ip-rule']);
  });

  it('a pod’s log is not of the node where kubectl was typed', () => {
    const log = 'I0727 13:48:45.813239       1 main.go:531] Using interface with name eth0 and address 10.52.101.14';
    const typed = (command: string): string[] => brief(`root@alpha:~# ${command}\n${log}`);
    expect(typed('kubectl -n kube-flannel logs kube-flannel-ds-x2x4z -c kube-flannel')).toEqual([
      '1 flannel-log @kube-flannel-ds-x2x4z',
    ]);
    expect(typed('kubectl logs --tail 50 -n kube-flannel pod/kube-flannel-ds-x2x4z')).toEqual([
      '1 flannel-log @kube-flannel-ds-x2x4z',
    ]);
    expect(typed('kubectl logs -n kube-flannel -l app=flannel')).toEqual(['1 flannel-log']);
    expect(typed('docker logs kube-flannel')).toEqual(['1 flannel-log @alpha']);
  });

  it('ends a piece at a command whose output nobody reads', () => {
    const { pieces, missed } = split(`$ ip route\n${ROUTES}\n$ lsmod\nip_tables 32768 5\n$ ip rule\n${RULES}`);
    expect(pieces.map((p) => p.parser)).toEqual(['ip-route', 'ip-rule']);
    expect(missed).toEqual([]);
  });

  it('takes comments and prose for what they are', () => {
    const text = `# 10.1.2.3 是一个 master 节点\n$ ip route\n${ROUTES}\n# ip route 看起来没有问题。\n> 注意：抓包\n$ ip rule\n${RULES}`;
    expect(split(text).pieces.map((p) => p.parser)).toEqual(['ip-route', 'ip-rule']);
  });
});

describe('no prompts', () => {
  it('tells formats apart by their lines, with prose between', () => {
    expect(brief(`路由如下：\n${ROUTES}\n\nand the addresses:\n${ADDR}\n\nRules:\n${RULES}`)).toEqual([
      '2 ip-route',
      '7 ip-addr',
      '13 ip-rule',
    ]);
  });
});

describe('headings', () => {
  it.each([
    ['==> ip route <=='],
    ['### ip route ###'],
    ['===== ip route ====='],
    ['--- ip route ---'],
    ['+ ip route'],
    ['Command: ip route'],
    ['# /usr/sbin/ip route'],
    ['## `ip route`'],
    ['[ip route]'],
  ])('%s', (heading) => {
    expect(brief(`${heading}\n${ROUTES}`)).toEqual(['1 ip-route']);
  });

  it.each([
    ['===== n1: ip route ====='],
    ['============ n1 : ip route ============'],
    ['### n1 - ip route ###'],
    ['--- n1 | ip route ---'],
    ['=== ip route on n1 ==='],
    ['=== ip route on node n1 ==='],
    ['### ip route (n1)'],
    ['--- ip route @ n1 ---'],
    ['`ip route` at n1:'],
    ['`ip route` on `n1`'],
    ['**Output of `ip route` from the node n1:**'],
    ['The output of ip route on n1:'],
    ['ip route on host n1:'],
    ['**n1 ip route**'],
    ['### n1 ip route'],
  ])('%s names the host as well', (heading) => {
    expect(brief(`${heading}\n${ROUTES}`)).toEqual(['1 ip-route @n1']);
  });

  it.each([
    ['I looked at the output of ip route on both nodes:'],
    ['`ip route` on each:'],
    ['ip route on the node:'],
    ['The route on n1 is missing, which I see from this:'],
    ['### Step-2 ip route'],
    ['### show ip route'],
  ])('%s names no host', (sentence) => {
    expect(brief(`${sentence}\n${ROUTES}`)).toEqual([expect.not.stringContaining('@')]);
  });
});

it('what is typed in the shell of kubectl debug is of that node, until it is left', () => {
  const shell = (node: string): string =>
    `$ kubectl debug node/${node} -it --image=netshoot\nCreating debugging pod node-debugger-${node}-x7k2p with container debugger on node ${node}.\nIf you don't see a command prompt, try pressing enter.\n~ # chroot /host\nsh-5.1# ip route\n${ROUTES}\nsh-5.1# exit\n`;
  expect(brief(shell('beta') + shell('gamma')).filter((line) => line.includes('ip-route'))).toEqual([
    expect.stringContaining('ip-route @beta'),
    expect.stringContaining('ip-route @gamma'),
  ]);
});

describe('wrappers', () => {
  it.each([
    ['kubectl exec -it web-6d5f7c9b8-abcde -n shop -- ip route', 'pod web-6d5f7c9b8-abcde', undefined],
    [
      'kubectl -n kube-system exec kube-flannel-ds-x2x4z -c kube-flannel -- ip route',
      undefined,
      'kube-flannel-ds-x2x4z',
    ],
    ['nsenter -t 4711 -n ip route', 'pid 4711', undefined],
    ['nsenter --net --target 4711 ip route', 'pid 4711', undefined],
    ['nsenter -t 1 -m -n -- ip route', undefined, undefined],
    ['ip netns exec cni-1234 ip route', 'cni-1234', undefined],
    ['ip -n cni-1234 route', 'cni-1234', undefined],
    ['sudo /sbin/ip route', undefined, undefined],
    ['ssh -i key root@beta ip route', undefined, 'beta'],
    ['kubectl debug node/beta -it --image=busybox -- ip route', undefined, 'beta'],
    ['oc debug node/beta -- chroot /host ip route', undefined, 'beta'],
    ['chroot /host ip route', undefined, undefined],
    // A node of kind is a container; others are what they are called, unless the bundle lists a node of that name.
    ['docker exec kind-worker ip route', undefined, 'kind-worker'],
    ['docker exec -it dev-control-plane ip route', undefined, 'dev-control-plane'],
    ['docker exec celery-worker ip route', 'pod celery-worker', undefined],
    ["vagrant ssh beta -c 'ip route'", undefined, 'beta'],
    ['vagrant ssh beta -- sudo ip route', undefined, 'beta'],
    ['multipass exec beta -- sudo ip route', undefined, 'beta'],
    ['lxc exec beta -- ip route', undefined, 'beta'],
    ['incus exec --project lab beta -- ip route', undefined, 'beta'],
    ['limactl shell beta sudo ip route', undefined, 'beta'],
    ['minikube ssh -n minikube-m02 -- sudo ip route', undefined, 'minikube-m02'],
    ['minikube -p lab ssh "sudo ip route"', undefined, 'lab'],
    ['minikube ssh ip route', undefined, 'minikube'],
    ['gcloud compute ssh me@beta --zone europe-west1-b --command="sudo ip route" --project x', undefined, 'beta'],
    ['kubectl node-shell beta -- ip route', undefined, 'beta'],
    ['timeout 5 bash -c "ip route"', undefined, undefined],
  ])('%s', (typed, netns, host) => {
    expect(parseCommand(typed)).toMatchObject({ text: 'ip route', netns, host, filtered: false });
  });

  it('a pipe that drops lines marks the piece', () => {
    expect(brief('[root@alpha ~]# iptables-save | grep KUBE\n-A KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-X')).toEqual([
      '1 iptables-save @alpha filtered',
    ]);
    expect(brief(`$ ip route | cat\n${ROUTES}`)).toEqual(['1 ip-route']);
    expect(brief(`$ ip route | head -3\n${ROUTES}`)).toEqual(['1 ip-route filtered']);
  });

  it('an interactive shell in a pod holds until it is left', () => {
    const text = `[root@alpha ~]# kubectl exec -it web-0 -- sh\n/ # ip route\n${ROUTES}\n/ # exit\n[root@alpha ~]# ip rule\n${RULES}`;
    expect(brief(text)).toEqual(['2 ip-route @alpha in pod web-0', '7 ip-rule @alpha']);
  });

  it('a shell in a network namespace keeps the prompt of its node', () => {
    const text = `[root@alpha ~]# nsenter -t 4711 -n\n[root@alpha ~]# ip route\n${ROUTES}\n[root@alpha ~]# exit\n[root@alpha ~]# ip rule\n${RULES}`;
    expect(brief(text)).toEqual(['2 ip-route @alpha in pid 4711', '7 ip-rule @alpha']);
  });
});

describe('what formats carry inside', () => {
  it('scripts and arguments of a manifest do not end it', () => {
    const yaml = [
      'apiVersion: v1',
      'kind: Pod',
      'metadata:',
      '  name: setup',
      'spec:',
      '  initContainers:',
      '  - name: sysctl',
      '    command:',
      '    - sysctl',
      '    - -w',
      '    args:',
      '    - ip route',
      '    # ip route',
      '  hostNetwork: true',
    ].join('\n');
    expect(brief(yaml)).toEqual(['1 kubernetes-object']);
  });

  it('output of inspect commands does not swallow what follows', () => {
    const text =
      '$ crictl inspect 或者 docker inspect xx\n16:40:19.165180 eth0 Out IP 10.1.1.1.5000 > 10.2.2.2.80: Flags [S], seq 1, win 1, length 0';
    expect(split(text).pieces.map((p) => p.parser)).toContain('tcpdump-text');
  });
});

describe('hostile text', () => {
  it('long lines and control characters do not break it', () => {
    const { crashed } = split(
      [`${'x'.repeat(200_000)}`, '\u0000\u0001\u001b[31m', `# ${'a@'.repeat(5000)}`, `[${'a '.repeat(900)}`].join('\n'),
    );
    expect(crashed).toEqual([]);
  });

  it('headings are found in linear time', () => {
    // Time of the processor, not of the clock: a busy machine must not fail it.
    const started = process.cpuUsage();
    split(Array.from({ length: 2000 }, () => `a@${'b:'.repeat(700)}`).join('\n'));
    split(Array.from({ length: 2000 }, () => `=${'= '.repeat(700)}x`).join('\n'));
    split(Array.from({ length: 2000 }, () => `~/${'a/'.repeat(700)}`).join('\n'));
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(4000);
  });
});

describe('markdown', () => {
  it('ends a piece, its command and its host at the end of a code block', () => {
    const text = ['```', '$ ip route', ROUTES, '```', 'And the rules:', '```', RULES, '```'].join('\n');
    expect(split(text)).toMatchObject({ pieces: [{ parser: 'ip-route' }, { parser: 'ip-rule' }], missed: [] });
    const two = `\`\`\`\nroot@alpha:~# ip route\n${ROUTES}\n\`\`\`\nWorker:\n\`\`\`sh\n${ADDR}\n\`\`\``;
    expect(brief(two)).toEqual(['2 ip-route @alpha', '9 ip-addr']);
  });

  it('keeps the command that is written right above a block', () => {
    expect(split(`alpha $ ip r\n~~~\n${ROUTES}\n~~~`).pieces).toMatchObject([{ parser: 'ip-route', host: 'alpha' }]);
  });

  it('takes the first line of a block for a command without any sign, also when glued to the fence', () => {
    const arp = '? (10.244.0.19) at <incomplete> on cni0';
    expect(brief(`\`\`\`\narp -a | grep incomplete\n${arp}\n\`\`\``)).toEqual(['2 arp filtered']);
    expect(brief(`\`\`\`$ arp -a\n${arp}\n\`\`\``)).toEqual(['1 arp']);
  });

  it('reads a line in backticks and a prompt in bold', () => {
    const martian = 'Nov 14 02:48:18 n7 kernel: IPv4: martian source 10.96.3.1 from 10.0.0.41, on dev tun0';
    expect(brief(`We see:\n\`${martian}\`\nagain.`)).toEqual(['2 kernel-log']);
    expect(brief(`**root@alpha:/home/me# ip route**\n${ROUTES}`)).toEqual(['1 ip-route @alpha']);
  });

  it('knows Jira’s blocks, and prompts that are quoted', () => {
    const text = `{code:bash}\nroot@alpha:~# ip route\n${ROUTES}\n{code}\n{noformat}\n${RULES}\n{noformat}\n${ADDR}`;
    expect(split(text)).toMatchObject({ missed: [] });
    expect(brief(text)).toEqual(['2 ip-route @alpha', '8 ip-rule', '12 ip-addr']);
    expect(brief(`root@alpha:~# ip route\n${ROUTES}\n> [root@beta ~]# ip rule\n${RULES}`)).toEqual([
      '1 ip-route @alpha',
      '5 ip-rule @beta',
    ]);
  });

  it('leaves rows of tildes alone', () => {
    expect(brief(`root@alpha:~# ip route\n${ROUTES}\n~~~~~~~~~~~~\n${RULES}`)).toEqual([
      '1 ip-route @alpha',
      '6 ip-rule @alpha',
    ]);
  });
});

describe('the command that a file name spells', () => {
  it.each([
    ['sos_commands/networking/ip_-4_rule_list', RULES, 'ip -4 rule list'],
    ['cmd/ip--4-route-show-table-200.md', ROUTES, 'ip -4 route show table 200'],
    ['cmd/ip--d--s-l.md', ADDR, 'ip -d -s l'],
    ['node/ip-route.txt', ROUTES, 'ip route'],
  ])('%s', (path, text, command) => {
    expect(split(text, path).pieces.map((piece) => piece.command)).toEqual([command]);
  });
});

describe('output that no parser reads', () => {
  const unread = (text: string): string[] => {
    const said: string[] = [];
    const router = new TextRouter(PARSERS, 'paste.txt', {
      open: () => sink,
      finished: () => {},
      unread: (command, first, count) => said.push(`${command}: ${count} at ${first}`),
      notUnderstood: () => {},
      crashed: () => {},
    });
    const lines = text.split('\n');
    lines.forEach((line, i) => {
      router.line({ text: line, number: i + 1, offset: 0 });
    });
    router.end(lines.length);
    return said;
  };

  it('is named with its command, where that shows the network', () => {
    const wg = 'interface: wg0\n  listening port: 51820\n\npeer: h7VnIIfGf0dLWnVWl7s=\n  endpoint: 192.0.2.12:51820';
    expect(unread(`root@n1:~# wg show\n${wg}\nroot@n1:~# ip route\n${ROUTES}`)).toEqual(['wg show: 4 at 1']);
    expect(unread(`$ cilium-dbg bpf tunnel list\nTUNNEL        VALUE\n10.42.1.0:0   192.0.2.12:0`)).toEqual([
      'cilium-dbg bpf tunnel list: 2 at 1',
    ]);
    expect(unread(`root@n1:~# cat /sys/class/net/bond0/bonding/slaves\neth0 eth1`)).toEqual([
      'cat /sys/class/net/bond0/bonding/slaves: 1 at 1',
    ]);
  });

  it('is named without what may be nobody else’s business', () => {
    expect(unread('root@n1:~# etcdctl --user=root:secret member list\nabc, started')).toEqual(['etcdctl: 1 at 1']);
    expect(unread('root@n1:~# ss -tnp dst 192.0.2.1\nsomething else')).toEqual(['ss -tnp dst: 1 at 1']);
  });

  it('is no word worth where it shows no network, is empty, or is read by what it says', () => {
    expect(
      unread('root@n1:~# uptime\n 10:02 up 3 days\nroot@n1:~# vi x\n~\nroot@n1:~# kubectl apply -f x.yaml\ndone'),
    ).toEqual([]);
    expect(unread('root@n1:~# wg show\nroot@n1:~# exit\nlogout')).toEqual([]);
    expect(unread(`root@n1:~# vtysh -c 'show it'\n${ROUTES}`)).toEqual([]);
  });
});

describe('what a mail or forum quotes', () => {
  const object =
    'apiVersion: v1\nkind: Node\nmetadata:\n  name: n1\n  annotations:\n    flannel.alpha.coreos.com/public-ip: 192.0.2.7\nspec:\n  podCIDR: 10.1.2.0/24';
  const quote = (text: string, marks: string): string =>
    text
      .split('\n')
      .map((line) => `${marks}${line}`.trimEnd())
      .join('\n');
  const text = `root@n1:~# kubectl get node n1 -o yaml\n${object}\n\nroot@n1:~# ip route\n${ROUTES}`;

  it.each(['> ', '> > ', '   > '])('is read as if it stood there without its marks: %j', (marks) => {
    expect(split(quote(text, marks))).toEqual(split(text));
    expect(split(`Hello,\nsee below\n\n${quote(text, marks)}`).missed).toEqual([]);
  });

  it('ends where the marks end, and curl’s own marks are none', () => {
    const both = `${quote(`root@n1:~# ip route\n${ROUTES}`, '> ')}\n\nroot@n2:~# ip route\n${ROUTES}`;
    expect(brief(both)).toEqual(['1 ip-route @n1', '6 ip-route @n2']);
    const curl =
      'root@n1:~# curl -v http://10.1.2.3/\n*   Trying 10.1.2.3:80...\n* Connected to 10.1.2.3 (10.1.2.3) port 80 (#0)\n> GET / HTTP/1.1\n> Host: 10.1.2.3\n>\n< HTTP/1.1 200 OK';
    expect(split(curl).missed).toEqual([]);
    expect(split(quote(curl, '> ')).missed).toEqual([]);
  });

  it('is told from a shell’s sign', () => {
    expect(brief(`> ip route\n${ROUTES}`)).toEqual(['1 ip-route']);
  });
});

it('a sentence names the block beneath it, with or without a blank line between', () => {
  const block = `\`\`\`\n${ROUTES}\n\`\`\``;
  for (const gap of ['\n', '\n\n', '\n\n\n'])
    expect(brief(`\`ip route\` on n1:${gap}${block}`)).toEqual([expect.stringContaining('ip-route @n1')]);
  expect(brief(`\`ip route\` on n1:\n\nIt is this:\n\n${block}`).at(-1)).toBe('6 ip-route');
});

describe('a heading of Markdown with a name', () => {
  const sections = (text: string): (string | undefined)[] => split(text).pieces.map(({ section }) => section);
  const block = `\`\`\`\n$ ip route\n${ROUTES}\n\`\`\``;

  it('stands above all blocks up to the next heading', () => {
    const text = `# Ticket\n\n## w1\n\n${block}\n\nand its neighbours\n\n${block}\n\n### Node w2 (192.0.2.2)\n\n${block}\n\n## What we tried so far\n\n${block}`;
    expect(sections(text)).toEqual(['w1', 'w1', 'w2', undefined]);
  });

  it('is none within a block, and a name above one block is that block’s alone', () => {
    expect(sections(`## w1\n\n\`\`\`\n## w2\n$ ip route\n${ROUTES}\n\`\`\`\n\n${block}`).at(-1)).toBe('w1');
    expect(sections(`**w1**\n\n${block}\n\n${block}`)).toEqual(['w1', undefined]);
  });
});

describe('prose behind an output', () => {
  const sysctl = 'net.ipv4.ip_forward = 0\nnet.ipv4.conf.all.rp_filter = 1';
  const behind = (prose: string, rest = ''): number[] =>
    split(`root@n1:~# sysctl -a\n${sysctl}\n${prose}\n${rest}`).missed;

  it('is none of its lines', () => {
    for (const prose of ['再看一下：', '\n转发没有打开，所以包被丢掉了。', 'Then I looked at the other node:']) {
      expect(behind(prose)).toEqual([]);
      expect(behind(prose, `root@n1:~# ip route\n${ROUTES}`)).toEqual([]);
    }
  });

  it('is what was not understood, where the output goes on or no sentence stands there', () => {
    expect(behind('再看一下：', 'net.ipv4.conf.eth0.rp_filter = 1')).toEqual([4]);
    expect(behind('net.ipv4.conf')).toEqual([4]);
    expect(behind('再看一下：', 'net.ipv4.conf')).toEqual([4, 5]);
  });
});

describe('a loop over hosts', () => {
  const loop = (echo: string, list = 'n1 n2'): string =>
    `root@ctl:~# for h in ${list}; do ${echo}; ssh $h ip route; done\n`;
  const both = (heading: (host: string) => string): string =>
    ['n1', 'n2'].map((host) => `${heading(host)}\n${ROUTES}\n`).join('');

  it.each([
    ['echo "=== $h"', (host: string) => `=== ${host}`],
    ["echo '# node ${h}:'", (host: string) => `# node ${host}:`],
    ['echo $h', (host: string) => host],
    ['echo -e "\\n----- $h -----"', (host: string) => `\n----- ${host} -----`],
  ])('names each of them by what it prints: %s', (echo, heading) => {
    const text = `${loop(echo)}${both(heading)}root@ctl:~# ip route\n${ROUTES}`;
    expect(brief(text).filter((piece) => !piece.startsWith('1 '))).toEqual([
      expect.stringContaining('ip-route @n1'),
      expect.stringContaining('ip-route @n2'),
      expect.stringContaining('ip-route @ctl'),
    ]);
  });

  it('knows a list that a command makes by the signs around the name', () => {
    const nodes = '$(kubectl get nodes -o name)';
    expect(brief(loop('echo "== $h =="', nodes) + both((host) => `== ${host} ==`)).slice(-2)).toEqual([
      expect.stringContaining('ip-route @n1'),
      expect.stringContaining('ip-route @n2'),
    ]);
    expect(brief(`${loop('echo $h', 'node{1..2}')}node1\n${ROUTES}\nnode2\n${ROUTES}`).slice(-2)).toEqual([
      expect.stringContaining('@node1'),
      expect.stringContaining('@node2'),
    ]);
  });

  it('may be typed over several lines', () => {
    const typed = 'root@ctl:~# for h in n1 n2; do\n> echo "=== $h"\n> ssh $h \\\n> ip route\n> done\n';
    const pieces = brief(typed + both((host) => `=== ${host}`)).slice(-2);
    expect(pieces).toEqual([expect.stringContaining('ip-route @n1'), expect.stringContaining('ip-route @n2')]);
    expect(brief(`root@n1:~# ip \\\n> route\n${ROUTES}`)).toEqual(['1 ip-route @n1']);
  });

  it('is nobody’s output where it prints no name, and the typist’s where it goes nowhere', () => {
    expect(brief(`${loop('true')}${ROUTES}`)).toEqual(['1 ip-route']);
    expect(brief(`root@ctl:~# ssh $NODE ip route\n${ROUTES}`)).toEqual(['1 ip-route']);
    expect(brief(`root@ctl:~# for d in eth0 eth1; do ip route show dev $d; done\n${ROUTES}`)).toEqual([
      '2 ip-route @ctl',
    ]);
  });
});
