import { execFileSync, spawnSync } from 'node:child_process';
import { ROUTER, SERVERS, SOURCES } from './random-rules.js';

/** A client, a router whose rules are on trial, and a server, in network namespaces of this machine. */
const NAMES = { client: 'nfk-a', router: 'nfk-r', server: 'nfk-b' } as const;
export type Place = keyof typeof NAMES;

const TOOLS = ['ip', 'iptables-legacy', 'iptables-nft', 'ipset', 'nft', 'python3'];

/** Why the kernel cannot be asked here; undefined when it can. */
export function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  const lacking = TOOLS.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  if (lacking.length > 0) return `no ${lacking.join(', ')}`;
  if (spawnSync('ip', ['netns', 'add', 'nfk-try']).status !== 0) return 'no network namespaces';
  spawnSync('ip', ['netns', 'del', 'nfk-try']);
  return undefined;
}

/** Runs a command in a namespace; its standard output. */
export const inside = (place: Place, command: readonly string[], input = ''): string =>
  execFileSync('ip', ['netns', 'exec', NAMES[place], ...command], {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });

/** Where packets are noted, after everything else at each hook. */
const WATCH = `table inet watch {
${['prerouting', 'input', 'forward', 'output', 'postrouting']
  .map(
    (
      hook,
    ) => `  set ${hook} { typeof ip saddr . ip daddr . th sport . th dport . meta mark; size 65535; flags dynamic; }
  chain ${hook} {
    type filter hook ${hook} priority 1000;
    meta l4proto { tcp, udp } add @${hook} { ip saddr . ip daddr . th sport . th dport . meta mark }
  }`,
  )
  .join('\n')}
}
`;

export function tearDown(): void {
  for (const name of Object.values(NAMES)) spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
}

export function setUp(): void {
  tearDown();
  const ip = (...args: string[]) => execFileSync('ip', args);
  for (const name of Object.values(NAMES)) {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  ip('link', 'add', 'nfk0', 'netns', NAMES.client, 'type', 'veth', 'peer', 'name', 'r0', 'netns', NAMES.router);
  ip('link', 'add', 'nfk1', 'netns', NAMES.server, 'type', 'veth', 'peer', 'name', 'r1', 'netns', NAMES.router);
  const address = (name: string, dev: string, addresses: readonly string[]) => {
    for (const one of addresses) ip('-n', name, 'addr', 'add', `${one}/24`, 'dev', dev);
    ip('-n', name, 'link', 'set', dev, 'up');
  };
  address(NAMES.client, 'nfk0', SOURCES);
  address(NAMES.server, 'nfk1', [...SERVERS, '10.77.2.17']);
  address(NAMES.router, 'r0', [ROUTER[0]!]);
  address(NAMES.router, 'r1', [ROUTER[1]!]);
  ip('-n', NAMES.client, 'route', 'add', 'default', 'via', ROUTER[0]!);
  ip('-n', NAMES.server, 'route', 'add', 'default', 'via', ROUTER[1]!);
  inside('router', [
    'sysctl',
    '-qw',
    'net.ipv4.ip_forward=1',
    'net.ipv4.conf.all.rp_filter=0',
    'net.ipv4.conf.default.rp_filter=0',
    'net.ipv4.conf.r0.rp_filter=0',
    'net.ipv4.conf.r1.rp_filter=0',
  ]);
  // Answers would pass the router's rules, too.
  for (const place of ['client', 'server'] as const)
    inside(
      place,
      ['nft', '-f', '-'],
      'table ip quiet { chain in { type filter hook input priority -400; meta l4proto { tcp, udp, icmp } drop; }; }\n',
    );
}

/** Addresses of the router, as the model has them. */
export const ADDRESSES = ['lo 127.0.0.1/8', `r0 ${ROUTER[0]}/24`, `r1 ${ROUTER[1]}/24`];

export interface Loaded {
  readonly sets: string;
  readonly legacy: string;
  readonly nft: string;
  /** What `nft list ruleset` prints of tables in its own language. */
  readonly native: string;
}

/** Loads rules into a fresh router, and gives back what the kernel prints of them. */
export function load(sets: string, legacy: string, nft: string, native: string, legacyFirst: boolean): Loaded {
  inside('router', ['ipset', 'restore'], `${sets}\n`);
  const loaders = [
    () => inside('router', ['iptables-legacy-restore'], legacy),
    () => inside('router', ['iptables-nft-restore'], nft),
  ];
  for (const run of legacyFirst ? loaders : loaders.reverse()) run();
  if (native !== '') inside('router', ['nft', '-f', '-'], native);
  inside('router', ['nft', '-f', '-'], WATCH);
  return {
    sets: inside('router', ['ipset', 'save']),
    legacy: legacy === '' ? '' : inside('router', ['iptables-legacy-save']),
    nft: nft === '' ? '' : inside('router', ['iptables-nft-save']),
    native: native === '' ? '' : inside('router', ['nft', 'list', 'table', 'ip', 'rnd']),
  };
}

/** A packet to send; its source port names it. */
export interface Probe {
  readonly from: Place;
  readonly proto: 'tcp' | 'udp';
  readonly src: string;
  readonly dst: string;
  readonly sport: number;
  readonly dport: number;
}

const SEND = `
import socket, sys, json
for p in json.load(sys.stdin):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if p['proto'] == 'tcp' else socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setblocking(False)
    try:
        s.bind((p['src'], p['sport']))
        s.connect((p['dst'], p['dport']))
        if p['proto'] == 'udp': s.send(b'twelve bytes')
    except OSError: pass
    s.close()
`;

export function send(probes: readonly Probe[]): void {
  for (const place of ['client', 'router'] as const) {
    const own = probes.filter((probe) => probe.from === place);
    if (own.length > 0) inside(place, ['python3', '-c', SEND], JSON.stringify(own));
  }
}

/** A packet as it was at the end of a hook. */
export interface Sighting {
  readonly src: string;
  readonly dst: string;
  readonly sport: number;
  readonly dport: number;
  readonly mark: number;
}

/** What passed each hook. */
export function sightings(): ReadonlyMap<string, readonly Sighting[]> {
  const listed = JSON.parse(inside('router', ['nft', '-j', 'list', 'table', 'inet', 'watch'])) as {
    nftables: { set?: { name: string; elem?: { concat: (string | number)[] }[] } }[];
  };
  const found = new Map<string, readonly Sighting[]>();
  for (const { set } of listed.nftables) {
    if (set === undefined) continue;
    found.set(
      set.name.toUpperCase(),
      (set.elem ?? []).map(({ concat: [src, dst, sport, dport, mark] }) => ({
        src: String(src),
        dst: String(dst),
        sport: Number(sport),
        dport: Number(dport),
        mark: Number(mark),
      })),
    );
  }
  return found;
}
