import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { NotChecked, Report } from '../../src/core/finding.js';
import { at, ipAddr, nodesYaml, podsTable } from '../diagnosis/case-of.js';

/** What the command asks for first where a bundle cannot tell: by what it shows already, a handful, each with its node. */

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;

function podtrail(files: Readonly<Record<string, string>>, format: 'json' | 'text' | 'markdown'): string {
  const folder = join(scratch, `${folders++}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const typed = ['dist/cli/main.js', 'analyze', folder, '-f', format, '-q'];
  return execFileSync(process.execPath, typed, { encoding: 'utf8', maxBuffer: 64e6 });
}
const reportOf = (files: Readonly<Record<string, string>>): Report => JSON.parse(podtrail(files, 'json')) as Report;
const first = ({ notChecked }: Report): readonly NotChecked[] => notChecked.filter((ask) => ask.first === true);

const fdb = (mac: string, dst: string): string => `${mac} dst ${dst} self permanent`;
const PASTE =
  at('cp', 'ip addr show enp3s0', ipAddr(['enp3s0', '10.9.8.71/24', '08:00:27:15:3a:01'])) +
  at('cp', 'bridge fdb show dev flannel.1', fdb('d6:ad:6b:77:37:01', '10.9.8.72')) +
  at('wk', 'ip addr show enp3s0', ipAddr(['enp3s0', '10.9.8.72/24', '08:00:27:15:3a:02'])) +
  at('wk', 'bridge fdb show dev flannel.1', fdb('ca:a3:3a:8f:57:02', '10.9.8.71'));
const device = (host: string, mac: string): string =>
  at(
    host,
    'ip -d link show flannel.1',
    `5: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default \n    link/ether ${mac} brd ff:ff:ff:ff:ff:ff promiscuity 0 \n    vxlan id 1 local 10.9.8.71 dev enp3s0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 udpcsum`,
  );

describe('FDB entries of two nodes and nothing of their devices', () => {
  it('ask for the devices of both nodes before anything else, in one command', () => {
    const report = reportOf({ 'paste.txt': PASTE });
    expect(report.verdict.state).toBe('insufficient');
    const [device, ...others] = first(report);
    expect(device?.code).toBe('stale-vtep');
    expect(device?.collect).toMatch(/^ip -d link show flannel\.1 +# on (?:cp and wk|wk and cp)$/);
    expect(device?.missing.join()).toContain('d6:ad:6b:77:37:01, for which cp sends to wk');
    expect(others.length).toBeGreaterThan(0);
    expect(first(report).length).toBeLessThanOrEqual(5);
    expect(report.notChecked.slice(0, first(report).length)).toEqual(first(report));
  });

  it('stand in the text as commands with a reason, and the rest below by its codes', () => {
    const text = podtrail({ 'paste.txt': PASTE }, 'text');
    const [head, then] = text.split('\nThen\n');
    expect(head).toContain('Collect first\n  ip -d link show flannel.1    # on ');
    expect(then?.split('\n').filter((line) => /^\s+(?:collect:|tcpdump)/.test(line))).toEqual([]);
    expect(podtrail({ 'paste.txt': PASTE }, 'markdown')).toMatch(/### Collect first[\s\S]*### Then/);
  });

  it('do not ask for a device that is shown', () => {
    const both = PASTE + device('cp', 'ca:a3:3a:8f:57:02') + device('wk', 'd6:ad:6b:77:37:01');
    expect(first(reportOf({ 'paste.txt': both })).map(({ code }) => code)).not.toContain('stale-vtep');
    const one = first(reportOf({ 'paste.txt': PASTE + device('cp', 'ca:a3:3a:8f:57:02') }))[0];
    expect(one?.collect).toBe('ip -d link show flannel.1    # on wk');
  });

  it('ask nothing of entries for an address that is no node of the bundle', () => {
    const alone = PASTE.slice(0, PASTE.indexOf('[root@wk'));
    expect(reportOf({ 'paste.txt': alone }).notChecked.map(({ code }) => code)).not.toContain('stale-vtep');
  });
});

const ROUTES = `Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
0.0.0.0         172.31.9.254    0.0.0.0         UG    100    0        0 eth0
172.31.9.0      0.0.0.0         255.255.255.0   U     100    0        0 eth0
10.44.0.0       10.44.0.0       255.255.255.0   UG    0      0        0 flannel.1
10.44.1.0       0.0.0.0         255.255.255.0   U     0      0        0 cni0`;
const ping = (received: number): string =>
  at(
    'far',
    'ping -c 4 10.44.1.5',
    `PING 10.44.1.5 (10.44.1.5) 56(84) bytes of data.\n--- 10.44.1.5 ping statistics ---\n4 packets transmitted, ${received} received, ${100 - 25 * received}% packet loss, time 3001ms`,
  );

describe('a ping that failed, and the routes of one node', () => {
  const told = (received: number) => ({ 'paste.txt': at('near', 'route -n', ROUTES) + ping(received) });

  it('name what to type next, and where', () => {
    const report = reportOf(told(0));
    expect(report.verdict).toMatchObject({ state: 'suspected', cause: null });
    const commands = first(report).map(({ collect }) => collect);
    expect(commands.join('\n')).toMatch(/^tcpdump .*'host 10\.44\.1\.5' +# on far and near$/m);
    expect(commands.some((command) => /ip route show table all.*# on far$/.test(command))).toBe(true);
    expect(podtrail(told(0), 'text')).toContain(`Collect first\n  ${commands[0]}`);
  });

  it('name nothing as urgent where it was answered', () => {
    const report = reportOf(told(4));
    expect(report.verdict.state, report.verdict.summary).toBe('no-fault-found');
    expect(first(report)).toEqual([]);
  });
});

it('routes that lead into a tunnel of which nothing is shown ask for its device, neighbours and FDB, on all nodes at once', () => {
  const node = (n: number): string =>
    at(
      `app${n}`,
      'ip r',
      `default via 10.1.154.254 dev bond0 proto static\n10.1.154.0/24 dev bond0 proto kernel scope link src 10.1.154.10${n}\n10.42.${n}.3 dev calic18d2c00f6d scope link\n${[
        5, 6,
      ]
        .filter((peer) => peer !== n)
        .map((peer) => `10.42.${peer}.0/24 via 10.42.${peer}.0 dev flannel.1 onlink`)
        .join('\n')}`,
    );
  const [ask] = first(reportOf({ 'paste.txt': node(5) + node(6) }));
  expect(ask).toMatchObject({ code: 'stale-vtep' });
  expect(ask?.collect).toMatch(
    /^ip -d link show flannel\.1; ip neigh show dev flannel\.1; bridge fdb show dev flannel\.1 +# on app5 and app6$/,
  );
});

it('objects of a cluster alone: the capture is to be taken on the nodes of both ends, not where kubectl was typed', () => {
  const report = reportOf({
    'nodes.yaml': nodesYaml({ name: 'n1', ip: '172.31.9.1' }, { name: 'n2', ip: '172.31.9.2' }),
    'jump.txt': at('jump', 'kubectl get pods -A -o wide', podsTable(['shop/a', 'Running', '10.44.1.5', 'n1'])),
  });
  expect(report.verdict.state).toBe('insufficient');
  const asked = first(report).map(({ collect }) => collect);
  expect(asked.some((command) => /^tcpdump .*# on the nodes of both ends$/.test(command))).toBe(true);
  expect(asked.join()).not.toContain('on jump');
});

it('a cause that is proven leaves nothing urgent', () => {
  const typed = ['dist/cli/main.js', 'analyze', 'samples/bundles/101-forward-drop-a.tar.xz', '-f', 'json', '-q'];
  const report = JSON.parse(execFileSync(process.execPath, typed, { encoding: 'utf8', maxBuffer: 64e6 })) as Report;
  expect(report.verdict.confidence).toBe('proven');
  expect(first(report)).toEqual([]);
});
