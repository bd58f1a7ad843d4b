import type { Random } from './random.js';
import { PORTS, ROUTER, SERVERS, SOURCES } from './random-rules.js';

const NETS = [
  '10.77.1.0/24',
  '10.77.2.0/24',
  '10.77.0.0/16',
  '10.77.1.2/31',
  '10.77.2.16/28',
  '10.77.2.2',
  '10.77.2.2-10.77.2.9',
];

/** Base chains: name, type, hook, priority. */
const CHAINS = [
  ['pre', 'filter', 'prerouting', '-140'],
  ['forw', 'filter', 'forward', '5'],
  ['inp', 'filter', 'input', '10'],
  ['outp', 'route', 'output', '-140'],
  ['natpre', 'nat', 'prerouting', '-95'],
  ['natout', 'nat', 'output', '-95'],
  ['natpost', 'nat', 'postrouting', '105'],
] as const;

const not = (r: Random): string => (r.oneIn(4) ? '!= ' : '');
const list = (r: Random, from: readonly (string | number)[]): string =>
  `{ ${[...new Set([r.pick(from), r.pick(from)])].join(', ')} }`;

function match(r: Random, hook: string, proto: string): string {
  const side = r.pick(['saddr', 'daddr']);
  const key = (): string => `${r.pick([...SOURCES, ...SERVERS])} . ${proto} . ${r.pick(PORTS)}`;
  const choices = [
    `ip ${side} ${not(r)}${r.pick(NETS)}`,
    `ip ${side} ${not(r)}${list(r, [...SOURCES, ...SERVERS, ...ROUTER])}`,
    `ip ${side} ${not(r)}@nets`,
    `${proto} dport ${not(r)}${r.pick(PORTS)}`,
    `${proto} dport ${not(r)}${list(r, [...PORTS, '9000-9999', '50-60'])}`,
    `th dport ${r.pick(['> 80', '< 100', '>= 443', '80-8080'])}`,
    `meta l4proto ${not(r)}${proto}`,
    `ip protocol ${proto}`,
    `meta mark ${r.pick(['', '!= '])}${r.pick(['0x1', '0x3', '0x4000'])}`,
    `meta mark & 0x1 ${r.pick(['==', '!='])} 0x1`,
    `ct state ${not(r)}${r.pick(['new', 'established', 'invalid', '{ new, related }', 'new,untracked'])}`,
    'ct status dnat',
    `ct direction ${r.pick(['original', 'reply'])}`,
    `ct original ip daddr ${r.pick(NETS.slice(0, 5))}`,
    `fib daddr type ${not(r)}${r.pick(['local', 'unicast', '{ local, broadcast }'])}`,
    'fib saddr type local',
    `ip ${side} . ${proto} dport { ${r.pick([...SOURCES, ...SERVERS])} . ${r.pick(PORTS)}, ${r.pick(SERVERS)} . 100-9000 }`,
    `ip ${side} . meta l4proto . th dport { ${[...new Set([key(), key()])].join(', ')} }`,
    'limit rate 100000/second',

    `ip length ${r.pick(['< 50', '60', '20-45'])}`,
    `iifname ${not(r)}${r.pick(['"r0"', '"r*"', '{ "r1", "lo" }'])}`,
  ];
  if (hook !== 'prerouting' && hook !== 'input') choices.push(`oifname ${not(r)}${r.pick(['"r1"', '"r*"', '"lo"'])}`);
  return r.pick(choices);
}

function verdict(r: Random, type: string, hook: string, proto: string, users: readonly string[]): string {
  const to: string[] = [
    'accept',
    'return',
    'counter',
    'continue',
    ...users.map((u) => `${r.pick(['jump', 'jump', 'goto'])} ${u}`),
  ];
  to.push(`meta mark set ${r.pick(['0x1', 'meta mark | 0x2', 'meta mark & 0xff', 'meta mark ^ 0x4001', 'ct mark'])}`);
  to.push('ct mark set meta mark', 'meta mark set 0x3 accept');
  to.push(`ct state vmap { new : ${r.pick(['accept', 'continue', 'drop'])}, established : accept }`);
  to.push(`ip daddr . meta l4proto . th dport vmap @verdicts`);
  if (users.length > 0)
    to.push(`numgen random mod 2 vmap { 0 : ${r.pick(['jump', 'goto'])} ${r.pick(users)}, 1 : accept }`);
  if (type === 'filter') to.push('drop', 'drop', 'reject', 'reject with icmp admin-prohibited');
  if (type === 'nat') {
    if (hook === 'postrouting') to.push('masquerade', 'masquerade', 'snat to 10.77.9.9');
    else {
      to.push(`dnat to ${r.pick(SERVERS)}`, `meta l4proto ${proto} dnat to ${r.pick(SERVERS)}:${r.pick(PORTS)}`);
      if (hook === 'prerouting') to.push(`meta l4proto ${proto} redirect to :${r.pick(PORTS)}`);
    }
  }
  return r.pick(to);
}

function rule(r: Random, type: string, hook: string, users: readonly string[]): string {
  // nft refuses a rule with two protocols.
  const proto = r.pick(['tcp', 'udp']);
  const more = r.oneIn(2) ? ` ${match(r, hook, proto)}` : '';
  return `    ${match(r, hook, proto)}${more} ${verdict(r, type, hook, proto, users)}`;
}

/** A table of nft's own language, as `nft -f` reads it. */
export function randomNft(r: Random): string {
  const bodies: string[] = [];
  for (const [name, type, hook, priority] of CHAINS) {
    if (r.oneIn(3)) continue;
    const users: string[] = [];
    for (let i = 0; i < r.below(3); i++) {
      const user = `${name}_${i}`;
      const rules = Array.from({ length: 1 + r.below(3) }, () => rule(r, type, hook, users));
      bodies.push(`  chain ${user} {\n${rules.join('\n')}\n  }`);
      users.push(user);
    }
    const rules = Array.from({ length: 1 + r.below(4) }, () => rule(r, type, hook, users));
    const policy = type === 'filter' && r.oneIn(5) ? 'drop' : 'accept';
    bodies.push(
      `  chain ${name} {\n    type ${type} hook ${hook} priority ${priority}; policy ${policy};\n${rules.join('\n')}\n  }`,
    );
  }
  const nets = [...new Set([r.pick(NETS.slice(0, 2)), r.pick(SOURCES.map((s) => `10.99.${s.slice(6)}`))])];
  const verdicts = `${r.pick(SERVERS)} . tcp . ${r.pick(PORTS)} : ${r.pick(['accept', 'continue'])}`;
  return `table ip rnd {
  set nets { type ipv4_addr; flags interval; elements = { ${nets.join(', ')} } }
  map verdicts { type ipv4_addr . inet_proto . inet_service : verdict; elements = { ${verdicts} } }
${bodies.join('\n')}
}
`;
}
