import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { traverse } from '../../../src/model/netfilter/traverse.js';
import { at, brief, hostOf, packet } from './dumped.js';

/** Rules that kube-proxy, flannel and Calico leave on running nodes: from the healthy samples, as their tools dumped them. */
const FLAGS: Readonly<Record<string, string>> = { bz2: '-xjf', zst: '--zstd -xf', gz: '-xzf' };
const member = (bundle: string, path: string): string =>
  execFileSync('tar', [...FLAGS[bundle.split('.').at(-1)!]!.split(' '), `samples/bundles/${bundle}`, '-O', path], {
    encoding: 'utf8',
  });

const canZstd = (() => {
  try {
    execFileSync('zstd', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!canZstd)('flannel and kube-proxy', () => {
  const bundle = '010-healthy-flannel.tar.zst';
  const host = () =>
    hostOf({
      rules: member(bundle, 'flannel-nodes-20261121/k8s-w-1/iptables-save.txt'),
      addresses: ['lo 127.0.0.1/8', 'eth0 172.16.50.12/24', 'flannel.1 10.42.1.0/32', 'cni0 10.42.1.1/24'],
    });

  it('a pod\u2019s packet to another pod keeps its source, to outside it does not', () => {
    const node = host();
    const post = (dst: string, oif: string) =>
      traverse(node, at('POSTROUTING', packet('10.42.1.9', dst), { oif })).map((way) => way.packet.src);
    expect(post('10.42.2.9', 'flannel.1')).toEqual(['10.42.1.9']);
    expect(post('1.1.1.1', 'eth0')).toEqual(['172.16.50.12']);
  });

  it('forwards pods both ways, and a node\u2019s own packets', () => {
    const node = host();
    for (const [src, dst] of [
      ['10.42.1.9', '10.42.2.9'],
      ['10.42.2.9', '10.42.1.9'],
      ['172.16.50.13', '10.42.1.9'],
    ] as const)
      expect(
        traverse(node, at('FORWARD', packet(src, dst), { iif: 'cni0', oif: 'flannel.1' })).map((way) => way.verdict),
      ).toEqual(['accept']);
    expect(
      traverse(node, at('INPUT', packet('172.16.50.13', '172.16.50.12', { dport: 10_250 }))).map((way) => way.verdict),
    ).toEqual(['accept']);
  });

  it('nothing is taken for granted', () => {
    const node = host();
    for (const hook of ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const)
      for (const way of traverse(node, at(hook, packet('10.42.1.9', '10.42.2.9'))))
        expect(way.assumptions, hook).toEqual([]);
  });
});

describe('Calico and kube-proxy', () => {
  const bundle = '003-ippool-covers-nodes.tar.gz';
  const folder = 'calico-diagnostics-20261121_134629/nodes/k8s-node-1';
  const host = (ipsets: string) =>
    hostOf({
      rules: member(bundle, `${folder}/iptables-nft-save.txt`),
      ipsets,
      addresses: ['lo 127.0.0.1/8', 'ens192 192.168.21.12/24', 'tunl0 192.168.236.0/32'],
    });
  const POOLS = (pools: string) =>
    ['masq', 'all']
      .map((name) => `create cali40${name}-ipam-pools hash:net family inet\nadd cali40${name}-ipam-pools ${pools}`)
      .join('\n');
  const source = (node: ReturnType<typeof hostOf>) =>
    traverse(node, at('POSTROUTING', packet('192.168.236.10', '192.168.21.11', { dport: 6443 }), { oif: 'ens192' }));

  it('a pool that covers the nodes keeps a pod\u2019s source towards them; a right one does not', () => {
    expect(source(host(POOLS('192.168.0.0/16'))).map((way) => way.packet.src)).toEqual(['192.168.236.10']);
    expect(source(host(POOLS('192.168.128.0/17'))).map((way) => way.packet.src)).toEqual(['192.168.21.12']);
  });

  it('without the sets both may be, and the sets are named', () => {
    const ways = source(host(''));
    expect(ways.map((way) => way.packet.src).sort()).toEqual(['192.168.21.12', '192.168.236.10']);
    for (const way of ways)
      expect(way.assumptions.map((one) => one.what).join(' ')).toContain('members of ipset cali40');
  });

  it('a profile marks what may pass, an unknown workload device is dropped', () => {
    const node = host(POOLS('192.168.0.0/16'));
    const from = (iif: string) =>
      traverse(node, at('FORWARD', packet('192.168.236.10', '192.168.21.11'), { iif, oif: 'ens192' }));
    expect(from('calia9589d79281').map(brief)).toEqual(['accept 192.168.236.10 > 192.168.21.11:80 mark 0x10000']);
    expect(from('cali123')).toMatchObject([
      { verdict: 'drop', by: { table: 'filter', chain: 'cali-from-wl-dispatch' } },
    ]);
  });

  it('IPIP from a stranger is dropped by INPUT, and depends on the set of hosts', () => {
    const outer = packet('192.168.21.14', '192.168.21.12', { proto: 4, sport: undefined, dport: undefined });
    const sets = 'create cali40all-hosts-net hash:net family inet\nadd cali40all-hosts-net 192.168.21.13\n';
    expect(traverse(host(sets), at('INPUT', outer, { iif: 'ens192' })).map((way) => way.verdict)).toEqual(['drop']);
    expect(
      traverse(host(`${sets}add cali40all-hosts-net 192.168.21.14`), at('INPUT', outer, { iif: 'ens192' })).map(
        (way) => way.verdict,
      ),
    ).toEqual(['accept']);
  });
});

describe('others, as their projects write them', () => {
  const TABLES = (nat: string, filter: string, policy = 'ACCEPT') =>
    `*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${nat}\nCOMMIT\n*filter\n:INPUT ${policy} [0:0]\n:FORWARD ${policy} [0:0]\n:OUTPUT ACCEPT [0:0]\n${filter}\nCOMMIT\n`;

  it('Docker: a FORWARD policy of DROP takes what is not its own', () => {
    const rules = TABLES(
      ':DOCKER - [0:0]\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n-A DOCKER -i docker0 -j RETURN\n-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
      ':DOCKER - [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A FORWARD -o docker0 -j DOCKER\n-A FORWARD -i docker0 ! -o docker0 -j ACCEPT\n-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT\n-A DOCKER-USER -j RETURN',
      'DROP',
    );
    const host = hostOf({ rules, addresses: ['eth0 192.168.1.5/24', 'docker0 172.17.0.1/16'] });
    expect(traverse(host, at('PREROUTING', packet('192.168.1.9', '192.168.1.5', { dport: 8080 }))).map(brief)).toEqual([
      'accept 192.168.1.9 > 172.17.0.2:80',
    ]);
    const forward = (src: string, dst: string, iif: string, oif: string) =>
      traverse(host, at('FORWARD', packet(src, dst), { iif, oif })).map((way) => way.verdict);
    expect(forward('192.168.1.9', '172.17.0.2', 'eth0', 'docker0')).toEqual(['accept']);
    expect(forward('10.244.1.5', '10.244.2.5', 'cni0', 'eth0')).toEqual(['drop']);
  });

  it('ufw: what no rule allows falls to the policy, through limit and LOG', () => {
    const chains = ['before-input', 'user-input', 'skip-to-policy-input', 'logging-deny', 'after-logging-input']
      .map((name) => `:ufw-${name} - [0:0]`)
      .join('\n');
    const rules = TABLES(
      '',
      `${chains}\n-A INPUT -j ufw-before-input\n-A INPUT -j ufw-after-logging-input\n-A ufw-before-input -i lo -j ACCEPT\n-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny\n-A ufw-before-input -m conntrack --ctstate INVALID -j DROP\n-A ufw-before-input -j ufw-user-input\n-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT\n-A ufw-user-input -p udp -m multiport --dports 8472,4789 -s 192.168.1.0/24 -j ACCEPT\n-A ufw-logging-deny -m conntrack --ctstate INVALID -m limit --limit 3/min --limit-burst 10 -j RETURN\n-A ufw-logging-deny -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "\n-A ufw-after-logging-input -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "`,
      'DROP',
    );
    const host = hostOf({ rules, addresses: ['eth0 192.168.1.5/24'] });
    const input = (src: string, dport: number, proto: number) =>
      traverse(host, at('INPUT', packet(src, '192.168.1.5', { dport, proto }))).map(brief);
    expect(input('192.168.1.9', 8472, 17)).toEqual(['accept 192.168.1.9 > 192.168.1.5:8472']);
    expect(input('10.0.0.9', 8472, 17)).toEqual(['drop 10.0.0.9 > 192.168.1.5:8472']);
    const invalid = packet('10.0.0.9', '192.168.1.5', { dport: 22 });
    expect(traverse(host, at('INPUT', { ...invalid, ct: { ...invalid.ct, state: 'INVALID' } })).map(brief)).toEqual([
      'drop 10.0.0.9 > 192.168.1.5:22',
    ]);
  });

  it('Weave: what must not be masqueraded is in a set', () => {
    const rules = TABLES(
      ':WEAVE - [0:0]\n-A POSTROUTING -j WEAVE\n-A WEAVE -m set --match-set weaver-no-masq-local dst -m comment --comment "Prevent SNAT to locally running containers" -j RETURN\n-A WEAVE -s 10.32.0.0/12 -d 224.0.0.0/4 -j RETURN\n-A WEAVE ! -s 10.32.0.0/12 -d 10.32.0.0/12 -j MASQUERADE\n-A WEAVE -s 10.32.0.0/12 ! -d 10.32.0.0/12 -j MASQUERADE',
      '',
    );
    const addresses = ['eth0 192.168.1.5/24', 'weave 10.32.0.1/12'];
    const ipsets = 'create weaver-no-masq-local hash:ip family inet\nadd weaver-no-masq-local 10.32.0.7';
    const post = (host: ReturnType<typeof hostOf>, src: string, dst: string) =>
      traverse(host, at('POSTROUTING', packet(src, dst), { oif: 'weave' })).map((way) => way.packet.src);
    const host = hostOf({ rules, addresses, ipsets });
    expect(post(host, '192.168.1.9', '10.32.0.7')).toEqual(['192.168.1.9']);
    expect(post(host, '192.168.1.9', '10.32.0.8')).toEqual(['10.32.0.1']);
    expect(post(host, '10.32.0.7', '10.40.0.8')).toEqual(['10.32.0.7']);
    expect(post(hostOf({ rules, addresses }), '192.168.1.9', '10.32.0.7').length).toBe(2);
  });

  it('Cilium: its source is not masqueraded towards its own range', () => {
    const rules = TABLES(
      ':CILIUM_POST_nat - [0:0]\n-A POSTROUTING -m comment --comment "cilium-feeder: CILIUM_POST_nat" -j CILIUM_POST_nat\n-A CILIUM_POST_nat -s 10.0.1.0/24 ! -d 10.0.0.0/16 ! -o cilium_+ -m comment --comment "cilium masquerade non-cluster" -j MASQUERADE\n-A CILIUM_POST_nat -m mark --mark 0xa00/0xe00 -m comment --comment "exclude proxy return traffic from masquerade" -j ACCEPT',
      '',
    );
    const host = hostOf({ rules, addresses: ['eth0 192.168.1.5/24', 'cilium_host 10.0.1.1/32'] });
    const post = (dst: string, oif: string) =>
      traverse(host, at('POSTROUTING', packet('10.0.1.9', dst), { oif })).map((way) => way.packet.src);
    expect(post('10.0.2.9', 'eth0')).toEqual(['10.0.1.9']);
    expect(post('1.1.1.1', 'eth0')).toEqual(['192.168.1.5']);
    expect(post('1.1.1.1', 'cilium_host')).toEqual(['10.0.1.9']);
  });
});
