import { describe, expect, it } from 'vitest';
import { ask, ends, journeysOf } from './walked.js';

/** kube-proxy in IPVS mode; rules and sets as pkg/proxy/ipvs/proxier.go writes them, virtual servers as ipvsadm(8) prints them. */
const RULES = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODE-PORT - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SERVICES - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-NODE-PORT -p tcp -m comment --comment "Kubernetes nodeport TCP port for masquerade purpose" -m set --match-set KUBE-NODE-PORT-TCP dst -j KUBE-MARK-MASQ
-A KUBE-POSTROUTING -m comment --comment "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose" -m set --match-set KUBE-LOOP-BACK dst,dst,src -j MASQUERADE
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
-A KUBE-SERVICES ! -s 10.244.0.0/16 -m comment --comment "Kubernetes service cluster ip + port for masquerade purpose" -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT
-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`;
/** Requests come out of IPVS to this node's pods through OUTPUT; those of the other node to this one's through FORWARD. */
const OPEN = RULES.replace('FORWARD DROP', 'FORWARD ACCEPT');
const SETS = `create KUBE-CLUSTER-IP hash:ip,port family inet hashsize 1024 maxelem 65536
add KUBE-CLUSTER-IP 10.96.0.1,tcp:443
add KUBE-CLUSTER-IP 10.96.0.10,udp:53
add KUBE-CLUSTER-IP 10.96.0.20,tcp:80
add KUBE-CLUSTER-IP 10.96.0.99,tcp:80
create KUBE-LOOP-BACK hash:ip,port,ip family inet hashsize 1024 maxelem 65536
add KUBE-LOOP-BACK 10.244.1.5,tcp:8080,10.244.1.5
create KUBE-NODE-PORT-TCP bitmap:port range 0-65535
add KUBE-NODE-PORT-TCP 30080
`;
const IPVSADM = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  192.168.21.11:30080 rr
  -> 10.244.2.6:8080              Masq    1      0          0
TCP  10.96.0.1:443 rr
  -> 192.168.21.11:6443           Masq    1      3          0
TCP  10.96.0.20:80 rr
  -> 10.244.1.5:8080              Masq    1      0          0
  -> 10.244.2.6:8080              Masq    1      0          0
TCP  10.96.0.99:80 rr
UDP  10.96.0.10:53 rr
  -> 10.244.1.3:53                Masq    0      0          0
  -> 10.244.2.3:53                Masq    1      0          12
`;
const node = (n: number, peer: number, files: Readonly<Record<string, string>>): Record<string, string> => {
  const held = ['10.96.0.1', '10.96.0.10', '10.96.0.20', '10.96.0.99'];
  const name = `node-${n}`;
  return {
    [`${name}/hostname`]: `${name}\n`,
    [`${name}/ip_addr.txt`]: [
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
      '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
      '    inet 127.0.0.1/8 scope host lo',
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000',
      `    link/ether 02:00:00:00:00:0${n} brd ff:ff:ff:ff:ff:ff`,
      `    inet 192.168.21.1${n}/24 brd 192.168.21.255 scope global eth0`,
      '3: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default ',
      '    link/ether 3e:5a:11:22:33:44 brd ff:ff:ff:ff:ff:ff',
      ...held.map((address) => `    inet ${address}/32 scope global kube-ipvs0`),
      '4: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000',
      `    link/ether 02:00:00:00:01:0${n} brd ff:ff:ff:ff:ff:ff`,
      `    inet 10.244.${n}.1/24 brd 10.244.${n}.255 scope global cni0`,
      '',
    ].join('\n'),
    [`${name}/ip_route.txt`]: [
      'default via 192.168.21.1 dev eth0',
      `10.244.${n}.0/24 dev cni0 proto kernel scope link src 10.244.${n}.1`,
      `10.244.${peer}.0/24 via 192.168.21.1${peer} dev eth0`,
      `192.168.21.0/24 dev eth0 proto kernel scope link src 192.168.21.1${n}`,
      '',
    ].join('\n'),
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`${name}/${path}`, text])),
  };
};
const whole = { 'iptables-save.txt': RULES, 'ipset_save.txt': SETS, 'ipvsadm_-Ln.txt': IPVSADM };
const bundle = (first: Readonly<Record<string, string>> = whole): Record<string, string> => ({
  ...node(1, 2, first),
  ...node(2, 1, { ...whole, 'iptables-save.txt': OPEN }),
  'kubectl/pods.txt': [
    'NAMESPACE  NAME    READY  STATUS   RESTARTS  AGE  IP          NODE    NOMINATED NODE  READINESS GATES',
    'default    web-1   1/1    Running  0         4d   10.244.1.5  node-1  <none>          <none>',
    'default    web-2   1/1    Running  0         4d   10.244.2.6  node-2  <none>          <none>',
    '',
  ].join('\n'),
});

describe('a service of IPVS', () => {
  it('is translated after INPUT, leaves by OUTPUT past the closed FORWARD, and its answer gets the address back', async () => {
    const journey = ask(await journeysOf(bundle()), '10.244.1.9', '10.96.0.10', { proto: 17, dport: 53 });
    // The real server with weight 0 takes nobody.
    expect(ends(journey)).toEqual([
      'delivered on node-2 from 10.244.1.9 to 10.244.2.3; delivered on node-1 from 10.96.0.10 to 10.244.1.9',
    ]);
    expect(journey.walks[0]!.request.steps.filter((s) => s.node === 'node-1').map((s) => s.stage)).toEqual([
      'start',
      'receive',
      'route',
      'input',
      'output-route',
      'transmit',
    ]);
  });

  it('chooses among real servers, and masquerades who asks for itself', async () => {
    const journey = ask(await journeysOf(bundle()), 'web-1', '10.96.0.20');
    expect(journey.walks.map(({ request }) => request.choice)).toEqual([
      '10.244.1.5:8080, 1 of 2',
      '10.244.2.6:8080, 2 of 2',
    ]);
    expect(ends(journey)).toEqual([
      'delivered on node-1 from 10.244.1.1 to 10.244.1.5; delivered on node-1 from 10.96.0.20 to 10.244.1.5',
      'delivered on node-2 from 10.244.1.5 to 10.244.2.6; delivered on node-1 from 10.96.0.20 to 10.244.1.5',
    ]);
  });

  it('is reached by the node itself, with the node’s address on the wire', async () => {
    const journeys = await journeysOf(bundle());
    expect(ends(ask(journeys, 'node-1', '10.96.0.20'))[1]).toBe(
      'delivered on node-2 from 192.168.21.11 to 10.244.2.6; delivered on node-1 from 10.96.0.20 to 10.96.0.20',
    );
    expect(ends(ask(journeys, 'node-1', '10.96.0.1', { proto: 6, dport: 443 }))[0]).toMatch(
      /^delivered on node-1 from 10\.96\.0\.1 to 192\.168\.21\.11/,
    );
    expect(ends(ask(journeys, 'node-2', '10.96.0.1', { proto: 6, dport: 443 }))).toEqual([
      'delivered on node-1 from 192.168.21.12 to 192.168.21.11; delivered on node-2 from 10.96.0.1 to 10.96.0.1',
    ]);
  });

  it('answers at a NodePort, masqueraded', async () => {
    const journey = ask(await journeysOf(bundle()), '203.0.113.7', '192.168.21.11', { proto: 6, dport: 30080 });
    expect(journey.walks[0]!.request).toMatchObject({
      disposition: 'delivered',
      node: 'node-2',
      packet: { src: '192.168.21.11', dst: '10.244.2.6', dport: 8080 },
    });
  });

  it('is refused without a real server', async () => {
    const [way] = ask(await journeysOf(bundle()), 'web-1', '10.96.0.99').walks;
    expect(way!.request.disposition).toBe('rejected-by-rule');
    expect(way!.request.steps.at(-1)!.says).toContain('IPVS has no real server for 10.96.0.99:80');
    expect(way!.request.steps.at(-1)!.at).toHaveLength(1);
  });

  it('is unknown without ipvsadm, and for a port that it does not list; an echo request is the node’s own', async () => {
    const blind = await journeysOf(bundle({ 'iptables-save.txt': RULES, 'ipset_save.txt': SETS }));
    const [way] = ask(blind, 'web-1', '10.96.0.20').walks;
    expect(way!.request.disposition).toBe('unknown');
    expect(way!.request.missing!.collect).toBe('ipvsadm -Ln    # on node-1');
    const other = ask(await journeysOf(bundle()), 'web-1', '10.96.0.20', { proto: 6, dport: 8443 });
    expect(other.walks[0]!.request.disposition).toBe('unknown');
    expect(ends(ask(blind, 'web-1', '10.96.0.20', { proto: 1 }))[0]).toMatch(/^delivered on node-1/);
  });
});
