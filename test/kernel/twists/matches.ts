import { devicesOf, type Machine, type World } from '../network/world.js';
import type { Random } from '../random.js';
import { addressesIn, somePrefix } from './twist.js';

/** Where a rule is to be: it decides which matches the kernel takes. */
export interface Spot {
  readonly world: World;
  readonly machine: Machine;
  readonly table: string;
  readonly chain: string;
}

const NOT = (random: Random): string => (random.chance(0.2) ? '! ' : '');
const INCOMING = ['PREROUTING', 'INPUT', 'FORWARD'];
const OUTGOING = ['OUTPUT', 'FORWARD', 'POSTROUTING'];

/** One to three matches that packets of this world often meet. */
export function someMatches(spot: Spot, random: Random, anyProtocol: boolean): string {
  const parts = [ends(spot, random)];
  if (random.chance(0.5)) parts.push(special(spot, random));
  if (anyProtocol && random.chance(0.4)) parts.unshift(protocol(random));
  if (random.chance(0.1)) parts.push('-m comment --comment "a rule of the test -j DROP"');
  return parts.filter((part) => part !== '').join(' ');
}

const ends = ({ world }: Spot, random: Random): string =>
  random.weighted(
    [3, () => `${NOT(random)}-s ${somePrefix(world, random)}`],
    [3, () => `${NOT(random)}-d ${somePrefix(world, random)}`],
    [1, () => `-s ${somePrefix(world, random)} ${NOT(random)}-d ${somePrefix(world, random)}`],
    [1, () => ''],
  )();

const protocol = (random: Random): string =>
  random.pick([
    '-p tcp',
    '-p udp',
    '! -p tcp',
    '-p icmp',
    '-p icmp -m icmp --icmp-type 8',
    '-p icmp -m icmp --icmp-type echo-reply',
    '-p tcp -m tcp --dport 80',
    '-p tcp -m tcp ! --dport 80:443',
    '-p udp -m udp --sport 1024:65535 --dport 53',
    '-p tcp -m tcp --syn',
    '-p tcp -m tcp ! --tcp-flags SYN,ACK SYN',
    '-p tcp -m multiport --dports 53,80,8000:9000',
    '-p udp -m multiport ! --dports 53,443',
    '-p udp -m multiport --ports 443,8080',
    '-p tcp -m multiport --sports 40000:50000',
  ]);

function special({ world, machine, table, chain }: Spot, random: Random): string {
  const devices = [...devicesOf(machine), 'lo'];
  const dev = (): string => (random.chance(0.2) ? `${random.pick(devices).slice(0, 3)}+` : random.pick(devices));
  const address = (): string => random.pick(addressesIn(world));
  const set = random.pick(SETS);
  const options: [number, string][] = [
    [2, `-m mark ${NOT(random)}--mark ${random.pick(['0x10/0x10', '0x1', '0x4000/0x4000', '0x0/0xff'])}`],
    [1, `-m addrtype ${NOT(random)}--dst-type ${random.pick(['LOCAL', 'UNICAST', 'LOCAL,BROADCAST'])}`],
    [1, `-m addrtype ${NOT(random)}--src-type ${random.pick(['LOCAL', 'UNICAST', 'UNREACHABLE,BLACKHOLE'])}`],
    [2, `-m set ${NOT(random)}--match-set ${set.name} ${random.pick(set.flags)}`],
    [1, `-m iprange ${NOT(random)}--${random.pick(['src', 'dst'])}-range ${range(address())}`],
    [1, `-m length ${NOT(random)}--length ${random.pick(['0:48', '40:60', '61:1500'])}`],
    [1, `-m ttl --ttl-${random.pick(['lt', 'gt', 'eq'])} ${random.pick([63, 64])}`],
    [
      1,
      `-m statistic --mode random ${random.pick(['', '! '])}--probability ${random.pick(['0.00000000', '0.50000000'])}`,
    ],
    [1, `-m pkttype ${NOT(random)}--pkt-type ${random.pick(['unicast', 'broadcast'])}`],
    [1, `-m limit --limit ${random.pick(['1000/sec', '1/hour'])} --limit-burst 5`],
  ];
  if (table !== 'raw') {
    const state = random.pick(['NEW', 'RELATED,ESTABLISHED', 'INVALID', 'DNAT', 'SNAT', 'NEW,UNTRACKED', 'UNTRACKED']);
    options.push([3, `-m conntrack ${NOT(random)}--ctstate ${state}`]);
    options.push([1, `-m state --state ${random.pick(['NEW', 'RELATED,ESTABLISHED'])}`]);
    options.push([1, `-m conntrack ${NOT(random)}--ctorigdst ${address()}/32`]);
    options.push([1, `-m conntrack --ctdir ${random.pick(['ORIGINAL', 'REPLY'])}`]);
    options.push([1, `-m connmark ${NOT(random)}--mark ${random.pick(['0x10/0x10', '0x0'])}`]);
  }
  if (INCOMING.includes(chain)) {
    options.push([3, `${NOT(random)}-i ${dev()}`]);
    options.push([1, `-m mac ${NOT(random)}--mac-source ${random.pick(world.machines.flatMap((m) => m.uplinks)).mac}`]);
  }
  if (OUTGOING.includes(chain)) options.push([3, `${NOT(random)}-o ${dev()}`]);
  if (chain === 'PREROUTING' && table !== 'nat')
    options.push([1, `-m rpfilter ${random.pick(['', '--loose ', '--validmark '])}${random.pick(['', '--invert'])}`]);
  const port = machine.pods[0]?.hostDev;
  if (machine.bridge !== undefined && port !== undefined && chain === 'FORWARD')
    options.push([
      2,
      random.pick([
        `-m physdev ${NOT(random)}--physdev-in ${port}`,
        `-m physdev ${NOT(random)}--physdev-is-bridged`,
        `-m physdev --physdev-out ${port}`,
      ]),
    ]);
  return random.weighted(...options);
}

function range(address: string): string {
  const [a, b, c, d] = address.split('.').map(Number);
  return `${a}.${b}.${c}.${Math.max(0, d! - 3)}-${a}.${b}.${c}.${Math.min(255, d! + 3)}`;
}

/** Sets that every machine with random rules has, and how each may be asked. */
const SETS = [
  { name: 'some-hosts', flags: ['src', 'dst'] },
  { name: 'some-nets', flags: ['src', 'dst'] },
  { name: 'some-ports', flags: ['src,dst', 'dst,dst'] },
  { name: 'net-ports', flags: ['src,dst', 'dst,dst'] },
  { name: 'all-sets', flags: ['src', 'dst'] },
  { name: 'port-map', flags: ['dst'] },
] as const;

/** Those sets as lines of `ipset restore`, with members that packets of this world meet. */
export function someSets(world: World, random: Random): string[] {
  const addresses = addressesIn(world);
  const nets = new Set(Array.from({ length: 2 }, () => somePrefix(world, random)));
  const lines = ['create some-hosts hash:ip', 'create some-nets hash:net', 'create some-ports hash:ip,port'];
  for (const address of random.some(addresses, 3)) lines.push(`add some-hosts ${address}`);
  for (const net of nets) lines.push(`add some-nets ${net}`);
  for (const address of random.some(addresses, 2)) lines.push(`add some-nets ${address} nomatch`);
  for (const address of random.some(addresses, 4))
    lines.push(`add some-ports ${address},${random.pick(['tcp:80', 'udp:53', 'tcp:443', 'udp:8080'])}`);
  lines.push(
    'create net-ports hash:net,port',
    `add net-ports ${somePrefix(world, random)},${random.pick(['tcp:80', 'udp:53', 'udp:8080-8090'])}`,
  );
  lines.push('create all-sets list:set', 'add all-sets some-hosts', 'add all-sets some-nets');
  lines.push('create port-map bitmap:port range 0-10000', 'add port-map 80', 'add port-map 8000-9000');
  return lines;
}
