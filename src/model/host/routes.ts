import type { route } from '../../core/event/network.js';
import { type Prefix, parsePrefix } from '../../core/prefix.js';
import type { Fact, Placed } from '../facts.js';
import type { HostRoute, NextHop } from './host.js';

type Row = Fact<typeof route>;

/** What two dumps of the same next hop have in common, however much they print. */
export const sameHop = (row: Row): string =>
  [row.type, row.dst, row.metric ?? '', row.via ?? '', row.dev ?? '', row.hop, ...(row.flags ?? [])].join(' ');

/** Routes of one table from their rows, next hops put together, longest prefix first, then metric, then as printed. */
export function routesOf(rows: readonly Row[], poor: (row: Row) => boolean): readonly HostRoute[] {
  const routes: HostRoute[] = [];
  for (let from = 0, to = 0; from < rows.length; from = to) {
    const first = rows[from]!;
    for (to = from + 1; to < rows.length && isOf(first, rows[to]!); ) to++;
    const prefix = parsePrefix(first.dst);
    if (prefix !== undefined)
      routes.push(new DumpedRoute(prefix, first, to === from + 1 ? NONE : rows.slice(from + 1, to), poor(first)));
  }
  return routes.sort((a, b) => b.prefix.length - a.prefix.length || a.metric - b.metric);
}

const NONE: readonly Row[] = [];

/** True for a further next hop of the route. */
const isOf = (first: Row, row: Row): boolean => row.hop > 0 && first.dst === row.dst && first.source === row.source;

/**
 * A route as its rows say it, which are there anyway: a router has a million of them, and few are ever asked for. Only the
 * prefix is kept, for it is looked at in every lookup.
 */
class DumpedRoute implements HostRoute {
  constructor(
    readonly prefix: Prefix,
    private readonly first: Row,
    /** Of a multipath route the rows of the other next hops. */
    private readonly others: readonly Row[],
    private readonly poor: boolean,
  ) {}

  get table(): string {
    return this.first.table;
  }
  get type(): string {
    return this.first.type;
  }
  get metric(): number {
    return this.first.metric ?? (this.first.family === 6 ? 1024 : 0);
  }
  get src(): string | undefined {
    return this.first.src;
  }
  get srcShown(): boolean {
    return !this.poor;
  }
  get proto(): string | undefined {
    return this.first.proto;
  }
  /** `route -n` has no scope; the kernel gives `link` to what has no gateway (iproute2 does so when adding). */
  get scope(): string {
    const { scope, via } = this.first;
    return scope ?? (this.poor && via === undefined && !hidesGateway(this.first) ? 'link' : 'global');
  }
  get hops(): readonly NextHop[] {
    const reaches = !/^(?:blackhole|unreachable|prohibit|throw)$/.test(this.first.type);
    return reaches ? [hopOf(this.first), ...this.others.map(hopOf)] : [];
  }
  get only(): HostRoute['only'] {
    const { flags } = this.first;
    if (flags === undefined) return undefined;
    const from = parsePrefix(flags.find((flag) => flag.startsWith('from='))?.slice('from='.length) ?? '');
    if (from !== undefined) return { from };
    const tos = flags.find((flag) => flag.startsWith('tos='))?.slice('tos='.length);
    return tos === undefined ? undefined : { tos };
  }
  get mtu(): number | undefined {
    return this.first.mtu;
  }
  get at(): readonly [Placed, ...Placed[]] {
    return [this.first, ...this.others];
  }
}

const hidesGateway = (row: Row): boolean =>
  row.flags?.some((flag) => flag === 'gateway-not-shown' || flag === 'gateway-by-name') === true;

function hopOf(row: Row): NextHop {
  const flags = row.flags ?? [];
  return {
    dev: row.dev,
    via: row.via,
    onlink: row.onlink,
    weight: row.weight ?? 1,
    state: flags.includes('dead') ? 'dead' : flags.includes('linkdown') ? 'linkdown' : 'alive',
    opaque: flags.includes('encap') || (row.dev === undefined && row.via === undefined),
    viaUnknown: hidesGateway(row),
    at: row,
  };
}
