import type { MapWay } from '../core/exhibits.js';
import type { Cite } from '../core/finding.js';
import { contains, formatPrefix, type Prefix } from '../core/prefix.js';
import { decidingRoute } from '../diagnosis/deciding-route.js';
import type { Cluster } from '../model/cluster.js';
import type { Placed } from '../model/facts.js';
import type { Host } from '../model/host/host.js';
import type { Journeys } from '../model/journey/journeys.js';
import type { Disposition, Step, Walk } from '../model/journey/step.js';
import type { Quoter } from '../store/evidence.js';
import { holdersOf, plainWay } from './plain-way.js';

/** Ways that are looked at, and those of them that are walked; the time for more would be felt. */
const MAX_WAYS = 20_000;
const MAX_WALKED = 200;
/** Ways that are drawn at most beside those that are wrong. */
const MAX_SHOWN = 400;
const MAX_LINES = 4;

interface Way {
  readonly from: string;
  readonly to: string;
  readonly prefix: Prefix;
  readonly says: string;
  readonly state: MapWay['state'];
  readonly cites: readonly Cite[];
}

/** What ways are told by. */
export interface WayRoom {
  readonly cluster: Cluster;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly journeys: Journeys;
  readonly quoter: Quoter;
  readonly lost: readonly Lost[];
}

/** Packets that left one node and were not seen where they should have arrived, though nothing in the configuration stops them. */
export interface Lost {
  readonly from: string;
  /** The inner destination. */
  readonly dst: string;
}

/**
 * How each node sends to each pod prefix of the others, told by the way of a packet that the node itself makes. All that are
 * wrong, and of the others so many as can be looked at.
 */
export async function mapWays(
  room: WayRoom,
  names: readonly string[],
  prefixes: ReadonlyMap<string, readonly Prefix[]>,
): Promise<readonly MapWay[]> {
  const targets = names.flatMap((to) =>
    (prefixes.get(to) ?? []).map((prefix) => ({
      to,
      prefix,
      target: podIn(room.cluster, to, prefix) ?? someAddress(prefix),
    })),
  );
  const holders = holdersOf(room.hosts);
  const ways: Way[] = [];
  let walked = 0;
  for (const from of names) {
    for (const { to, prefix, target } of targets) {
      if (from === to || ways.length >= MAX_WAYS) continue;
      const host = room.hosts.get(from);
      const way = { from, to, prefix };
      if (host === undefined || (host.tables.get(`${prefix.family} main`)?.shown ?? 'none') === 'none') {
        ways.push({ ...way, says: `the routes of ${from} are not in the bundle`, state: 'unknown', cites: [] });
        continue;
      }
      const plain = plainWay({ ...room, holders, host, to }, target);
      if (plain !== undefined) ways.push(asSeen(room.lost, { ...way, ...plain, state: 'right' }));
      else if (walked++ < MAX_WALKED)
        ways.push(asSeen(room.lost, { ...way, ...walkedWay(room.journeys, host, to, target) }));
      else ways.push({ ...way, says: 'not looked at: too many ways are not plain', state: 'unknown', cites: [] });
    }
  }
  return quoted(room.quoter, ways);
}

/** A way that looks right, and on which packets were lost all the same, is none. */
const asSeen = (lost: readonly Lost[], way: Way): Way =>
  way.state === 'right' && lost.some(({ from, dst }) => from === way.from && contains(way.prefix, dst))
    ? { ...way, says: `${way.says}: sent, and not seen to arrive`, state: 'wrong' }
    : way;

/** The ways that are drawn, with their lines. */
async function quoted(quoter: Quoter, ways: readonly Way[]): Promise<readonly MapWay[]> {
  const of = (state: MapWay['state']): readonly Way[] => ways.filter((way) => way.state === state);
  const shown = new Set([...of('wrong'), ...[...of('right'), ...of('unknown')].slice(0, MAX_SHOWN)]);
  const drawn = ways.filter((way) => shown.has(way));
  await quoter.gather(drawn.flatMap(({ cites }) => cites));
  const out: MapWay[] = [];
  for (const { from, to, says, state, cites, prefix } of drawn)
    out.push({ from, to, prefix: formatPrefix(prefix), says, state, evidence: await quoter.quote(cites) });
  return out;
}

function walkedWay(journeys: Journeys, host: Host, to: string, target: string): Pick<Way, 'says' | 'state' | 'cites'> {
  const { walks } = journeys.between({ from: { kind: 'node', node: host.name }, to: target, proto: 6, dport: 80 });
  const walk = walks[0]?.request;
  return walk === undefined
    ? { says: 'nobody can tell', state: 'unknown', cites: [] }
    : { says: wordsOf(host, walk), state: stateOf(walk, to), cites: citesOf(host, walk) };
}

/** How a walk ends whose packets never come near the node that they are for. */
const ASTRAY: ReadonlySet<Disposition> = new Set<Disposition>([
  'delivered',
  'left-cluster',
  'dropped-by-route',
  'rejected-by-route',
  'no-route',
  'no-neighbour',
  'sent-astray',
  'not-decapsulated',
  'device-down',
  'loop',
]);

function stateOf(walk: Walk, to: string): MapWay['state'] {
  if (walk.steps.some((step) => step.node === to)) return walk.disposition === 'not-decapsulated' ? 'wrong' : 'right';
  return ASTRAY.has(walk.disposition) ? 'wrong' : 'unknown';
}

/** How it is sent on, and what stops it at the tunnel. */
function wordsOf(host: Host, walk: Walk): string {
  const own = walk.steps.filter((step) => step.node === host.name);
  const last = walk.steps.at(-1);
  const stuck = last?.node === host.name && (last.stage === 'neighbour' || last.stage === 'encapsulate');
  const wrapped = own.find((step) => step.stage === 'encapsulate' && step.outer !== undefined);
  return `${wrapped === undefined ? routeWords(host, walk) : tunnelWords(wrapped)}${stuck ? `: ${last.says}` : ''}`;
}

/** flanneld's udp back end. */
const FLANNEL_UDP_PORT = 8285;

function tunnelWords({ dev, outer }: Step): string {
  const kind = outer?.proto === 4 ? 'ipip' : outer?.dport === FLANNEL_UDP_PORT ? 'udp' : 'vxlan';
  return `${kind} ${dev ?? ''} -> ${outer?.dst ?? '?'}`;
}

function routeWords(host: Host, walk: Walk): string {
  if (walk.disposition === 'no-route') return 'no route';
  const route = decidingRoute(host, walk)?.route;
  if (route === undefined) return walk.steps.findLast((step) => step.node === host.name)?.says ?? 'nobody can tell';
  const [hop] = route.hops;
  if (hop === undefined) return route.type;
  const dev = hop.dev === undefined ? '' : ` dev ${hop.dev}`;
  if (route.prefix.length === 0)
    return hop.via === undefined ? `default route${dev}` : `default gateway ${hop.via}${dev}`;
  return hop.via === undefined ? `on the link of ${hop.dev ?? '?'}` : `via ${hop.via}${dev}`;
}

const ROLES: Readonly<Partial<Record<Step['stage'], string>>> = {
  'output-route': 'route',
  route: 'route',
  neighbour: 'neighbour',
  encapsulate: 'tunnel end',
};

/** The lines that decide how the packet leaves; which source address it gets is no part of the way. */
function citesOf(host: Host, walk: Walk): readonly Cite[] {
  const lines = new Map<string, Cite>();
  const absent: Cite[] = [];
  const addresses = new Set([...host.addresses[4].value, ...host.addresses[6].value].map(({ at }) => placeOf(at)));
  for (const step of walk.steps) {
    const role = ROLES[step.stage];
    if (step.node !== host.name || role === undefined) continue;
    for (const at of step.at) {
      if (!addresses.has(placeOf(at))) lines.set(placeOf(at), lines.get(placeOf(at)) ?? { role, at });
    }
    const [first, ...rest] = step.searched ?? [];
    if (first !== undefined) absent.push({ role: `no ${role}`, absent: step.says, searched: [first, ...rest] });
  }
  return [...[...lines.values()].slice(0, MAX_LINES), ...absent.slice(0, 1)];
}

const placeOf = ({ source, line }: Placed): string => `${source} ${line}`;

/** A pod of that node in that prefix. */
function podIn(cluster: Cluster, node: string, prefix: Prefix): string | undefined {
  for (const pod of cluster.facts.pods) {
    if (pod.ip === undefined || pod.host_network === true || !contains(prefix, pod.ip)) continue;
    const owner = cluster.owner(pod.ip);
    if (owner.role === 'pod' && owner.node === node) return pod.ip;
  }
  return undefined;
}

/** An address of a range which no bridge and no tunnel device has. */
function someAddress(prefix: Prefix): string {
  const bits = prefix.family === 4 ? 32 : 128;
  const room = 1n << BigInt(bits - prefix.length);
  const offset = room > 16n ? 11n : room > 2n ? 2n : 0n;
  return formatPrefix({ ...prefix, first: prefix.first + offset, length: bits }).replace(/\/\d+$/, '');
}
