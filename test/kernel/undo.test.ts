import { afterEach, describe, expect, it } from 'vitest';
import { forwardDrop } from '../../src/diagnosis/causes/forward-drop.js';
import { staleVtep } from '../../src/diagnosis/causes/stale-vtep.js';
import { at, heard, ipAddr, nodesYaml, podsTable } from '../diagnosis/case-of.js';
import { canMakeNamespaces, Namespace } from './namespace.js';

/** A remedy is typed, and its undo after it, with the real iptables: the rules are then what they were. */

const NODES = nodesYaml(
  { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' },
  { name: 'n2', ip: '172.31.9.2', podCidr: '10.44.2.0/24' },
);
const PODS = podsTable(['default/a', 'Running', '10.44.1.5', 'n1'], ['default/b', 'Running', '10.44.2.6', 'n2']);
const DROPS = '-d 10.44.0.0/16 -m conntrack --ctstate NEW -j DROP';
const BEFORE = ['-p tcp -m tcp --dport 25 -j REJECT', '-s 192.0.2.0/24 -m comment --comment "of the site" -j ACCEPT'];

const namespaces: Namespace[] = [];
afterEach(() => {
  for (const one of namespaces.splice(0)) one.remove();
});

function ruled(tool: string, rules: readonly string[]): Namespace {
  const namespace = new Namespace('podtrail-undo');
  namespaces.push(namespace);
  for (const rule of rules) namespace.run(`${tool} -A FORWARD ${rule}`);
  return namespace;
}

/** The rules without the comments, which hold the time, and without counters. */
const rulesOf = (namespace: Namespace, tool: string): string =>
  namespace
    .run(`${tool}-save`)
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\[\d+:\d+\]/g, '');

describe.skipIf(!canMakeNamespaces())('the undo of a rule that was taken away', () => {
  it.each([
    ['iptables-legacy', 'first', [DROPS, ...BEFORE]],
    ['iptables-legacy', 'in the middle', [...BEFORE, DROPS, '-j ACCEPT']],
    ['iptables-legacy', 'last', [...BEFORE, DROPS]],
    ['iptables-legacy', 'alone', [DROPS]],
    ['iptables-nft', 'first', [DROPS, ...BEFORE]],
    ['iptables-nft', 'in the middle', [...BEFORE, DROPS, '-j ACCEPT']],
    ['iptables-nft', 'last', [...BEFORE, DROPS]],
    ['iptables-legacy', 'twice', [DROPS, ...BEFORE, DROPS, '-j ACCEPT']],
    ['iptables-nft', 'three times', [BEFORE[0]!, DROPS, DROPS, BEFORE[1]!, DROPS]],
  ])('%s: a rule that was %s in its chain is there again', async (tool, _where, rules) => {
    const namespace = ruled(tool, rules);
    const node =
      at('n1', 'ip addr', ipAddr(['eth0', '172.31.9.1/24'], ['cni0', '10.44.1.1/24'])) +
      at('n1', 'ip route', '172.31.9.0/24 dev eth0\n10.44.1.0/24 dev cni0\n10.44.2.0/24 via 172.31.9.2 dev eth0') +
      at('n1', `${tool}-save`, namespace.run(`${tool}-save`));
    const { drafts } = await heard({ 'nodes.yaml': NODES, 'pods.txt': PODS, 'n1.txt': node }, forwardDrop);
    const remedy = drafts[0]!.remedy[0]!;
    const was = rulesOf(namespace, tool);
    // A node has one back end behind its iptables; this machine may have the other.
    const typed = (command: string): void =>
      void namespace.run(command.replaceAll(/(?<=^|&& )iptables(?:-legacy)? /g, `${tool} `));
    typed(remedy.command);
    expect(rulesOf(namespace, tool)).not.toContain(DROPS);
    typed(remedy.rollback);
    expect(rulesOf(namespace, tool)).toBe(was);
  });
});

describe.skipIf(!canMakeNamespaces())('the undo of entries for a peer that were written by hand', () => {
  const [mac, old] = ['8a:33:32:f8:48:e3', '2e:90:cc:cb:d0:51'];
  const link = `4: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN\n    link/ether ${mac} brd ff:ff:ff:ff:ff:ff`;

  it.each([
    ['without an FDB entry for the MAC address', undefined],
    ['with one that has another end', '172.31.9.77'],
    ['with one that is right', '172.31.9.2'],
  ])('%s: neighbour and FDB are as they were', async (_name, end) => {
    const namespace = new Namespace('podtrail-undo');
    namespaces.push(namespace);
    namespace.run('ip link add flannel.1 type vxlan id 1 dstport 8472 nolearning && ip link set flannel.1 up');
    namespace.run(`ip neigh add 10.44.2.0 lladdr ${old} dev flannel.1 nud permanent`);
    namespace.run(`bridge fdb append ${old} dev flannel.1 dst 172.31.9.2 self permanent`);
    if (end !== undefined) namespace.run(`bridge fdb append ${mac} dev flannel.1 dst ${end} self permanent`);
    const was = (): string => namespace.run('ip neigh show dev flannel.1 nud permanent; bridge fdb show dev flannel.1');
    const before = was();
    const node = ['ip neigh', 'bridge fdb show'].map((command) => at('n1', command, namespace.run(command))).join('');
    const files = { 'nodes.yaml': NODES, 'n1.txt': node, 'n2.txt': at('n2', 'ip link', link) };
    const { drafts } = await heard(files, staleVtep);
    const remedy = drafts[0]!.remedy[1]!;
    namespace.run(remedy.command);
    expect(was()).toContain(`lladdr ${mac}`);
    expect(was()).toContain(`${mac} dst 172.31.9.2`);
    namespace.run(remedy.rollback);
    expect(was().split('\n').sort()).toEqual(before.split('\n').sort());
  });
});

describe.skipIf(!canMakeNamespaces())('the undo of a next hop that was set by hand', () => {
  it.each([
    ['a plain route', '10.44.2.0/24 via 172.31.9.77 dev eth0'],
    [
      'one with a mark, a metric and a source',
      '10.44.2.0/24 via 172.31.9.77 dev eth0 proto bird src 172.31.9.1 metric 20',
    ],
    ['one of IPv6', 'fd00:44:2::/64 via fd00:31:9::77 dev eth0 metric 512'],
    ['one of IPv6 with the kernel\u2019s own metric', 'fd00:44:2::/64 via fd00:31:9::77 dev eth0'],
  ])('%s is as it was', async (_name, route) => {
    const namespace = new Namespace('podtrail-undo');
    namespaces.push(namespace);
    const six = route.startsWith('fd');
    const [own, peer, subnet] = six
      ? ['fd00:31:9::1', 'fd00:31:9::2', 'fd00:44:2::']
      : ['172.31.9.1', '172.31.9.2', '10.44.2.'];
    const nodes = nodesYaml(
      { name: 'n1', ip: own },
      { name: 'n2', ip: peer, podCidr: six ? 'fd00:44:2::/64' : '10.44.2.0/24' },
    );
    namespace.run('ip link add eth0 type veth peer name wire && ip link set wire up && ip link set eth0 up');
    namespace.run(`ip addr add ${own}/${six ? '64 nodad' : '24'} dev eth0`);
    const ip = six ? 'ip -6' : 'ip';
    namespace.run(`${ip} route add ${route}`);
    const was = (): string => namespace.run(`${ip} route`);
    const before = was();
    const n1 =
      at('n1', 'ip addr', namespace.run('ip addr')) +
      at('n1', `${ip} route`, before) +
      at('n1', `${ip} neigh`, `${six ? 'fd00:31:9::77' : '172.31.9.77'} dev eth0  FAILED`);
    const pods = podsTable(['default/b', 'Running', `${subnet}6`, 'n2']);
    const { drafts } = await heard({ 'nodes.yaml': nodes, 'pods.txt': pods, 'n1.txt': n1 }, staleVtep);
    const remedy = drafts[0]!.remedy.at(-1)!;
    namespace.run(remedy.command);
    expect(was()).toContain(`via ${peer} dev eth0`);
    expect(was()).not.toContain(':77 ');
    expect(was()).not.toContain('.77 ');
    namespace.run(remedy.rollback);
    expect(was()).toBe(before);
  });
});
