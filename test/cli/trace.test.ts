import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Trace, TracedStep, TracedWalk } from '../../src/core/trace.js';

const SAMPLES = 'samples/bundles';
const sample = (start: string): string =>
  join(SAMPLES, readdirSync(SAMPLES).find((name) => name.startsWith(start) && !name.endsWith('.json'))!);
const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['dist/cli/main.js', 'trace', ...args], { encoding: 'utf8' });
const traced = (path: string, ...args: readonly string[]): Trace => {
  const { stdout, stderr, status } = run(path, ...args, '--format', 'json');
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Trace;
};

/** `node stage`, with a mark for what captures say and the lines that decide it. */
const told = ({ node, stage, verdict, because }: TracedStep): string =>
  [
    node,
    stage,
    ...(verdict === 'confirmed' ? ['seen'] : verdict === 'contradicted' ? ['NOT SEEN'] : []),
    ...because.flatMap((e) => ('line' in e ? [`${e.file.replace(/^.*\//, '')}:${e.line}`] : [])),
  ].join(' ');
const hops = ({ steps }: TracedWalk): string[] => steps.filter((step) => step.jumpsTo === undefined).map(told);
const jumps = ({ steps }: TracedWalk): string[] => steps.flatMap(({ jumpsTo }) => jumpsTo ?? []);

describe('trace of the samples', () => {
  it('000: a pod’s request leaves without SNAT, and the other node’s reverse-path filter drops it', () => {
    const { outcome, question, ways } = traced(
      sample('000'),
      '--from',
      'net-test-4k8tz',
      '--to',
      'kubernetes',
      '--port',
      '443',
    );
    expect(outcome).toBe('drop');
    expect(question).toBe(
      'tcp pod net-test-4k8tz (10.42.1.6) on rke-worker1 -> 10.43.0.1 (service kubernetes) port 443',
    );
    expect(ways).toHaveLength(1);
    const [{ request, reply }] = ways as [(typeof ways)[0]];
    expect(reply).toBeUndefined();
    expect(request.disposition).toBe('dropped-by-reverse-path');
    expect(request.assumed).toEqual([]);
    expect(hops(request)).toEqual([
      'rke-worker1 start ip_route.txt:4',
      'rke-worker1 receive seen',
      'rke-worker1 prerouting iptables-save.txt:32',
      'rke-worker1 prerouting iptables-save.txt:214',
      'rke-worker1 route ip_route.txt:7',
      'rke-worker1 forward iptables-save.txt:104',
      'rke-worker1 forward iptables-save.txt:143',
      'rke-worker1 forward iptables-save.txt:90',
      'rke-worker1 transmit seen ip_neigh.txt:4',
      'rke-master1 receive seen',
      'rke-master1 route ip_route.txt:12',
      'rke-master1 reverse-path sysctl.txt:35 sysctl.txt:134 ip_route.txt:2',
    ]);
    expect(jumps(request)).toContain('KUBE-SVC-NPX46M4PTMTKRN6Y');
    const seen = request.steps.flatMap((step) => step.seen);
    expect(seen.map((e) => ('frame' in e ? `${e.file} ${e.frame}` : ''))).toEqual([
      'rke-worker1/any.pcap 75',
      'rke-worker1/any.pcap 76',
      'rke-master1/eth0.pcapng 22',
    ]);
  });

  it('002: a node’s packet to a service goes into the overlay with the wrong source', () => {
    const { outcome, ways } = traced(sample('002'), '--from', 'slave1', '--to', '10.254.51.153', '--port', '80');
    expect(outcome).toBe('drop');
    const [{ request }] = ways as [(typeof ways)[0]];
    expect(request.disposition).toBe('dropped-by-reverse-path');
    expect(hops(request)).toEqual([
      'slave1 start',
      'slave1 output-route ip_route_show_table_all:1',
      'slave1 output-route ip_-o_addr:3',
      'slave1 output iptables_-t_nat_-nvL:42',
      'slave1 output-route ip_route_show_table_all:3',
      'slave1 encapsulate seen slave2.txt:10',
      'slave1 output-route ip_route_show_table_all:2',
      'slave1 output-route ip_route_show_table_all:2',
      'slave1 transmit ip_-s_-s_neigh_show:1',
      'slave2 receive seen',
      'slave2 route slave2.txt:10',
      'slave2 decapsulate slave2.txt:14',
      'slave2 receive seen',
      'slave2 route slave2.txt:34',
      'slave2 reverse-path slave2.txt:36 slave2.txt:37 slave2.txt:32',
    ]);
    // Nothing of flanneld's leases is in the bundle: whom it sends to is taken for granted, and said.
    expect(request.assumed.map(({ what }) => what)).toContain('the lease of the subnet with 192.168.67.4');
  });

  it('113-b: the summary says what it rests on besides the bundle', () => {
    const { summary } = traced(
      sample('113-local-traffic-policy-no-endpoint-b'),
      '--from',
      '203.0.113.80',
      '--to',
      '172.18.60.12',
      '--port',
      '30080',
    );
    expect(summary).toBe(
      'It gets through, and so does the answer. Not in the bundle, and taken to be as usual: the netfilter rules of on-a.',
    );
  });

  it('004: a node without a route to the pods sends to its gateway', () => {
    const { outcome, ways } = traced(
      sample('004'),
      '--from',
      'longinus-node-1',
      '--to',
      'demo/pod-env-demo',
      '--port',
      '80',
    );
    expect(outcome).toBe('drop');
    const [{ request }] = ways as [(typeof ways)[0]];
    expect(request.disposition).toBe('sent-astray');
    expect(hops(request)).toEqual([
      'longinus-node-1 start',
      'longinus-node-1 output-route node-1.txt:21',
      'longinus-node-1 output-route node-1.txt:33',
      'longinus-node-1 transmit seen',
      'longinus-node-1 underlay master-1.txt:20',
    ]);
  });

  it('010: a pod’s request to a service reaches both endpoints, and the answers come back', () => {
    const { outcome, ways } = traced(sample('010'), '--from', 'client', '--to', 'default/web', '--port', '80');
    expect(outcome).toBe('pass');
    expect(ways.map((way) => [way.choice, way.request.disposition, way.reply?.disposition])).toEqual([
      ['10.42.1.5:80, 1 of 2', 'delivered', 'delivered'],
      ['10.42.2.6:80, 2 of 2', 'delivered', 'delivered'],
    ]);
    const [, far] = ways as [(typeof ways)[0], (typeof ways)[0]];
    expect(hops(far.request)).toEqual([
      'k8s-w-1 start ip-route.txt:3',
      'k8s-w-1 receive seen',
      'k8s-w-1 prerouting iptables-save.txt:76',
      'k8s-w-1 route ip-route.txt:4',
      'k8s-w-1 forward iptables-save.txt:27',
      'k8s-w-1 postrouting iptables-save.txt:61',
      'k8s-w-1 neighbour seen ip-neigh.txt:5',
      'k8s-w-1 encapsulate bridge-fdb.txt:4',
      'k8s-w-1 output-route ip-route.txt:5',
      'k8s-w-1 transmit seen ip-neigh.txt:6',
      'k8s-w-2 receive seen',
      'k8s-w-2 route ip-route.txt:12',
      'k8s-w-2 decapsulate ip-addr.txt:13',
      'k8s-w-2 receive seen',
      'k8s-w-2 route ip-route.txt:4',
      'k8s-w-2 forward iptables-save.txt:27',
      'k8s-w-2 postrouting iptables-save.txt:62',
      'k8s-w-2 transmit seen',
      'k8s-w-2 deliver pods.txt:5',
    ]);
    expect(far.reply!.steps.filter((step) => step.verdict === 'contradicted')).toEqual([]);
    expect(far.reply!.steps.at(-1)!.packet).toBe('tcp 10.43.7.21:80 > 10.42.1.9:any');
  });

  it('011: a node’s ping of a pod on another node is routed without a tunnel', () => {
    const { outcome, ways } = traced(sample('011'), '--from', 'node1', '--to', '10.233.71.67', '--proto', 'icmp');
    expect(outcome).toBe('pass');
    const [{ request, reply }] = ways as [(typeof ways)[0]];
    expect(request.steps.map((step) => step.stage)).not.toContain('encapsulate');
    expect(hops(request).slice(0, 4)).toEqual([
      'node1 start',
      'node1 output-route route_info:2',
      'node1 output-route ip_info:2',
      'node1 transmit',
    ]);
    expect(reply!.disposition).toBe('delivered');
    // Nobody did this while the captures ran: that they do not show it contradicts nothing.
    expect([...request.steps, ...reply!.steps].map((step) => step.verdict)).not.toContain('contradicted');
  });
});

describe('trace on a terminal', () => {
  const web = [sample('010'), '--from', 'client', '--to', 'web', '--port', '80'];

  it('folds jumps from chain to chain, shows ways that end alike once, and fits 100 columns', () => {
    const { stdout } = run(...web);
    const lines = stdout.split('\n');
    expect(lines).toContain(
      '    prerouting    via KUBE-SERVICES > KUBE-SVC-CDGGSHYLG3RE2FKL > KUBE-SEP-ZUYO7INZSZANAXIL',
    );
    expect(stdout).not.toContain('-A KUBE-SERVICES');
    expect(lines).toContain('Way: 10.42.2.6:80, 2 of 2: delivered on k8s-w-2, and answered, like the one above');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(stdout).not.toContain('\u001b');
  });

  it('shows every way in full with --all', () => {
    const { stdout } = run(...web, '--all');
    expect(stdout).toContain('Way: 10.42.2.6:80, 2 of 2\n');
    expect(stdout.match(/=> delivered/g)).toHaveLength(4);
  });
});

describe('trace of a bundle with IPv6', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'podtrail-trace-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const node = (name: string, n: number, peer: number): Record<string, string> => ({
    [`${name}/hostname`]: `${name}\n`,
    [`${name}/ip_addr.txt`]: [
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
      '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
      '    inet6 ::1/128 scope host ',
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000',
      `    link/ether 02:00:00:00:00:0${n} brd ff:ff:ff:ff:ff:ff`,
      `    inet6 fd00:1::${n}/64 scope global `,
      '3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000',
      `    link/ether 02:00:00:00:01:0${n} brd ff:ff:ff:ff:ff:ff`,
      `    inet6 fd00:2:${n}::1/64 scope global `,
      '',
    ].join('\n'),
    [`${name}/ip_-6_route_show_table_all.txt`]: [
      'fd00:1::/64 dev eth0 proto kernel metric 256 pref medium',
      `fd00:2:${n}::/64 dev cni0 proto kernel metric 256 pref medium`,
      `fd00:2:${peer}::/64 via fd00:1::${peer} dev eth0 metric 1024 pref medium`,
      '',
    ].join('\n'),
  });
  for (const [path, text] of Object.entries({ ...node('alpha', 1, 2), ...node('beta', 2, 1) })) {
    mkdirSync(dirname(join(scratch, path)), { recursive: true });
    writeFileSync(join(scratch, path), text);
  }

  it('walks it, with brackets around addresses that have a port', () => {
    const { outcome, ways } = traced(scratch, '--from', 'fd00:2:1::5', '--to', 'FD00:2:2::0:7', '--port', '80');
    expect(outcome).toBe('pass');
    expect(ways[0]!.request.steps.at(-1)).toMatchObject({
      node: 'beta',
      stage: 'deliver',
      packet: 'tcp [fd00:2:1::5]:any > [fd00:2:2::7]:80',
    });
    const ping = traced(scratch, '--from', 'alpha', '--to', 'fd00:2:2::7', '--proto', 'icmp');
    expect(ping.ways[0]!.request.steps.at(-1)!.packet).toBe('icmpv6 fd00:1::1 > fd00:2:2::7');
  });

  it('says that nothing goes from one family to the other', () => {
    const { status, stderr } = run(scratch, '--from', '10.1.2.3', '--to', 'fd00:2:2::7');
    expect([status, stderr]).toEqual([
      2,
      'podtrail: 10.1.2.3 and fd00:2:2::7 are of different families: no packet goes from one to the other\n',
    ]);
  });
});

describe('trace that cannot be done', () => {
  it.each([
    [
      'a name that the bundle does not have',
      [sample('004'), '--from', 'nobody', '--to', '10.244.3.12'],
      /anything named nobody \(its nodes: longinus-master-1, .*\); collect: kubectl get nodes/,
    ],
    ['no such bundle', ['no-such.tgz', '--from', 'a', '--to', 'b'], /no-such\.tgz.*could not be opened/],
    ['no destination', [sample('004'), '--from', 'a'], /--to/],
    ['a port that is none', [sample('004'), '--from', 'a', '--to', 'b', '--port', '99999'], /from 1 to 65535/],
  ])('%s: exit 2, a message, nothing on standard output', (_, args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });
});
