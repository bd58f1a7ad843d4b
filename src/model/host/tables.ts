import type { route } from '../../core/event/network.js';
import type { SourceRow } from '../../store/dimensions.js';
import type { Fact } from '../facts.js';
import { chooseDump, isWhole } from './choose-dump.js';
import { dumpScope } from './dump-scope.js';
import type { Device, Host, HostAddress, HostRoute, Shown } from './host.js';
import { type RowsOfDump, rowsByDump } from './host-dumps.js';
import { localRoutes, ownBySource, sameEntry } from './local-table.js';
import { routesOf, sameHop } from './routes.js';

type Row = Fact<typeof route>;

interface Given {
  readonly rows: readonly Row[];
  readonly dumps: ReadonlyMap<number, SourceRow>;
  readonly addresses: Host['addresses'];
  readonly devices: ReadonlyMap<string, Device>;
  readonly rules: Host['rules'];
  /** net.ipv6.conf.all.forwarding is known to be on. */
  readonly forwards6: boolean;
}

/** All routing tables of a host, by family and name. A table that a dump of all tables does not have is whole and empty. */
export function routeTables({ rows, dumps, addresses, devices, rules, forwards6 }: Given): Host['tables'] {
  const perDump = [...rowsByDump(rows, dumps, 'route', looksLikeMain), ...emptyTables(rows, dumps)];
  const tables = new Map<string, Shown<readonly HostRoute[]>>();
  const poor = (row: Row): boolean => dumps.get(row.source)?.format === 'route-n';
  for (const family of [4, 6] as const) {
    const names = new Set(rows.filter((row) => row.family === family).map((row) => row.table));
    for (const rule of rules[family].value) if (rule.table !== undefined) names.add(rule.table);
    names.delete('local');
    for (const table of names) {
      const shown = tableOf(perDump, family, table);
      if (shown.shown !== 'none') {
        tables.set(`${family} ${table}`, { ...shown, value: routesOf(shown.value, poor) });
      }
    }
    const main = tables.get(`${family} main`)?.value ?? [];
    tables.set(
      `${family} local`,
      localTable(
        perDump,
        family,
        localRoutes(addresses[family].value, devices, forwards6),
        addresses[family],
        main,
        poor,
      ),
    );
  }
  return tables;
}

/** Excerpts rarely hold the networks that the host is connected to; a whole table of a running host does. */
const looksLikeMain = (rows: readonly Row[]): boolean =>
  rows.length > 1 && rows.some((row) => row.table !== 'main' || (row.via === undefined && row.dev !== undefined));

/**
 * The families that a dump shows. Where nothing tells the command (`ip6route.txt`), only those that it has rows of: what prints
 * routes of one family alone was asked for that one, for every running host has routes of IPv4's loopback.
 */
const tellsFamily = ({ source, scope, rows }: RowsOfDump<Row>, family: 4 | 6): boolean =>
  rows.some((row) => row.family === family) || (source.command !== undefined && scope.families.includes(family));

const isAll = (dump: RowsOfDump<Row>): boolean =>
  dump.scope.table === 'all' ||
  (dump.source.command === undefined && new Set(dump.rows.map((row) => row.table)).size > 1);

/** Dumps of one table, not main, that printed nothing: the table is empty. An empty main is rather a lost output. */
function emptyTables(rows: readonly Row[], dumps: ReadonlyMap<number, SourceRow>): readonly RowsOfDump<Row>[] {
  const filled = new Set(rows.map((row) => row.source));
  return [...dumps.values()]
    .filter((dump) => dump.format === 'ip-route' && !filled.has(dump.source) && dump.skipped === undefined)
    .map((source) => ({ source, rows: [], scope: dumpScope(source, 'route', 0) }))
    .filter(({ scope }) => scope.table !== 'main' && scope.table !== 'all');
}

function tableOf(perDump: readonly RowsOfDump<Row>[], family: 4 | 6, table: string): Shown<readonly Row[]> {
  const dumps = perDump.flatMap((dump) => {
    const rows = dump.rows.filter((row) => row.family === family && row.table === table);
    const covers =
      (isAll(dump) || dump.scope.table === table) &&
      tellsFamily(dump, family) &&
      (isAll(dump) || rows.length > 0 || dump.rows.length === 0);
    const poor = dump.source.format === 'route-n';
    return covers || rows.length > 0
      ? [{ source: dump.source.source, rows, whole: dump.scope.whole && covers, poor }]
      : [];
  });
  return chooseDump(dumps, { row: sameHop });
}

function localTable(
  perDump: readonly RowsOfDump<Row>[],
  family: 4 | 6,
  made: readonly HostRoute[],
  addresses: Shown<readonly HostAddress[]>,
  main: readonly HostRoute[],
  poor: (row: Row) => boolean,
): Shown<readonly HostRoute[]> {
  const dumped = tableOf(perDump, family, 'local');
  const printed = routesOf(dumped.value, poor);
  if (isWhole(dumped)) return { ...dumped, value: printed };
  const derived = [...printed, ...made];
  const known = new Set(addresses.value.map(({ address }) => address));
  const seen = new Set<string>();
  const value = [...derived, ...ownBySource(main, known)].filter((route) => {
    const key = sameEntry(route);
    const first = !seen.has(key);
    seen.add(key);
    return first;
  });
  return {
    value: value.sort((a, b) => b.prefix.length - a.prefix.length),
    shown: addresses.shown === 'whole' ? 'whole' : value.length > 0 ? 'part' : 'none',
    sources: [...new Set([...dumped.sources, ...addresses.sources])],
    contradictedBy: addresses.contradictedBy,
  };
}
