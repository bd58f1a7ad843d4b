import { canonicalAddress } from '../../src/core/address.js';
import type { Random } from './random.js';

/** One host with random devices, addresses, tables and rules, as the commands that make it. */
export interface RoutingCase {
  readonly family: 4 | 6;
  readonly devices: readonly string[];
  /** For `sh`. */
  readonly setup: readonly string[];
  /** For `ip -force -batch -`. */
  readonly routes: readonly string[];
}

/** A few networks side by side, so that random destinations and sources hit something. */
const address = (random: Random, family: 4 | 6): string =>
  family === 4
    ? `10.${random.below(3)}.${random.below(3)}.${random.below(9)}`
    : canonicalAddress(`fd00:${random.below(3)}:${random.below(3)}::${random.below(9)}`)!;

const prefix = (random: Random, family: 4 | 6): string =>
  random.chance(0.15)
    ? 'default'
    : family === 4
      ? random.pick([
          `10.${random.below(3)}.0.0/16`,
          `10.${random.below(3)}.${random.below(3)}.0/24`,
          `10.${random.below(3)}.${random.below(3)}.${random.pick([0, 4, 8])}/30`,
          `${address(random, 4)}/32`,
        ])
      : random.pick([
          `fd00:${random.below(3)}::/32`,
          `fd00:${random.below(3)}:${random.below(3)}::/48`,
          `fd00:${random.below(3)}:${random.below(3)}::${random.pick([0, 4, 8])}/126`,
          `${address(random, 6)}/128`,
        ]);

export function routingCase(random: Random, family: 4 | 6): RoutingCase {
  const devices = ['eth0', 'eth1', 'eth2', 'vrfless.7'].slice(0, 2 + random.below(3));
  const setup = [
    'ip link set lo up',
    ...(family === 6 ? ['sysctl -qw net.ipv6.conf.all.forwarding=1'] : ['sysctl -qw net.ipv4.ip_forward=1']),
  ];
  const gateways: string[] = [];
  devices.forEach((dev, i) => {
    setup.push(`ip link add ${dev} type veth peer name peer${i}`, `ip link set ${dev} up`);
    // Without its peer a device has no carrier: its routes are `linkdown`.
    if (random.chance(0.8)) setup.push(`ip link set peer${i} up`);
    const count = random.chance(0.15) ? 0 : 1 + random.below(2);
    for (let n = 0; n < count; n++) {
      const own = address(random, family);
      const length = random.pick(family === 4 ? [16, 24, 24, 30, 32] : [32, 48, 48, 126, 128]);
      const scope = family === 4 && random.chance(0.1) ? ' scope link' : '';
      setup.push(`ip addr add ${own}/${length} dev ${dev}${scope}${family === 6 ? ' nodad' : ''} || true`);
      gateways.push(own.replace(/\d+$/, String(random.below(9))));
    }
    if (family === 4) {
      setup.push(
        `sysctl -qw net.ipv4.conf.${dev.replace('.', '/')}.rp_filter=${random.pick([0, 0, 1, 2])}`,
        `sysctl -qw net.ipv4.conf.${dev.replace('.', '/')}.accept_local=${random.chance(0.1) ? 1 : 0}`,
        `sysctl -qw net.ipv4.conf.${dev.replace('.', '/')}.src_valid_mark=${random.chance(0.3) ? 1 : 0}`,
        `sysctl -qw net.ipv4.conf.${dev.replace('.', '/')}.ignore_routes_with_linkdown=${random.chance(0.3) ? 1 : 0}`,
      );
    }
  });
  if (family === 4) setup.push(`sysctl -qw net.ipv4.conf.all.rp_filter=${random.pick([0, 0, 0, 1])}`);
  const hop = (): string =>
    random.chance(0.5) && gateways.length > 0
      ? `via ${random.pick(gateways)}${random.chance(0.3) ? ` dev ${random.pick(devices)} onlink` : ''}`
      : `dev ${random.pick(devices)}`;
  const routes: string[] = [];
  for (let n = 4 + random.below(14); n > 0; n--) {
    const table = random.pick(['main', 'main', '100', '101', '200']);
    const head = `route add ${random.chance(0.15) ? `${random.pick(['blackhole', 'unreachable', 'prohibit', 'throw'])} ` : ''}`;
    const metric = random.chance(0.4) ? ` metric ${random.pick([5, 10, 100])}` : '';
    const to = prefix(random, family);
    if (!head.endsWith('add ')) routes.push(`${head}${to} table ${table}${metric}`);
    else if (random.chance(0.15)) {
      routes.push(`${head}${to} table ${table}${metric} nexthop dev ${random.pick(devices)} nexthop ${hop()}`);
    } else routes.push(`${head}${to} ${hop()} table ${table}${metric}`);
  }
  const priorities: number[] = [];
  for (let n = random.below(6); n > 0; n--) {
    const priority = 10 + random.below(40) * 10;
    const selectors = [
      random.chance(0.3) ? `from ${prefix(random, family).replace('default', 'all')}` : '',
      random.chance(0.3) ? `to ${prefix(random, family).replace('default', 'all')}` : '',
      random.chance(0.15) ? `iif ${random.pick([...devices, 'lo'])}` : '',
      random.chance(0.1) ? `oif ${random.pick(devices)}` : '',
      random.chance(0.25) ? `fwmark ${random.pick(['0x1', '0x1/0x3', '0x2/0x2', '0x0/0xf'])}` : '',
      random.chance(0.15) ? `ipproto ${random.pick(['tcp', 'udp'])} dport ${random.pick(['80', '50-90'])}` : '',
    ];
    const action = random.pick([
      'lookup 100',
      'lookup 101',
      'lookup 200',
      'lookup main',
      'lookup main suppress_prefixlength 0',
      'lookup 100 suppress_prefixlength 16',
      'blackhole',
      'prohibit',
      'unreachable',
      'nop',
      ...(priorities.length > 0 ? [`goto ${Math.max(...priorities)}`] : []),
    ]);
    priorities.push(priority);
    routes.push(
      `rule add pref ${priority} ${random.chance(0.15) ? 'not ' : ''}${selectors.filter(Boolean).join(' ') || 'from all'} ${action}`,
    );
  }
  return { family, devices, setup, routes };
}

/** A question to the kernel, and to us. */
export interface RouteQuestion {
  readonly dst: string;
  readonly src?: string | undefined;
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
  readonly mark: number;
  readonly proto?: number | undefined;
  readonly dport?: number | undefined;
}

export function routeQuestion(random: Random, given: RoutingCase, own: readonly string[]): RouteQuestion {
  const { family, devices } = given;
  const iif = random.chance(0.5) ? random.pick(devices) : undefined;
  const known = random.chance(0.3);
  return {
    dst: address(random, family),
    src:
      iif !== undefined ? address(random, family) : random.chance(0.3) && own.length > 0 ? random.pick(own) : undefined,
    iif,
    oif: iif === undefined && random.chance(0.1) ? random.pick(devices) : undefined,
    mark: random.pick([0, 0, 1, 2, 5]),
    ...(known ? { proto: random.pick([6, 17]), dport: random.pick([80, 60, 443]) } : {}),
  };
}

/** As `ip route get` wants it. */
export const asCommand = (q: RouteQuestion): string =>
  [
    `route get ${q.dst}`,
    q.src === undefined ? '' : `from ${q.src}`,
    q.iif === undefined ? '' : `iif ${q.iif}`,
    q.oif === undefined ? '' : `oif ${q.oif}`,
    q.mark === 0 ? '' : `mark ${q.mark}`,
    q.proto === undefined ? '' : `ipproto ${q.proto === 6 ? 'tcp' : 'udp'} sport 1000 dport ${q.dport}`,
  ]
    .filter(Boolean)
    .join(' ');
