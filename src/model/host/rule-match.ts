import { contains } from '../../core/prefix.js';
import { wordTable } from '../../core/word-table.js';
import type { RouteKey } from './answer.js';
import type { Host, HostRule, RuleSelector } from './host.js';

/** Whether a rule is for a packet; `may` when it asks for something that is not known of the packet. */
export type RuleMatch = 'yes' | 'no' | 'may';

/**
 * fib_rule_match (net/core/fib_rules.c) with fib4_rule_match and fib6_rule_match. Packets that the host makes itself have
 * `lo` as input device; a forwarded packet has no output device yet.
 */
export function ruleMatches(host: Host, rule: HostRule, key: RouteKey): RuleMatch {
  const all = [
    answer(rule.iif === undefined || rule.iif === (key.iif ?? 'lo')),
    answer(rule.oif === undefined || rule.oif === key.oif),
    answer(rule.fwmark === undefined || ((key.mark ^ rule.fwmark.value) & rule.fwmark.mask) === 0),
    answer(rule.to === undefined || contains(rule.to, key.dst)),
    // A source that is still to be chosen is 0.0.0.0 to IPv4, and to IPv6 no source at all.
    answer(rule.from === undefined || sourceIn(rule, key)),
    ...rule.selectors.map((selector) => selectorMatches(host, selector, key)),
  ];
  const match = all.includes('no') ? 'no' : all.includes('may') ? 'may' : 'yes';
  if (!rule.not || match === 'may') return match;
  return match === 'yes' ? 'no' : 'yes';
}

const answer = (holds: boolean): RuleMatch => (holds ? 'yes' : 'no');

function sourceIn(rule: HostRule, key: RouteKey): boolean {
  if (key.src !== undefined) return contains(rule.from!, key.src);
  return key.family === 4 ? contains(rule.from!, '0.0.0.0') : rule.from!.length === 0;
}

const PROTOCOLS = wordTable<number>({
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  'ipv6-icmp': 58,
  sctp: 132,
});

function selectorMatches(host: Host, { name, value }: RuleSelector, key: RouteKey): RuleMatch {
  switch (name) {
    case 'ipproto': {
      const proto = PROTOCOLS[value] ?? (/^\d+$/.test(value) ? Number(value) : undefined);
      return proto === undefined || key.proto === undefined ? 'may' : answer(proto === key.proto);
    }
    case 'sport':
      return inRange(value, key.sport);
    case 'dport':
      return inRange(value, key.dport);
    case 'tos':
    case 'dsfield':
      // Type of service is aside: packets have none.
      return 'no';
    case 'uidrange':
      // Forwarded packets are root's (ip_route_input_slow: sock_net_uid(net, NULL)).
      return key.iif === undefined ? 'may' : inRange(value, 0);
    case 'l3mdev':
      return ofVrf(host, key);
    case 'detached':
      return 'no';
    default:
      return 'may';
  }
}

/** `80` or `1000-2000`; a port that is not known may be in it. */
function inRange(text: string, value: number | undefined): RuleMatch {
  const range = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (range === null || value === undefined) return 'may';
  return answer(value >= Number(range[1]) && value <= Number(range[2] ?? range[1]));
}

/** The rule of VRFs is for devices that belong to one. */
function ofVrf(host: Host, key: RouteKey): RuleMatch {
  const names = [key.iif, key.oif].filter((name) => name !== undefined);
  const free = names.every((name) => {
    const device = host.devices.get(name);
    const master = device?.master === undefined ? undefined : host.devices.get(device.master);
    return (
      device !== undefined &&
      device.links.length > 0 &&
      device.kind !== 'vrf' &&
      (device.master === undefined || (master?.kind !== undefined && master.kind !== 'vrf'))
    );
  });
  return free ? 'no' : 'may';
}
