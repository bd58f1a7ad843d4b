import type { TimelineEvent } from '../core/exhibits.js';
import type { EventStore, SqlRow } from '../store/event-store.js';
import { formatTime, frameSummary } from '../store/evidence.js';
import { type PacketPlace, packetsAtPlaces } from '../store/packets-at.js';
import { NEWEST } from '../store/views.js';

/** An event with its place on the common axis. */
export interface Happening {
  /** Nanoseconds since 1970; absent when only the order in one source is known. */
  readonly ns: bigint | undefined;
  readonly event: TimelineEvent;
}

/** Codes of the findings that cite a place, by `file\0line` or `file\0frame`. */
export type CitedPlaces = ReadonlyMap<string, readonly string[]>;

/** Kinds of time that have a date, or whose date is guessed from the newest one in the store. */
const DATED: ReadonlySet<string> = new Set(['epoch', 'no-zone', 'no-year', 'time-of-day']);
/** SQL condition on rows of the views `event` and `packet`: something that happened at a time. */
export const TIMED = `time_kind <> 'none' AND (time_ns IS NULL OR time_ns >= 0)`;

/** Log lines and what else has a time and is no packet; `order` is over the view `event`. */
export async function told(
  store: EventStore,
  cited: CitedPlaces,
  order: string,
  limit: number,
): Promise<readonly Happening[]> {
  const rows = await store.query(
    `SELECT *, epoch_ns(time) AS ns FROM event WHERE kind <> 'packet' AND ${TIMED} ORDER BY ${order}, kind, what LIMIT ${limit}`,
  );
  return rows.map((row) =>
    happening(row, cited, { kind: String(row['kind']), says: String(row['what']), place: 'line' }),
  );
}

/** Packets in the order of the places given; those without a time are left out. */
export async function packetsAt(
  store: EventStore,
  cited: CitedPlaces,
  places: readonly PacketPlace[],
): Promise<readonly Happening[]> {
  const rank = new Map(places.map(([tap, place], i) => [`${tap} ${place}`, i]));
  const at = (row: SqlRow): number => rank.get(`${row['tap']} ${row['place']}`)!;
  const rows = (await packetsAtPlaces(store, places))
    .filter((row) => row['time_kind'] !== 'none' && (row['time_ns'] === null || Number(row['time_ns']) >= 0))
    .sort((a, b) => at(a) - at(b));
  const guessed = rows.some((row) => row['time_kind'] === 'no-year' || row['time_kind'] === 'time-of-day');
  const [newest] = guessed ? await store.query(`SELECT ${NEWEST} AS ns`) : [];
  return rows.map((row) =>
    happening({ ...row, ns: dated(row, newest?.['ns'] as number | bigint | null | undefined) }, cited, {
      kind: 'packet',
      says: frameSummary({ ...row, time_ns: null }),
      place: String(row['seen_by']) === 'capture' ? 'frame' : 'line',
    }),
  );
}

const DAY = 86_400_000_000_000n;

/** A packet's time since 1970 as the view `event` estimates it; null when no date is known. */
function dated(row: SqlRow, newest: number | bigint | null | undefined): bigint | null {
  const ns = row['time_ns'];
  if (ns === null) return null;
  const own = BigInt(ns as number | bigint);
  const kind = String(row['time_kind']);
  if (kind === 'epoch' || kind === 'no-zone') return own;
  if (newest === null || newest === undefined) return null;
  if (kind === 'time-of-day') return own + (BigInt(newest) / DAY) * DAY;
  const year = new Date(Number(BigInt(newest) / 1_000_000n)).getUTCFullYear();
  return kind === 'no-year' ? own + BigInt(Date.UTC(year, 0, 1)) * 1_000_000n : null;
}

interface Words {
  readonly kind: string;
  readonly says: string;
  /** What the number of its place is. */
  readonly place: 'line' | 'frame';
}

function happening(row: SqlRow, cited: CitedPlaces, { kind, says, place }: Words): Happening {
  const file = String(row['file']);
  const number = Number(row[place === 'frame' ? 'place' : (row['line'] ?? null) === null ? 'place' : 'line']);
  const timeKind = String(row['time_kind']);
  const raw = row['time_ns'] as number | bigint | null;
  const ns = DATED.has(timeKind) && row['ns'] !== null ? BigInt(row['ns'] as number | bigint) : undefined;
  return {
    ns,
    event: {
      time: formatTime(ns ?? raw, ns === undefined ? timeKind : 'epoch') ?? '',
      exact: timeKind === 'epoch',
      kind,
      node: row['node'] === null ? undefined : String(row['node']),
      says,
      file,
      [place]: number,
      codes: cited.get(`${file}\0${number}`) ?? [],
    },
  };
}
