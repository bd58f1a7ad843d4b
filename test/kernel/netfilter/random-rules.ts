import type { Random } from './random.js';

/** Chains of a table that rules may stand in, and their hooks. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

export const SOURCES = ['10.77.1.2', '10.77.1.3', '10.77.1.14'];
export const SERVERS = ['10.77.2.2', '10.77.2.3', '10.77.2.20'];
export const ROUTER = ['10.77.1.1', '10.77.2.1'];
export const PORTS = [53, 80, 81, 443, 8080, 30_080];
const NETS = [
  '10.77.1.0/24',
  '10.77.2.0/24',
  '10.77.0.0/16',
  '10.77.1.2/31',
  '10.77.2.16/28',
  '10.77.2.2/32',
  '10.77.1.1/32',
  '0.0.0.0/0',
];
const MARKS = ['0x1/0x1', '0x2/0x2', '0x4000/0x4000', '0x0/0x1', '0x3'];

/** `ipset restore` text: one set of each kind that the kernel here has. */
export function randomSets(r: Random): string {
  const some = (n: number, element: () => string, set: string): string[] =>
    [...new Set(Array.from({ length: 1 + r.below(n) }, element))].map((e) => `add ${set} ${e}`);
  const address = (): string => r.pick([...SOURCES, ...SERVERS, ...ROUTER]);
  const net = (): string => r.pick(NETS.filter((n) => n !== '0.0.0.0/0'));
  const proto = (): string => r.pick(['tcp', 'udp']);
  return [
    'create ips hash:ip family inet',
    'create nets hash:net family inet',
    'create ipport hash:ip,port family inet',
    'create ipportip hash:ip,port,ip family inet',
    'create netport hash:net,port family inet',
    'create netif hash:net,iface family inet',
    'create ipportnet hash:ip,port,net family inet',
    'create ports bitmap:port range 0-65535',
    'create all list:set size 8',
    ...some(3, address, 'ips'),
    ...nomatch(r, some(4, net, 'nets')),
    ...some(4, () => `${address()},${proto()}:${r.pick(PORTS)}`, 'ipport'),
    ...some(4, () => `${address()},${proto()}:${r.pick(PORTS)},${address()}`, 'ipportip'),
    ...some(3, () => `${net()},${proto()}:${r.pick(PORTS)}`, 'netport'),
    ...some(3, () => `${net()},${r.pick(['r0', 'r1'])}`, 'netif'),
    ...some(3, () => `${address()},${proto()}:${r.pick(PORTS)},${net()}`, 'ipportnet'),
    ...some(3, () => String(r.pick(PORTS)), 'ports'),
    ...some(2, () => r.pick(['ips', 'nets']), 'all'),
  ].join('\n');
}

const nomatch = (r: Random, lines: readonly string[]): string[] =>
  lines.map((line) => (r.oneIn(3) ? `${line} nomatch` : line));

const not = (r: Random): string => (r.oneIn(4) ? '! ' : '');

/** A match that the chain allows. */
function match(r: Random, chain: string): string {
  const side = (): string => r.pick(['src', 'dst']);
  const sides = (n: number): string => Array.from({ length: n }, side).join(',');
  const entering = chain === 'PREROUTING' || chain === 'INPUT' || chain === 'FORWARD';
  const leaving = chain === 'OUTPUT' || chain === 'POSTROUTING' || chain === 'FORWARD';
  const choices: (() => string)[] = [
    () => `-m mark ${not(r)}--mark ${r.pick(MARKS)}`,
    () => `-m connmark ${not(r)}--mark ${r.pick(MARKS)}`,
    () =>
      `-m conntrack ${not(r)}--ctstate ${r.pick(['NEW', 'INVALID', 'DNAT', 'SNAT', 'RELATED,ESTABLISHED', 'UNTRACKED', 'NEW,DNAT'])}`,
    () => `-m conntrack ${not(r)}--ctorigdst ${r.pick(NETS)}`,
    () => `-m conntrack ${not(r)}--ctorigdstport ${r.pick(PORTS)}`,
    () => `-m conntrack ${not(r)}--ctreplsrc ${r.pick(NETS)}`,
    () => `-m conntrack --ctdir ${r.pick(['ORIGINAL', 'REPLY'])}`,
    () => `-m conntrack ${not(r)}--ctproto ${r.pick(['tcp', 'udp'])}`,
    () => `-m conntrack ${not(r)}--ctstatus ${r.pick(['SEEN_REPLY', 'CONFIRMED', 'NONE', 'ASSURED,CONFIRMED'])}`,
    () => `-m addrtype ${not(r)}--dst-type ${r.pick(['LOCAL', 'UNICAST', 'LOCAL,BROADCAST', 'MULTICAST'])}`,
    () => `-m addrtype ${not(r)}--src-type ${r.pick(['LOCAL', 'UNICAST'])}`,
    () => `-m set ${not(r)}--match-set ips ${side()}`,
    () => `-m set ${not(r)}--match-set nets ${side()}${r.oneIn(4) ? ' --return-nomatch' : ''}`,
    () => `-m set ${not(r)}--match-set ipport ${sides(2)}`,
    () => `-m set ${not(r)}--match-set ipportip ${sides(3)}`,
    () => `-m set ${not(r)}--match-set netport ${sides(2)}`,
    () => `-m set ${not(r)}--match-set ipportnet ${sides(3)}`,
    () => `-m set ${not(r)}--match-set ports ${side()}`,
    () => `-m set ${not(r)}--match-set all ${side()}`,
    () => `-m set ${not(r)}--match-set ipport ${side()}`,
    () =>
      `-m iprange ${not(r)}--${r.pick(['src', 'dst'])}-range 10.77.${r.pick([1, 2])}.2-10.77.2.${r.pick([2, 9, 20])}`,
    () => `-m length ${not(r)}--length ${r.pick(['28:40', '60', '41:100', '0:65535'])}`,
    () => `-m limit --limit 1000/sec`,
    () => `-m statistic --mode random --probability 0.5`,
    () => `-m recent --set --name seen`,
    () => `-m physdev ${not(r)}--physdev-is-bridged`,
    () => `-m pkttype ${not(r)}--pkt-type ${r.pick(['unicast', 'multicast'])}`,
    ...(entering
      ? [
          () => `${not(r)}-i ${r.pick(['r0', 'r1', 'r+', 'lo'])}`,
          () => `-m set ${not(r)}--match-set netif ${side()},src`,
        ]
      : []),
    ...(leaving
      ? [
          () => `${not(r)}-o ${r.pick(['r0', 'r1', 'r+', 'lo'])}`,
          () => `-m set ${not(r)}--match-set netif ${side()},dst`,
        ]
      : []),
    ...(chain === 'POSTROUTING' ? [() => `-m addrtype ${not(r)}--src-type LOCAL --limit-iface-out`] : []),
    ...(chain === 'PREROUTING' ? [() => `-m addrtype ${not(r)}--dst-type LOCAL --limit-iface-in`] : []),
  ];
  return r.pick(choices)();
}

function protocol(r: Random): string {
  const proto = r.pick(['tcp', 'udp']);
  const port = (): string => r.pick([String(r.pick(PORTS)), '50:90', '8000:', ':79']);
  switch (r.below(5)) {
    case 0:
      return `${not(r)}-p ${proto}`;
    case 1:
      return `-p ${proto} -m ${proto} ${not(r)}--dport ${port()}`;
    case 2:
      return `-p ${proto} -m multiport ${not(r)}--${r.pick(['dports', 'ports'])} 80,443,8000:9000`;
    case 3:
      return (
        '-p tcp -m tcp ' +
        r.pick(['--tcp-flags FIN,SYN,RST,ACK SYN', '! --tcp-flags FIN,SYN,RST,ACK SYN', '--tcp-flags SYN,ACK SYN,ACK'])
      );
    default:
      return `-p ${proto} -m ${proto} --sport 1:1023 ${r.oneIn(2) ? `--dport ${port()}` : ''}`;
  }
}

function target(r: Random, table: string, chain: string, users: readonly string[]): string {
  const port = r.pick(PORTS);
  const choices: string[] = ['ACCEPT', 'RETURN', ...users, ...users, 'LOG'];
  if (table !== 'nat') choices.push('DROP');
  if (table === 'filter') choices.push('REJECT', 'REJECT --reject-with icmp-host-prohibited', 'DROP');
  if (table === 'mangle') choices.push('MARK', 'MARK', 'MARK', 'CONNMARK', 'CONNMARK');
  if (table === 'raw') choices.push('CT --notrack');
  if (table === 'nat') {
    choices.push('MARK --set-xmark 0x4000/0x4000');
    if (chain === 'PREROUTING' || chain === 'OUTPUT')
      choices.push(
        `DNAT --to-destination ${r.pick([...SERVERS, ...ROUTER])}`,
        `DNAT --to-destination ${r.pick(SERVERS)}:${port}`,
        'DNAT --to-destination 10.77.2.2-10.77.2.3',
        'NETMAP --to 10.77.2.0/28',
      );
    if (chain === 'PREROUTING') choices.push('REDIRECT', `REDIRECT --to-ports ${port}`);
    if (chain === 'POSTROUTING') choices.push('MASQUERADE', 'MASQUERADE', 'NETMAP --to 10.77.1.16/28');
    if (chain === 'POSTROUTING' || chain === 'INPUT')
      choices.push(`SNAT --to-source ${r.pick(['10.77.1.1', '10.77.2.1', '10.77.9.9'])}`);
  }
  const chosen = r.pick(choices);
  if (chosen === 'MARK')
    return `MARK ${r.pick(['--set-xmark 0x1/0x1', '--set-mark 0x3', '--or-mark 0x2', '--and-mark 0xfffe', '--xor-mark 0x4001'])}`;
  if (chosen === 'CONNMARK')
    return `CONNMARK ${r.pick(['--save-mark', '--restore-mark', '--set-xmark 0x2/0x2', '--restore-mark --nfmask 0xf --ctmask 0xf'])}`;
  return users.includes(chosen) && r.oneIn(5) ? `goto ${chosen}` : chosen;
}

/** A second match; a rule names its devices once. */
function another(r: Random, chain: string, first: string): string {
  const second = match(r, chain);
  return /(^| )-[io] /.test(first) && /(^| )-[io] /.test(second) ? '' : second;
}

function rule(r: Random, table: string, chain: string, base: string, users: readonly string[]): string {
  const to = target(r, table, base, users);
  // NAT of ports is for a protocol that has some.
  const withPorts = /:\d+$|--to-ports/.test(to);
  const first = r.oneIn(2) ? match(r, base) : '';
  const parts = [
    r.oneIn(3) ? `${not(r)}-s ${r.pick(NETS.slice(0, -1))}` : '',
    r.oneIn(3) ? `${not(r)}-d ${r.pick(NETS.slice(0, -1))}` : '',
    withPorts ? `-p ${r.pick(['tcp', 'udp'])}` : r.oneIn(2) ? protocol(r) : '',
    first,
    r.oneIn(4) ? another(r, base, first) : '',
  ];
  return `-A ${chain} ${parts.filter((part) => part !== '').join(' ')} ${to.startsWith('goto ') ? `-g ${to.slice(5)}` : `-j ${to}`}`;
}

/** A rule set as iptables-restore reads it. */
export function randomTables(r: Random): string {
  const text: string[] = [];
  for (const [table, chains] of Object.entries(TABLES)) {
    if (r.oneIn(3)) continue;
    const users: string[] = [];
    const lines: string[] = [];
    // A user chain belongs to one base chain, so that its rules may name what that hook has; it calls those before it.
    for (const base of chains) {
      const own: string[] = [];
      for (let i = 0; i < r.below(3); i++) {
        const name = `U-${base.slice(0, 4)}-${i}`;
        for (let n = 0; n <= r.below(3); n++) lines.push(rule(r, table, name, base, own));
        own.push(name);
        users.push(name);
      }
      for (let n = 0; n < r.below(4); n++) lines.push(rule(r, table, base, base, own));
    }
    text.push(`*${table}`);
    for (const chain of chains) text.push(`:${chain} ${table === 'filter' && r.oneIn(4) ? 'DROP' : 'ACCEPT'} [0:0]`);
    for (const user of users) text.push(`:${user} - [0:0]`);
    text.push(...lines, 'COMMIT');
  }
  return `${text.join('\n')}\n`;
}
