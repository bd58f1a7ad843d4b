import type { route } from '../../core/event/network.js';
import { parsePrefix } from '../../core/prefix.js';
import type { Fact, Placed } from '../facts.js';
import type { HostRoute, NextHop } from './host.js';

type Row = Fact<typeof route>;

/** What two dumps of the same next hop have in common, however much they print. */
export const sameHop = (row: Row): string =>
  [row.type, row.dst, row.metric ?? '', row.via ?? '', row.dev ?? '', row.hop, ...(row.flags ?? [])].join(' ');

/** Routes of one table from their rows, next hops put together, longest prefix first, then metric, then as printed. */
export function routesOf(rows: readonly Row[], poor: (row: Row) => boolean): readonly HostRoute[] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const open = groups.at(-1);
    const first = open?.[0];
    if (row.hop > 0 && first !== undefined && first.dst === row.dst && first.source === row.source) open!.push(row);
    else groups.push([row]);
  }
  return groups
    .flatMap((group) => routeOf(group, poor(group[0]!)) ?? [])
    .sort((a, b) => b.prefix.length - a.prefix.length || a.metric - b.metric);
}

function routeOf(group: readonly Row[], poor: boolean): HostRoute | undefined {
  const first = group[0]!;
  const prefix = parsePrefix(first.dst);
  if (prefix === undefined) return undefined;
  const flags = first.flags ?? [];
  const tos = flags.find((flag) => flag.startsWith('tos='))?.slice('tos='.length);
  const from = parsePrefix(flags.find((flag) => flag.startsWith('from='))?.slice('from='.length) ?? '');
  const reaches = !/^(?:blackhole|unreachable|prohibit|throw)$/.test(first.type);
  const placed = ({ source, line }: Placed): Placed => ({ source, line });
  return {
    prefix,
    table: first.table,
    type: first.type,
    metric: first.metric ?? (first.family === 6 ? 1024 : 0),
    src: first.src,
    srcShown: !poor,
    proto: first.proto,
    // `route -n` has no scope; the kernel gives `link` to what has no gateway (iproute2 does so when adding).
    scope: first.scope ?? (poor && first.via === undefined && !hidesGateway(first) ? 'link' : 'global'),
    hops: reaches ? group.map(hopOf) : [],
    only: from !== undefined ? { from } : tos !== undefined ? { tos } : undefined,
    mtu: first.mtu,
    at: [placed(first), ...group.slice(1).map(placed)],
  };
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
    at: { source: row.source, line: row.line },
  };
}
