import type { Timeline, TimelineEvent } from '../core/exhibits.js';
import type { Finding } from '../core/finding.js';
import type { EventStore, SqlRow } from '../store/event-store.js';
import { formatTime } from '../store/evidence.js';

const MAX_EVENTS = 500;
/** Packets are many: logs, events and probes keep at least this much of what is not cited. */
const FOR_LOGS = 250;

/** Kinds of time that have a date, or whose date is guessed from the newest one in the store. */
const DATED: ReadonlySet<string> = new Set(['epoch', 'no-zone', 'no-year', 'time-of-day']);

interface Happening {
  /** Nanoseconds since 1970; absent when only the order in one source is known. */
  readonly ns: bigint | undefined;
  readonly event: TimelineEvent;
}

/**
 * What happened when: all that findings cite, then what is nearest in time to the first of it. Configuration has no time and
 * is no event.
 */
export async function timelineOf(store: EventStore, findings: readonly Finding[]): Promise<Timeline> {
  const codes = citedPlaces(findings);
  const read = async (where: string, order = 'file, line', limit = MAX_EVENTS): Promise<readonly Happening[]> =>
    (
      await store.query(
        `SELECT *, epoch_ns(time) AS ns FROM event WHERE time_kind <> 'none' AND (time_ns IS NULL OR time_ns >= 0) AND ${where} ORDER BY ${order} LIMIT ${limit}`,
      )
    ).map((row) => happening(row, codes));
  const cited = await citedEvents(read, codes);
  const failed =
    (findings.length > 0 ? cited.find(({ ns }) => ns !== undefined)?.ns : undefined) ?? (await earliest(store));
  const nearest = failed === undefined ? 'file, line' : `abs(epoch_ns(time) - ${failed}) NULLS LAST, file, line`;
  const taken = new Map(cited.map((one) => [keyOf(one.event), one]));
  const fill = (more: readonly Happening[], room: number): void => {
    for (const one of more) {
      if (taken.size >= room) return;
      const key = keyOf(one.event);
      if (!taken.has(key)) taken.set(key, one);
    }
  };
  const told = await read(`kind <> 'packet'`, nearest);
  fill(told, Math.min(MAX_EVENTS, taken.size + FOR_LOGS));
  if (failed !== undefined) fill(await packetsNear(store, failed, codes), MAX_EVENTS);
  fill(told, MAX_EVENTS);
  const events = [...taken.values()].sort(inOrder).map(({ event }) => event);
  return { events, more: Math.max(0, (await countOf(store)) - events.length) };
}

/** Codes of the findings that cite a place, by `file\0place`; places in the order of the findings. */
function citedPlaces(findings: readonly Finding[]): ReadonlyMap<string, string[]> {
  const codes = new Map<string, string[]>();
  for (const { code, evidence } of findings) {
    for (const piece of evidence) {
      if ('absent' in piece) continue;
      const key = `${piece.file}\0${'frame' in piece ? piece.frame : piece.line}`;
      const known = codes.get(key) ?? [];
      if (!known.includes(code)) known.push(code);
      codes.set(key, known);
    }
  }
  return codes;
}

async function citedEvents(
  read: (where: string) => Promise<readonly Happening[]>,
  codes: ReadonlyMap<string, readonly string[]>,
): Promise<readonly Happening[]> {
  const places = [...codes.keys()].slice(0, 4 * MAX_EVENTS);
  if (places.length === 0) return [];
  const values = places.map((key) => {
    const [file = '', place = ''] = key.split('\0');
    return `('${file.replaceAll("'", "''")}', ${Number(place)})`;
  });
  const rank = new Map(places.map((key, i) => [key, i]));
  const found = await read(`(file, line) IN (VALUES ${values.join(', ')})`);
  const at = ({ event }: Happening): number => rank.get(keyOf(event)) ?? places.length;
  return [...found].sort((a, b) => at(a) - at(b)).slice(0, MAX_EVENTS);
}

async function packetsNear(
  store: EventStore,
  ns: bigint,
  codes: ReadonlyMap<string, readonly string[]>,
): Promise<readonly Happening[]> {
  const near = await store.query(
    `SELECT tap, place FROM packet_raw WHERE time_ns >= 0 ORDER BY abs(time_ns - ${ns}), tap, place LIMIT ${MAX_EVENTS}`,
  );
  if (near.length === 0) return [];
  const places = near.map((row) => {
    const tap = store.taps[Number(row['tap']) - 1]!;
    const { artifact } = store.sources[tap.source - 1]!;
    return `('${store.artifacts[artifact - 1]!.file.replaceAll("'", "''")}', ${Number(row['place'])})`;
  });
  const rows = await store.query(
    `SELECT *, epoch_ns(time) AS ns FROM event WHERE kind = 'packet' AND (file, line) IN (VALUES ${places.join(', ')}) ORDER BY abs(epoch_ns(time) - ${ns}) NULLS LAST, file, line LIMIT ${MAX_EVENTS}`,
  );
  return rows.map((row) => happening(row, codes));
}

async function earliest(store: EventStore): Promise<bigint | undefined> {
  const [row] = await store.query(
    `SELECT min(p.time_ns) AS ns FROM packet_raw p JOIN tap t USING (tap) WHERE t.time_kind = 'epoch' AND p.time_ns >= 0`,
  );
  return row?.['ns'] === null || row === undefined ? undefined : BigInt(row['ns'] as number | bigint);
}

async function countOf(store: EventStore): Promise<number> {
  const [row] = await store.query(
    `SELECT (SELECT count(*) FROM packet_raw p JOIN tap t USING (tap) WHERE t.time_kind <> 'none' AND p.time_ns >= 0) + (SELECT count(*) FROM log WHERE time_kind <> 'none' AND (time_ns IS NULL OR time_ns >= 0)) AS n`,
  );
  return Number(row?.['n'] ?? 0);
}

function happening(row: SqlRow, codes: ReadonlyMap<string, readonly string[]>): Happening {
  const kind = String(row['kind']);
  const file = String(row['file']);
  const line = Number(row['line']);
  const timeKind = String(row['time_kind']);
  const raw = row['time_ns'] as number | bigint | null;
  const dated = DATED.has(timeKind) && row['ns'] !== null;
  const ns = dated ? BigInt(row['ns'] as number | bigint) : undefined;
  const inFrame = kind === 'packet';
  return {
    ns,
    event: {
      time: formatTime(ns ?? raw, dated ? 'epoch' : timeKind) ?? '',
      exact: timeKind === 'epoch',
      kind,
      node: row['node'] === null ? undefined : String(row['node']),
      says: String(row['what']),
      file,
      ...(inFrame ? { frame: line } : { line }),
      codes: codes.get(`${file}\0${line}`) ?? [],
    },
  };
}

const keyOf = ({ file, line, frame }: TimelineEvent): string => `${file}\0${frame ?? line}`;

/** What has no date comes last, each source in its own order. */
function inOrder(a: Happening, b: Happening): number {
  if (a.ns !== undefined && b.ns !== undefined && a.ns !== b.ns) return a.ns < b.ns ? -1 : 1;
  if ((a.ns === undefined) !== (b.ns === undefined)) return a.ns === undefined ? 1 : -1;
  const place = ({ event }: Happening): number => event.frame ?? event.line ?? 0;
  return a.event.file < b.event.file ? -1 : a.event.file > b.event.file ? 1 : place(a) - place(b);
}
