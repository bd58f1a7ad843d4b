import type { Firewall } from '../network/firewall.js';
import { nodesOf } from '../network/world.js';
import type { Random } from '../random.js';
import { type Spot, someMatches, someSets } from './matches.js';
import { addressesIn, someMachine, type Twist } from './twist.js';

const CHAINS: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'FORWARD', 'FORWARD', 'OUTPUT'],
  mangle: ['PREROUTING', 'PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'OUTPUT', 'POSTROUTING', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
};

/** A few random rules in one table, some of them in a user chain. */
const randomRules: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const rules = random.chance(0.8) ? machine[machine.rulesOf] : random.pick([machine.legacy, machine.nft]);
  if (!machine.sets.some((line) => line.startsWith('create some-hosts'))) machine.sets.push(...someSets(world, random));
  const table = random.weighted([6, 'filter'], [3, 'mangle'], [3, 'nat'], [1, 'raw']);
  const spot: Spot = { world, machine, table, chain: random.pick(CHAINS[table]!) };
  const said: string[] = [];
  for (let i = 0; i < 1 + random.below(4); i++) said.push(oneRule(spot, rules, i, random));
  if (table === 'filter' && random.chance(0.2)) {
    rules.policy(table, spot.chain, 'DROP');
    rules.append(
      table,
      spot.chain,
      `-s ${random.pick(addressesIn(world))} -j ACCEPT`,
      '-m conntrack --ctstate NEW -d 0.0.0.0/0 -p icmp -j ACCEPT',
    );
  }
  return `${machine.name} has in ${table}: ${said.join(' | ')}`;
};

function oneRule(spot: Spot, rules: Firewall, i: number, random: Random): string {
  const { table, chain } = spot;
  // A target with a port brings its own protocol.
  const rule = (then: string): string => `${someMatches(spot, random, !then.startsWith('-p'))} ${then}`.trim();
  if (random.chance(0.3)) {
    const own = `${table.toUpperCase()}-${chain}-${i}`.slice(0, 24);
    const how = random.pick(['-j', '-g']);
    rules.append(table, own, rule(target(spot, random)), rule('-j RETURN'), rule(target(spot, random)));
    const jump = rule(`${how} ${own}`);
    rules.append(table, chain, jump);
    return `${chain} ${jump}`;
  }
  const made = rule(target(spot, random));
  if (random.chance(0.5)) rules.insert(table, chain, made);
  else rules.append(table, chain, made);
  return `${chain} ${made}`;
}

function target({ world, table, chain }: Spot, random: Random): string {
  const address = (): string => random.pick(addressesIn(world));
  switch (table) {
    case 'filter':
      return `-j ${random.weighted(
        [4, 'DROP'],
        [3, 'ACCEPT'],
        [1, 'RETURN'],
        [1, 'LOG --log-prefix "seen -j DROP "'],
        [
          2,
          `REJECT --reject-with icmp-${random.pick(['port-unreachable', 'admin-prohibited', 'host-unreachable', 'net-prohibited'])}`,
        ],
      )}`;
    case 'mangle':
      return `-j ${random.weighted(
        [4, `MARK --set-xmark ${random.pick(['0x10/0x10', '0x4000/0x4000', '0x1/0xffffffff', '0x30/0xf0'])}`],
        [1, `MARK --or-mark ${random.pick(['0x10', '0x1'])}`],
        [1, `MARK --and-mark 0xfffffff0`],
        [1, `CONNMARK --set-xmark 0x10/0x10`],
        [1, 'CONNMARK --save-mark --nfmask 0xff --ctmask 0xff'],
        [1, 'CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff'],
        [1, 'DROP'],
        [1, 'ACCEPT'],
      )}`;
    case 'nat': {
      const port = random.pick([80, 8080, 53]);
      if (chain === 'POSTROUTING')
        return random.weighted(
          [3, '-j MASQUERADE'],
          [2, `-j SNAT --to-source ${address()}`],
          [1, '-j ACCEPT'],
          [1, '-j RETURN'],
        );
      return random.weighted(
        [4, `-j DNAT --to-destination ${address()}`],
        [1, `-p ${random.pick(['tcp', 'udp'])} -j DNAT --to-destination ${address()}:${port}`],
        [1, `-p ${random.pick(['tcp', 'udp'])} -j REDIRECT --to-ports ${port}`],
        [1, '-j REDIRECT'],
        [1, '-j ACCEPT'],
        [1, '-j RETURN'],
      );
    }
    default:
      return random.pick(['-j DROP', '-j ACCEPT', '-j CT --notrack', '-j NOTRACK']);
  }
}

/** What somebody in a hurry types: a port closed between two nodes, or everything that is not expected. */
const hostFirewall: Twist = (world, random) => {
  const machine = random.pick(nodesOf(world));
  const rules = machine[machine.rulesOf];
  if (random.chance(0.5)) {
    const port = random.pick([8472, 4789]);
    rules.insert('filter', 'INPUT', `-p udp --dport ${port} -j ${random.pick(['DROP', 'REJECT'])}`);
    return `${machine.name} closes UDP port ${port}`;
  }
  rules.policy('filter', 'INPUT', 'DROP');
  rules.append(
    'filter',
    'INPUT',
    '-i lo -j ACCEPT',
    '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-p icmp -j ACCEPT',
    '-p tcp -m multiport --dports 80,443 -j ACCEPT',
    ...(random.chance(0.5) ? ['-p udp -m multiport --dports 8472,4789 -j ACCEPT'] : []),
    ...(random.chance(0.5) ? ['-j REJECT --reject-with icmp-host-prohibited'] : []),
  );
  return `${machine.name} has a strict INPUT chain`;
};

export const NETFILTER_TWISTS: readonly Twist[] = [randomRules, randomRules, randomRules, randomRules, hostFirewall];
