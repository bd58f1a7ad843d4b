import { describe, expect, it } from 'vitest';
import { ask, ends, journeysOf } from './walked.js';

interface Odd {
  readonly hairpin?: 'on' | 'off';
  readonly state?: string;
  readonly callsIptables?: 0 | 1;
  /** Flags of cni0. */
  readonly flags?: string;
  readonly neighbours?: boolean;
}

/** A node with two pods on cni0, as the kernel printed it in a namespace; the service's only endpoint is the first pod. */
function node({ hairpin = 'off', state = 'forwarding', callsIptables = 1, ...rest }: Odd) {
  const port = (n: number, name: string, own: string, words: string) => [
    `${n}: ${name}@if5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master cni0 state UP mode DEFAULT group default qlen 1000`,
    `    link/ether ${own} brd ff:ff:ff:ff:ff:ff link-netnsid 1 promiscuity 1  allmulti 1 minmtu 68 maxmtu 65535 `,
    '    veth ',
    `    bridge_slave ${words} guard off root_block off fastleave off learning on flood on port_id 0x8001 port_no 0x1`,
  ];
  const flags = rest.flags ?? 'BROADCAST,MULTICAST,UP,LOWER_UP';
  return {
    'node-1/hostname': 'node-1\n',
    'node-1/ip_-d_link.txt': [
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000',
      '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0  allmulti 0 minmtu 0 maxmtu 0 ',
      `3: cni0: <${flags}> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000`,
      '    link/ether 86:4a:e4:4f:93:01 brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 ',
      '    bridge forward_delay 0 hello_time 200 max_age 2000 ageing_time 30000 stp_state 0 ',
      ...port(6, 'veth1', '86:4a:e4:4f:93:b9', `state ${state} priority 32 cost 2 hairpin ${hairpin}`),
      ...port(7, 'veth2', '86:4a:e4:4f:93:ba', 'state forwarding priority 32 cost 2 hairpin off'),
      '',
    ].join('\n'),
    'node-1/ip_addr.txt': [
      `3: cni0: <${flags}> mtu 1500 qdisc noqueue state UP group default qlen 1000`,
      '    inet 10.77.1.1/24 brd 10.77.1.255 scope global cni0',
      '',
    ].join('\n'),
    'node-1/ip_route.txt': '10.77.1.0/24 dev cni0 proto kernel scope link src 10.77.1.1\n',
    'node-1/ip_neigh.txt':
      rest.neighbours === false
        ? '10.77.9.9 dev cni0 FAILED\n'
        : '10.77.1.7 dev cni0 lladdr 02:00:00:00:00:07 REACHABLE\n10.77.1.8 dev cni0 lladdr 02:00:00:00:00:08 REACHABLE\n',
    'node-1/bridge_fdb.txt': '02:00:00:00:00:07 dev veth1 master cni0 \n02:00:00:00:00:08 dev veth2 master cni0 \n',
    'node-1/iptables-save.txt': [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      ':INPUT ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':POSTROUTING ACCEPT [0:0]',
      '-A PREROUTING -d 10.96.0.9/32 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x4000/0xffffffff',
      '-A PREROUTING -d 10.96.0.9/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.77.1.7:8080',
      '-A POSTROUTING -m mark --mark 0x4000 -j MASQUERADE',
      'COMMIT',
      '',
    ].join('\n'),
    'node-1/sysctl.txt': `net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.cni0.rp_filter = 0\nnet.ipv4.conf.cni0.forwarding = 1\nnet.bridge.bridge-nf-call-iptables = ${callsIptables}\n`,
    'pods.txt': [
      'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP          NODE     NOMINATED NODE   READINESS GATES',
      'default     one     1/1     Running   0          1d    10.77.1.7   node-1   <none>           <none>',
      'default     other   1/1     Running   0          1d    10.77.1.8   node-1   <none>           <none>',
      '',
    ].join('\n'),
  };
}
const walked = async (odd: Odd, from: string, to: string) => ends(ask(await journeysOf(node(odd)), from, to));

describe('hairpin', () => {
  const back =
    /^delivered on node-1 from 10\.77\.1\.1 to 10\.77\.1\.7; delivered on node-1 from 10\.96\.0\.9 to 10\.77\.1\.7$/;

  it('off: a pod does not reach itself by its service, where bridge-netfilter keeps the packet inside the bridge', async () => {
    const [end] = await walked({}, '10.77.1.7', '10.96.0.9');
    expect(end).toMatch(/^not-bridged on node-1/);
  });

  it('on: it does', async () => {
    expect((await walked({ hairpin: 'on' }, '10.77.1.7', '10.96.0.9'))[0]).toMatch(back);
  });

  it('is not asked where the packet is routed', async () => {
    expect((await walked({ callsIptables: 0 }, '10.77.1.7', '10.96.0.9'))[0]).toMatch(back);
  });

  it('is not asked for another pod on the bridge', async () => {
    expect((await walked({}, '10.77.1.8', '10.96.0.9'))[0]).toMatch(/^delivered .*; delivered /);
  });
});

describe('a port that is not forwarding', () => {
  it.each(['blocking', 'disabled', 'listening', 'learning'])('%s lets nothing pass, there and back', async (state) => {
    expect((await walked({ state }, 'node-1', '10.77.1.7'))[0]).toMatch(/^not-bridged on node-1/);
    expect((await walked({ state }, '10.77.1.8', '10.77.1.7'))[0]).toMatch(/^not-bridged on node-1/);
    expect((await walked({ state }, '10.77.1.7', '10.77.1.1'))[0]).toMatch(/^not-bridged on node-1/);
  });

  it('says which, with its line', async () => {
    const { walks } = ask(await journeysOf(node({ state: 'blocking' })), 'node-1', '10.77.1.7');
    const last = walks[0]!.request.steps.at(-1)!;
    expect(last.says).toBe('veth1, its port of cni0, is blocking');
    expect(last.at).toHaveLength(1);
  });

  it('is no matter of the other pods', async () => {
    expect((await walked({ state: 'disabled' }, 'node-1', '10.77.1.8'))[0]).toMatch(/^delivered /);
  });
});

it('of ports that differ, without neighbours, nobody knows which is the pod\u2019s', async () => {
  expect((await walked({ state: 'blocking', neighbours: false }, 'node-1', '10.77.1.7'))[0]).toMatch(
    /^unknown on node-1/,
  );
});

describe('a bridge without carrier', () => {
  it('sends nothing', async () => {
    const flags = 'NO-CARRIER,BROADCAST,MULTICAST,UP';
    expect((await walked({ flags }, 'node-1', '10.77.1.7'))[0]).toMatch(/^device-down on node-1/);
  });

  it('that the kernel is about to notice sends', async () => {
    const flags = 'NO-CARRIER,BROADCAST,MULTICAST,UP,LOWER_UP';
    expect((await walked({ flags }, 'node-1', '10.77.1.7'))[0]).toMatch(/^delivered/);
  });
});
