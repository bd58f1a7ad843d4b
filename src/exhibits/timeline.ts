import type { Timeline } from '../core/exhibits.js';
import type { Finding } from '../core/finding.js';
import type { EventStore } from '../store/event-store.js';
import type { PacketPlace } from '../store/packets-at.js';
import { type CitedPlaces, type Happening, packetsAt, TIMED, told } from './happenings.js';

const MAX_EVENTS = 500;
/** Packets are many: logs, events and probes keep at least this much of what is not cited. */
const FOR_LOGS = 250;
/** Cited places that are looked up; most are configuration, and no event. */
const MAX_PLACES = 4 * MAX_EVENTS;

/**
 * What happened when: all that findings cite, then what is nearest in time to the first of it. Configuration has no time and
 * is no event.
 */
export async function timelineOf(store: EventStore, findings: readonly Finding[]): Promise<Timeline> {
  const places = citedPlaces(findings);
  const cited = [...places.keys()].slice(0, MAX_PLACES);
  const list = cited.length === 0 ? '' : `IN (VALUES ${cited.map(sqlPlace).join(', ')})`;
  const frames = await placesOf(store, cited);
  const packets = await packetsAt(store, places, frames);
  const failed = momentOf(packets, cited) ?? (await earliest(store));
  const nearest = failed === undefined ? '' : `abs(epoch_ns(time) - ${failed}) NULLS LAST, `;
  const first = cited.length === 0 ? '' : `(file, line) ${list} DESC, `;
  const logs = await told(store, places, `${first}${nearest}file, line`, MAX_EVENTS);
  const taken = new Map<string, Happening>();
  const fill = (more: readonly Happening[], room: number): void => {
    for (const one of more) {
      if (taken.size >= room) return;
      if (!taken.has(keyOf(one))) taken.set(keyOf(one), one);
    }
  };
  fill(inOrderOf(cited, [...packets, ...logs.filter(({ event }) => event.codes.length > 0)]), MAX_EVENTS);
  fill(logs, Math.min(MAX_EVENTS, taken.size + FOR_LOGS));
  if (failed !== undefined && taken.size < MAX_EVENTS)
    fill(await packetsNear(store, failed, places, MAX_EVENTS), MAX_EVENTS);
  fill(logs, MAX_EVENTS);
  const events = [...taken.values()].sort(inOrder).map(({ event }) => event);
  return { events, more: Math.max(0, (await countOf(store)) - events.length) };
}

/** When the first packet that a finding cites was seen. */
const momentOf = (packets: readonly Happening[], cited: readonly string[]): bigint | undefined =>
  inOrderOf(cited, packets).find(({ ns }) => ns !== undefined)?.ns;

function inOrderOf(cited: readonly string[], found: readonly Happening[]): readonly Happening[] {
  const rank = new Map(cited.map((key, i) => [key, i]));
  const at = (one: Happening): number => rank.get(keyOf(one)) ?? cited.length;
  return [...found].sort((a, b) => at(a) - at(b));
}

/**
 * Where the store has the packets of these places, in their order. A file's taps have one number after another; they are not
 * tried one by one, because a hostile log has as many as lines.
 */
async function placesOf(store: EventStore, cited: readonly string[]): Promise<readonly PacketPlace[]> {
  const fileOf = (tap: number): string =>
    store.artifacts[store.sources[store.taps[tap - 1]!.source - 1]!.artifact - 1]!.file;
  const taps = new Map<string, { readonly first: number; last: number }>();
  for (const { tap } of store.taps) {
    const known = taps.get(fileOf(tap));
    if (known === undefined) taps.set(fileOf(tap), { first: tap, last: tap });
    else known.last = tap;
  }
  const places = new Map<string, string[]>();
  for (const key of cited) {
    const [file = '', place = ''] = key.split('\0');
    if (taps.has(file)) places.set(file, [...(places.get(file) ?? []), String(Number(place))]);
  }
  if (places.size === 0) return [];
  const wanted = [...places].map(([file, numbers]) => {
    const { first, last } = taps.get(file)!;
    return `tap BETWEEN ${first} AND ${last} AND place IN (${numbers.join(', ')})`;
  });
  const rows = await store.query(`SELECT tap, place FROM packet_raw WHERE ${wanted.join(' OR ')} ORDER BY tap, place`);
  const rank = new Map(cited.map((key, i) => [key, i]));
  // Two members of an archive may have one name, with others between them.
  return rows
    .map((row): PacketPlace => [Number(row['tap']), Number(row['place'])])
    .map((at) => ({ at, rank: rank.get(`${fileOf(at[0])}\0${at[1]}`) }))
    .filter((one): one is { at: PacketPlace; rank: number } => one.rank !== undefined)
    .sort((a, b) => a.rank - b.rank)
    .map(({ at }) => at);
}

function sqlPlace(key: string): string {
  const [file = '', place = ''] = key.split('\0');
  return `('${file.replaceAll("'", "''")}', ${Number(place)})`;
}

/** Codes of the findings that cite a place; places in the order of the findings. */
function citedPlaces(findings: readonly Finding[]): CitedPlaces {
  const places = new Map<string, string[]>();
  for (const { code, evidence } of findings) {
    for (const piece of evidence) {
      if ('absent' in piece) continue;
      const key = `${piece.file}\0${'frame' in piece ? piece.frame : piece.line}`;
      const known = places.get(key) ?? [];
      if (!known.includes(code)) known.push(code);
      places.set(key, known);
    }
  }
  return places;
}

/** The packets that are nearest in time, nearest first. */
async function packetsNear(
  store: EventStore,
  ns: bigint,
  places: CitedPlaces,
  limit: number,
): Promise<readonly Happening[]> {
  const near = await store.query(
    `SELECT tap, place FROM packet_raw WHERE time_ns >= 0 ORDER BY abs(time_ns - ${ns}), tap, place LIMIT ${limit}`,
  );
  return packetsAt(
    store,
    places,
    near.map((row) => [Number(row['tap']), Number(row['place'])]),
  );
}

async function earliest(store: EventStore): Promise<bigint | undefined> {
  const [row] = await store.query(
    `SELECT min(p.time_ns) AS ns FROM packet_raw p JOIN tap t USING (tap) WHERE t.time_kind = 'epoch' AND p.time_ns >= 0`,
  );
  return row === undefined || row['ns'] === null ? undefined : BigInt(row['ns'] as number | bigint);
}

async function countOf(store: EventStore): Promise<number> {
  const [row] = await store.query(
    `SELECT (SELECT count(*) FROM packet_raw p JOIN tap t USING (tap) WHERE t.time_kind <> 'none' AND p.time_ns >= 0)
      + (SELECT count(*) FROM event WHERE kind <> 'packet' AND ${TIMED}) AS n`,
  );
  return Number(row?.['n'] ?? 0);
}

const keyOf = ({ event: { file, line, frame } }: Happening): string => `${file}\0${frame ?? line}`;

/** What has no date comes last, each source in its own order. */
function inOrder(a: Happening, b: Happening): number {
  if (a.ns !== undefined && b.ns !== undefined && a.ns !== b.ns) return a.ns < b.ns ? -1 : 1;
  if ((a.ns === undefined) !== (b.ns === undefined)) return a.ns === undefined ? 1 : -1;
  const place = ({ event }: Happening): number => event.frame ?? event.line ?? 0;
  return a.event.file < b.event.file ? -1 : a.event.file > b.event.file ? 1 : place(a) - place(b);
}
