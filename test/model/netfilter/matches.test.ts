import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../src/model/journey/packet.js';
import type { Crossing, Hook } from '../../../src/model/netfilter/passage.js';
import { traverse } from '../../../src/model/netfilter/traverse.js';
import { at, type HostParts, hostOf, packet } from './dumped.js';

const NAT = '*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n';
const SETS = `create h4 hash:ip family inet
add h4 10.1.0.1
create n4 hash:net family inet
add n4 10.1.0.0/16
add n4 10.1.2.0/24 nomatch
create ipport hash:ip,port family inet
add ipport 10.2.0.2,tcp:80
create loop hash:ip,port,ip family inet
add loop 10.2.0.2,tcp:80,10.1.0.1
create net2 hash:net,net family inet
add net2 10.1.0.0/16,10.2.0.0/16
add net2 10.1.0.0/24,10.2.0.0/24 nomatch
create netif hash:net,iface family inet
add netif 10.1.0.0/16,eth0
create masked hash:ip family inet netmask 24
add masked 10.1.0.0
create ports bitmap:port range 0-65535
add ports 80
create all list:set size 8
add all h4
add all ports
create marks hash:ip,mark family inet
add marks 10.1.0.1,0x00000005
create macs hash:mac
add macs 02:42:AC:11:00:02
create six hash:net family inet6
add six fd00::/64`;

/** What a match says to a packet in FORWARD (or elsewhere): by what becomes of it when the match drops it. */
function says(
  match: string,
  walking: Packet,
  where: Partial<Crossing> & { hook?: Hook } = {},
  parts: HostParts = {},
): string {
  const hook = where.hook ?? 'FORWARD';
  const rules = `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A ${hook} ${match} -j DROP\nCOMMIT\n${NAT}`;
  const six = walking.family === 6;
  const host = hostOf({
    dumps: [{ text: rules, command: six ? 'ip6tables-save' : 'iptables-save' }],
    ipsets: SETS,
    addresses: ['lo 127.0.0.1/8', 'eth0 192.168.1.5/24', 'eth0 fd00::5/64'],
    ...parts,
  });
  const verdicts = traverse(host, at(hook, walking, where)).map((way) => way.verdict);
  return verdicts.length === 2 ? 'maybe' : verdicts[0] === 'drop' ? 'yes' : 'no';
}

const P = packet('10.1.0.1', '10.2.0.2', { dport: 80 });
const ct = (more: Partial<Packet['ct']>): Packet => ({ ...P, ct: { ...P.ct, ...more } });

describe.each<[string, Packet, string]>([
  ['-s 10.1.0.0/16', P, 'yes'],
  ['! -s 10.1.0.0/16', P, 'no'],
  ['-d 10.0.0.2/255.0.0.255', P, 'yes'],
  ['-p tcp', P, 'yes'],
  ['! -p tcp', P, 'no'],
  ['-p udp', P, 'no'],
  ['-i eth0 -o eth+', P, 'yes'],
  ['-i lo', P, 'no'],
  ['! -o cali+', P, 'yes'],
  ['-f', P, 'no'],
  ['-p tcp -m tcp --dport 80', P, 'yes'],
  ['-p tcp --dport http', P, 'yes'],
  ['-p tcp -m tcp --dport 1024:', P, 'no'],
  ['-p tcp -m tcp ! --dport 80', P, 'no'],
  ['-p tcp -m tcp --sport 40000:50000', P, 'yes'],
  ['-p tcp -m tcp --sport 1024:2000', { ...P, sport: undefined }, 'maybe'],
  ['-p tcp -m tcp --sport 0:65535', { ...P, sport: undefined }, 'yes'],
  ['-p tcp -m multiport --dports 22,80,8000:9000', P, 'yes'],
  ['-p tcp -m multiport --ports 40000', P, 'yes'],
  ['-p tcp -m multiport ! --dports 22,80', P, 'no'],
  ['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', P, 'yes'],
  ['-p tcp -m tcp --syn', { ...P, tcpFlags: 0x12 }, 'no'],
  ['-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN', { ...P, tcpFlags: 0x10 }, 'yes'],
  ['-p tcp -m tcp --tcp-option 5', P, 'maybe'],
  ['-p icmp -m icmp --icmp-type 8', packet('10.1.0.1', '10.2.0.2', { proto: 1, icmpType: 8, icmpCode: 0 }), 'yes'],
  ['-p icmp -m icmp --icmp-type 3/4', packet('10.1.0.1', '10.2.0.2', { proto: 1, icmpType: 3, icmpCode: 1 }), 'no'],
  ['-p icmp -m icmp ! --icmp-type echo-request', packet('10.1.0.1', '10.2.0.2', { proto: 1, icmpType: 8 }), 'no'],
  ['-p icmp -m icmp --icmp-type any', packet('10.1.0.1', '10.2.0.2', { proto: 1 }), 'yes'],
  ['-p icmp -m icmp --icmp-type 8', packet('10.1.0.1', '10.2.0.2', { proto: 1 }), 'maybe'],
  ['-m mark --mark 0x4000/0x4000', { ...P, mark: 0xc000 }, 'yes'],
  ['-m mark ! --mark 0x4000/0x4000', { ...P, mark: 0xc000 }, 'no'],
  ['-m mark --mark 0x4000', { ...P, mark: 0xc000 }, 'no'],
  ['-m mark --mark 0x80000000/0x80000000', { ...P, mark: 0x80000001 }, 'yes'],
  ['-m connmark --mark 0x1/0x1', ct({ mark: 1 }), 'yes'],
  ['-m connmark ! --mark 0x1/0x1', ct({ state: 'UNTRACKED' }), 'no'],
  ['-m conntrack --ctstate NEW', P, 'yes'],
  ['-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT', P, 'yes'],
  ['-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT', ct({ dnat: true }), 'no'],
  ['-m conntrack --ctstate SNAT', ct({ snat: true }), 'yes'],
  ['-m conntrack --ctstate INVALID', ct({ state: 'UNTRACKED' }), 'no'],
  ['-m conntrack --ctstate NEW', ct({ state: 'unknown' }), 'maybe'],
  ['-m state --state RELATED,ESTABLISHED', ct({ state: 'ESTABLISHED' }), 'yes'],
  ['-m conntrack --ctorigdst 10.96.0.0/12', ct({ orig: { src: '10.1.0.1', dst: '10.96.0.1' } }), 'yes'],
  ['-m conntrack --ctorigdstport 443', ct({ orig: { src: '10.1.0.1', dst: '10.96.0.1', dport: 443 } }), 'yes'],
  ['-m conntrack --ctdir REPLY', ct({ direction: 'reply' }), 'yes'],
  ['-m conntrack --ctproto 6', P, 'yes'],
  ['-m conntrack ! --ctproto 6', ct({ state: 'INVALID' }), 'no'],
  ['-m conntrack --ctreplsrc 10.2.0.2', P, 'yes'],
  ['-m conntrack --ctstatus SEEN_REPLY', ct({ state: 'ESTABLISHED' }), 'yes'],
  ['-m conntrack --ctstatus ASSURED', ct({ state: 'ESTABLISHED' }), 'maybe'],
  ['-m addrtype --dst-type LOCAL', packet('10.1.0.1', '192.168.1.5'), 'yes'],
  ['-m addrtype --dst-type LOCAL', packet('10.1.0.1', '127.0.0.1'), 'yes'],
  ['-m addrtype --dst-type BROADCAST', packet('10.1.0.1', '192.168.1.255'), 'yes'],
  ['-m addrtype --dst-type MULTICAST', packet('10.1.0.1', '224.0.0.18'), 'yes'],
  ['-m addrtype ! --src-type LOCAL --dst-type UNICAST', P, 'yes'],
  [
    '-m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL',
    packet('192.168.1.5', '10.2.0.2'),
    'yes',
  ],
  ['-m set --match-set h4 src', P, 'yes'],
  ['-m set ! --match-set h4 src', P, 'no'],
  ['-m set --match-set n4 src', P, 'yes'],
  ['-m set --match-set n4 src', packet('10.1.2.3', '10.2.0.2'), 'no'],
  ['-m set --match-set n4 src --return-nomatch', packet('10.1.2.3', '10.2.0.2'), 'yes'],
  ['-m set --match-set ipport dst,dst', P, 'yes'],
  ['-m set --match-set ipport dst', P, 'no'],
  ['-m set --match-set ipport dst,src', { ...P, sport: undefined }, 'maybe'],
  ['-m set --match-set loop dst,dst,src', P, 'yes'],
  ['-m set --match-set net2 src,dst', P, 'no'],
  ['-m set --match-set net2 src,dst', packet('10.1.9.1', '10.2.0.2'), 'yes'],
  ['-m set --match-set netif src,src', P, 'yes'],
  ['-m set --match-set netif src,dst', P, 'no'],
  ['-m set --match-set masked src', packet('10.1.0.77', '10.2.0.2'), 'yes'],
  ['-m set --match-set ports dst', P, 'yes'],
  ['-m set --match-set ports dst', packet('10.1.0.1', '10.2.0.2', { proto: 1 }), 'no'],
  ['-m set --match-set all dst', P, 'yes'],
  ['-m set --match-set marks src,src', { ...P, mark: 5 }, 'yes'],
  ['-m set --match-set macs src', P, 'maybe'],
  ['-m set --match-set six src', P, 'no'],
  ['-m set --match-set nowhere src', P, 'maybe'],
  ['-m iprange --src-range 10.1.0.0-10.1.0.9', P, 'yes'],
  ['-m statistic --mode nth --every 3 --packet 0', P, 'maybe'],
  ['-m recent --set --name x --rsource', P, 'yes'],
  ['-m recent --rcheck --name x --rsource', P, 'maybe'],
  ['-m limit --limit 3/min', P, 'maybe'],
  ['-m hashlimit --hashlimit-upto 10/min --hashlimit-mode srcip --hashlimit-name y', P, 'maybe'],
  ['-m length --length 0:100', P, 'yes'],
  ['-m length ! --length 0:100', P, 'no'],
  ['-m length --length 0:100', { ...P, length: undefined }, 'maybe'],
  ['-m mac --mac-source 02:42:ac:11:00:02', { ...P, macSrc: '02:42:ac:11:00:02' }, 'yes'],
  ['-m mac --mac-source 02:42:ac:11:00:02', P, 'maybe'],
  ['-m owner --uid-owner 1001', P, 'no'],
  ['-m owner ! --uid-owner 1001', P, 'yes'],
  ['-m cgroup --cgroup 100', P, 'no'],
  ['-m physdev --physdev-is-bridged', P, 'no'],
  ['-m physdev ! --physdev-is-bridged', P, 'yes'],
  ['-m pkttype --pkt-type multicast', P, 'no'],
  ['-m helper --helper ftp', P, 'no'],
  ['-m nfacct --nfacct-name x', P, 'yes'],
  ['-m policy --dir out --pol none', P, 'maybe'],
  ['-m socket --transparent', P, 'maybe'],
  ['-m u32 --u32 "0x0>>0x16&0x3c@0xc=0x5"', P, 'maybe'],
  ['-m something --new thing', P, 'maybe'],
  ['-m unread --text "interfaces"', P, 'maybe'],
  ['-m comment --comment "-j ACCEPT ! --dport"', P, 'yes'],
])('%s', (match, walking, expected) => {
  it(`${walking.src} > ${walking.dst}: ${expected}`, () => expect(says(match, walking)).toBe(expected));
});

describe('what hangs on where the packet is', () => {
  it('physdev: bridge ports', () => {
    const bridged = { physIn: 'veth1', physOut: 'veth2' };
    expect(says('-m physdev --physdev-is-bridged', P, bridged)).toBe('yes');
    expect(says('-m physdev --physdev-in veth1 --physdev-out veth+', P, bridged)).toBe('yes');
    expect(says('-m physdev ! --physdev-in veth1', P, bridged)).toBe('no');
  });
  it('owner: a packet of the host itself may be anybody\u2019s', () => {
    expect(says('-m owner --uid-owner 1001', P, { hook: 'OUTPUT' })).toBe('maybe');
  });
  it('-i in OUTPUT has no device to compare with', () => {
    expect(says('-i eth0', P, { hook: 'OUTPUT' })).toBe('no');
    expect(says('! -i eth0', P, { hook: 'OUTPUT' })).toBe('yes');
  });
  it('addrtype without the host\u2019s addresses', () => {
    expect(says('-m addrtype --dst-type LOCAL', P, {}, { addresses: undefined as unknown as readonly string[] })).toBe(
      'maybe',
    );
  });
  it('IPv6', () => {
    const six = packet('fd00::1', 'fd00::5');
    expect(says('-s fd00::/64 -m set --match-set six src', six)).toBe('yes');
    expect(says('-m addrtype --dst-type LOCAL', six)).toBe('yes');
    expect(says('-p ipv6-icmp -m icmp6 --icmpv6-type 128', { ...six, proto: 58, icmpType: 128 })).toBe('yes');
  });
  it('names what is missing, and how to get it', () => {
    const rules = `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A FORWARD -m set --match-set nowhere src -j DROP\nCOMMIT\n${NAT}`;
    const [first] = traverse(hostOf({ rules }), at('FORWARD', P));
    expect(first!.assumptions).toMatchObject([
      { what: 'members of ipset nowhere on node-1', collect: 'ipset save    # on node-1', at: [{ line: 5 }] },
    ]);
  });
  it('two rules that ask the same get the same answer', () => {
    const rules = `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A FORWARD -m set --match-set x src -j ACCEPT\n-A FORWARD -m set ! --match-set x src -j DROP\n-A FORWARD -j REJECT\nCOMMIT\n${NAT}`;
    expect(
      traverse(hostOf({ rules }), at('FORWARD', P))
        .map((way) => way.verdict)
        .sort(),
    ).toEqual(['accept', 'drop']);
  });
});
