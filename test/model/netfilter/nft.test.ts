import { describe, expect, it } from 'vitest';
import { traverse } from '../../../src/model/netfilter/traverse.js';
import { at, brief, hostOf, packet } from './dumped.js';

/** Filter and nat of iptables, empty: so that only nft speaks. */
const EMPTY =
  '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n';
const nft = (text: string, addresses: readonly string[] = []) => hostOf({ rules: EMPTY, nft: text, addresses });

const KUBE_PROXY = `table ip kube-proxy {
	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.10 . udp . 53 : goto service-DNS,
			     10.96.0.20 . tcp . 80 comment "default/web:http" : goto service-WEB }
	}
	map no-endpoint-services {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.77 . tcp . 5432 : goto reject-chain }
	}
	set cluster-ips {
		type ipv4_addr
		elements = { 10.96.0.10, 10.96.0.20 }
	}
	chain filter-forward {
		type filter hook forward priority filter - 110; policy accept;
		ct state new jump service-endpoints-check
	}
	chain service-endpoints-check {
		ip daddr . meta l4proto . th dport vmap @no-endpoint-services
	}
	chain reject-chain {
		reject
	}
	chain nat-prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		jump services
	}
	chain nat-postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		jump masquerading
	}
	chain masquerading {
		meta mark & 0x00004000 == 0x00000000 return
		meta mark set meta mark ^ 0x00004000
		masquerade fully-random
	}
	chain mark-for-masquerade {
		meta mark set meta mark | 0x00004000
	}
	chain services {
		ip daddr . meta l4proto . th dport vmap @service-ips
		fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap { tcp . 30080 : goto service-WEB }
	}
	chain service-WEB {
		ip daddr 10.96.0.20 tcp dport 80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
		numgen random mod 2 vmap { 0 : goto endpoint-1, 1 : goto endpoint-2 }
	}
	chain endpoint-1 {
		ip saddr 10.244.1.5 jump mark-for-masquerade
		meta l4proto tcp dnat to 10.244.1.5:8080
	}
	chain endpoint-2 {
		ip saddr 10.244.2.5 jump mark-for-masquerade
		meta l4proto tcp dnat to 10.244.2.5:8080
	}
	chain service-DNS {
		meta l4proto udp dnat to 10.244.1.9:53
	}
}`;

describe('kube-proxy in nft mode', () => {
  const host = nft(KUBE_PROXY, ['eth0 192.168.1.5/24', 'eth1 10.0.9.1/24']);
  it('finds the service in a map, chooses an endpoint, and marks what must be masqueraded', () => {
    expect(traverse(host, at('PREROUTING', packet('10.244.1.7', '10.96.0.20'))).map(brief)).toEqual([
      'accept 10.244.1.7 > 10.244.1.5:8080 [10.244.1.5:8080, 1 of 2]',
      'accept 10.244.1.7 > 10.244.2.5:8080 [10.244.2.5:8080, 2 of 2]',
    ]);
    expect(traverse(host, at('PREROUTING', packet('192.168.1.9', '10.96.0.20'))).map((p) => p.packet.mark)).toEqual([
      0x4000, 0x4000,
    ]);
  });
  it('serves node ports by an anonymous map', () => {
    const ways = traverse(host, at('PREROUTING', packet('192.168.1.9', '192.168.1.5', { dport: 30_080 })));
    expect(ways.map((way) => way.packet.dst)).toEqual(['10.244.1.5', '10.244.2.5']);
  });
  it('masquerades by the mark', () => {
    const marked = packet('192.168.1.9', '10.244.1.5', { mark: 0x4000 });
    expect(traverse(host, at('POSTROUTING', marked)).map(brief)).toEqual(['accept 10.0.9.1 > 10.244.1.5:80']);
    expect(traverse(host, at('POSTROUTING', packet('10.244.1.9', '10.244.1.5'))).map(brief)).toEqual([
      'accept 10.244.1.9 > 10.244.1.5:80',
    ]);
  });
  it('rejects services without endpoints', () => {
    const [only] = traverse(host, at('FORWARD', packet('10.244.1.7', '10.96.0.77', { dport: 5432 })));
    expect(only).toMatchObject({ verdict: 'reject', by: { table: 'ip kube-proxy', chain: 'reject-chain' } });
  });
});

const FIREWALLD = `table inet firewalld {
	chain filter_INPUT {
		type filter hook input priority filter + 10; policy accept;
		ct state { established, related } accept
		ct status dnat accept
		iifname "lo" accept
		ct state invalid drop
		jump filter_INPUT_ZONES
		reject with icmpx admin-prohibited
	}
	chain filter_INPUT_ZONES {
		iifname "cni*" goto trusted
		goto public
	}
	chain trusted {
		accept
	}
	chain public {
		tcp dport 22 accept
		ip6 daddr fe80::/64 udp dport 546 accept
		tcp dport { 10250, 30000-32767 } accept
		meta l4proto { icmp, ipv6-icmp } accept
	}
}`;

describe('firewalld', () => {
  const host = nft(FIREWALLD);
  const verdict = (dport: number, proto = 6, iif = 'eth0') =>
    traverse(host, at('INPUT', packet('192.168.1.9', '192.168.1.5', { dport, proto }), { iif })).map((p) => p.verdict);
  it('takes what the zone has and rejects the rest', () => {
    expect(verdict(22)).toEqual(['accept']);
    expect(verdict(30_080)).toEqual(['accept']);
    expect(verdict(8472, 17)).toEqual(['reject']);
    expect(verdict(8472, 17, 'cni0')).toEqual(['accept']);
    expect(verdict(0, 1)).toEqual(['accept']);
  });
  it('an accept in iptables does not end nft', () => {
    const [only] = traverse(host, at('INPUT', packet('192.168.1.9', '192.168.1.5', { dport: 8472, proto: 17 })));
    expect(only!.by).toMatchObject({ table: 'inet firewalld', chain: 'filter_INPUT' });
  });
  it('established packets pass, by the state that conntrack has', () => {
    const known = packet('192.168.1.9', '192.168.1.5', { dport: 8472, proto: 17 });
    const walking = { ...known, ct: { ...known.ct, state: 'ESTABLISHED' as const } };
    expect(traverse(host, at('INPUT', walking)).map((p) => p.verdict)).toEqual(['accept']);
  });
});

describe('rules of nft', () => {
  const forward = (rules: string) =>
    nft(
      `table ip t {\n\tset pods {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\telements = { 10.244.0.0/16, 10.9.0.1-10.9.0.9 }\n\t}\n\tchain f {\n\t\ttype filter hook forward priority filter; policy accept;\n${rules}\n\t}\n}`,
    );
  const verdicts = (rules: string, walking = packet('10.244.1.5', '10.9.0.5')) =>
    traverse(forward(rules), at('FORWARD', walking))
      .map((p) => `${p.verdict}${p.assumptions.length > 0 ? '?' : ''}`)
      .sort();

  it.each([
    ['ip saddr @pods drop', ['drop']],
    ['ip daddr @pods drop', ['drop']],
    ['ip saddr != @pods drop', ['accept']],
    ['ip saddr 10.0.0.0/8 tcp dport { 80, 443 } drop', ['drop']],
    ['tcp dport != 80 drop', ['accept']],
    ['udp dport 80 drop', ['accept']],
    ['tcp dport > 79 drop', ['drop']],
    ['th dport 70-90 drop', ['drop']],
    ['iifname { "cni0", "eth0" } counter packets 12 bytes 3400 drop', ['drop']],
    ['iif "eth0" oifname "eth1" log prefix "x: { " level info flags all drop comment "why"', ['drop']],
    ['ct state vmap { invalid : accept, established : accept, new : drop }', ['drop']],
    ['ct state established,related drop', ['accept']],
    ['ct state != new | untracked drop', ['drop']],
    ['ct state new | untracked drop', ['accept']],
    ['meta nfproto ipv6 drop', ['accept']],
    ['meta mark 0x00000001 drop', ['accept']],
    ['meta mark set 0x5 accept', ['accept']],
    ['ip saddr . ip daddr { 10.244.1.5 . 10.9.0.5 } drop', ['drop']],
    ['limit rate 5/second burst 10 packets drop', ['accept?', 'drop?']],
    ['meta time "2026-01-01" drop', ['accept?', 'drop?']],
    ['ip saddr @elsewhere drop', ['accept?', 'drop?']],
    ['queue to 3', ['unknown']],
    ['tcp option maxseg size set rt mtu', ['accept']],
    ['ip saddr 10.244.0.0/16 meta mark set 0x3 drop', ['drop']],
    ['ip saddr 10.244.0.0/16 ip dscp set cs1 drop', ['drop']],
    ['ct original zone set 5 ip saddr 10.9.0.0/16 drop', ['accept']],
    ['reject with tcp reset', ['reject']],
  ])('%s', (rule, expected) => {
    expect(verdicts(rule)).toEqual(expected);
  });

  it('without iptables-save the other tables are taken for granted', () => {
    const host = hostOf({ nft: FIREWALLD });
    const [only] = traverse(host, at('INPUT', packet('192.168.1.9', '192.168.1.5', { dport: 22 })));
    expect(only!.assumptions.map((one) => one.what)).toEqual(["iptables' own tables of node-1"]);
  });
});
