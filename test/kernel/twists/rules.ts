import { devicesOf, firewallOf, type Machine, type World } from '../network/world.js';
import type { Random } from '../random.js';
import { someHop, someMachine, somePrefix, type Twist } from './twist.js';

/** A table of its own: some routes that catch packets, or none that does. */
function someTable(world: World, machine: Machine, random: Random): number {
  const table = 100 + random.below(3);
  for (let i = 0; i < 1 + random.below(2); i++) {
    const { via, dev } = someHop(machine, random);
    machine.routes.push(
      random.weighted(
        [3, `default via ${via} dev ${dev} table ${table}`],
        [2, `${somePrefix(world, random)} via ${via} dev ${dev} table ${table} metric ${10 + i}`],
        [
          1,
          `${random.pick(['blackhole', 'unreachable', 'prohibit', 'throw'])} default table ${table} metric ${20 + i}`,
        ],
        [1, `${somePrefix(world, random)} dev ${dev} scope link table ${table} metric ${30 + i}`],
      ),
    );
  }
  return table;
}

const selector = (world: World, machine: Machine, random: Random): string => {
  const not = random.chance(0.15) ? 'not ' : '';
  return (
    not +
    random.weighted(
      [4, () => `from ${somePrefix(world, random)}`],
      [3, () => `to ${somePrefix(world, random)}`],
      [2, () => `iif ${random.pick([...devicesOf(machine), 'lo'])}`],
      [1, () => `from ${somePrefix(world, random)} to ${somePrefix(world, random)}`],
      [1, () => `ipproto ${random.pick(['tcp', 'udp', 'icmp'])}`],
      [1, () => `ipproto tcp dport ${random.pick([80, '53-443'])}`],
    )()
  );
};

const policy: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const which = selector(world, machine, random);
  const action = random.weighted(
    [5, () => `lookup ${someTable(world, machine, random)}`],
    [1, () => 'blackhole'],
    [1, () => 'unreachable'],
    [1, () => 'prohibit'],
  )();
  const rule = `${which} ${action} priority ${random.pick([1000, 2000, 5000, 32767, 40000]) + random.below(9)}`;
  machine.rules.push(rule);
  return `${machine.name} has the rule ${rule}`;
};

/** A mark is set in mangle, and routing looks at it: Calico, kube-vip, tproxy and VPNs do so. */
const marked: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const mark = random.pick(['0x10/0x10', '0x200/0xf00', '0x1']);
  const hook = random.pick(['PREROUTING', 'OUTPUT']);
  const end = random.pick(['-s', '-d']);
  firewallOf(machine).append('mangle', hook, `${end} ${somePrefix(world, random)} -j MARK --set-xmark ${mark}`);
  const rule = `${random.chance(0.2) ? 'not ' : ''}fwmark ${mark} lookup ${someTable(world, machine, random)} priority ${random.pick([99, 32000])}`;
  machine.rules.push(rule);
  if (random.chance(0.3)) machine.sysctls.set('net.ipv4.conf.all.src_valid_mark', 1);
  return `${machine.name} marks packets in ${hook} and has the rule ${rule}`;
};

/** wg-quick's pair: all but the default routes of main count first. */
const suppressed: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const table = someTable(world, machine, random);
  machine.rules.push(
    `lookup main suppress_prefixlength ${random.pick([0, 16, 24])} priority 30000`,
    `lookup ${table} priority 30001`,
  );
  return `${machine.name} suppresses routes of main`;
};

/** What the twist below is called: hosts then may not know their own addresses. */
export const LOCAL_LATER = 'looks into the local table late';

/** The rule for the local table is not the first, as with Cilium. */
const localLater: Twist = (world, random) => {
  const machine = someMachine(world, random);
  const table = someTable(world, machine, random);
  machine.rules.push(`${selector(world, machine, random)} lookup ${table} priority 50`, 'lookup local priority 100');
  machine.afterwards.push('rule del priority 0');
  return `${machine.name} ${LOCAL_LATER}`;
};

const jumping: Twist = (world, random) => {
  const machine = someMachine(world, random);
  machine.rules.push(
    `${selector(world, machine, random)} blackhole priority 2100`,
    `${selector(world, machine, random)} nop priority 2500`,
    `${selector(world, machine, random)} goto 2500 priority 2000`,
  );
  return `${machine.name} has a goto rule`;
};

export const RULE_TWISTS: readonly Twist[] = [policy, policy, policy, marked, marked, suppressed, localLater, jumping];
