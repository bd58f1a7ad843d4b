import type { SqlRow } from '../store/event-store.js';
import type { Scene } from './scene.js';

/**
 * TCP connection attempts, one row per member piece, four-tuple and initial sequence number. The initial sequence number
 * is chosen at random per connection (RFC 9293 3.4.1) and survives NAT and tunnels, so it also ties one attempt together
 * across taps. LOG lines carry none (0): there the four-tuple stands in.
 */
export interface Attempt {
  readonly source: number;
  readonly src: number;
  readonly sport: number;
  readonly dst: number;
  readonly dport: number;
  readonly seq: number;
  /** SYNs at the tap that saw most of them: retransmissions included, copies at other taps not. */
  readonly tries: number;
  readonly taps: number;
  /** Tap and place of the first sighting. */
  readonly tap: number;
  readonly place: number;
  readonly firstNs: number;
  readonly lastNs: number;
  /** Time between first and last SYN, seconds. */
  readonly span: number;
  /** Largest time to live of its SYNs; -1 where the text does not tell. */
  readonly ttl: number;
  readonly synAck: boolean;
  /** A SYN was repeated well after the answer had been seen here: the answer did not get through to the client. */
  readonly repeatedAfterAnswer: boolean;
  readonly reset: boolean;
  /** Tap and place of the first RST. */
  readonly resetAt: { readonly tap: number; readonly place: number } | undefined;
  readonly clientAck: boolean;
  /** Seconds of capture after the last SYN. */
  readonly after: number;
  /** True when this piece shows no packet with the ACK flag at all, or was filtered: it may not see the way back. */
  readonly blind: boolean;
  /** True when the text does not show the flags: that these are SYNs is told by their times alone. */
  readonly elided: boolean;
}

/** Attempts that match an SQL condition over `attempt`, in a fixed order, at most `limit`. */
export async function attempts(scene: Scene, where: string, limit = 20_000): Promise<readonly Attempt[]> {
  // Where the limit falls is found by the narrow columns alone: to sort a million whole rows takes more memory than there is.
  const [cut] = await scene.rows(
    `SELECT source, place FROM attempt WHERE ${where} ORDER BY source, place LIMIT 1 OFFSET ${limit}`,
  );
  const before = cut === undefined ? 'true' : `(source, place) <= (${Number(cut['source'])}, ${Number(cut['place'])})`;
  const rows = await scene.rows(
    `SELECT * FROM attempt WHERE (${where}) AND ${before} ORDER BY source, place, src, sport, dst, dport, seq LIMIT ${limit}`,
  );
  return rows.map(toAttempt);
}

function toAttempt(row: SqlRow): Attempt {
  const number = (name: string): number => Number(row[name]);
  const firstNs = number('first_ns');
  const lastNs = number('last_ns');
  const span = firstNs < 0 ? 0 : (lastNs - firstNs) / 1e9;
  const answerNs = row['answer_ns'] === null ? undefined : number('answer_ns');
  return {
    source: number('source'),
    src: number('src'),
    sport: number('sport'),
    dst: number('dst'),
    dport: number('dport'),
    seq: number('seq'),
    tries: number('tries'),
    taps: number('taps'),
    tap: number('tap'),
    place: number('place'),
    firstNs,
    lastNs,
    span,
    ttl: number('ttl'),
    synAck: row['syn_ack'] === true,
    repeatedAfterAnswer: answerNs !== undefined && answerNs >= 0 && lastNs - answerNs > 0.5e9,
    reset: row['reset'] === true,
    resetAt: row['reset_place'] === null ? undefined : { tap: number('reset_tap'), place: number('reset_place') },
    clientAck: row['client_ack'] === true,
    after: number('after_s'),
    blind: row['blind'] === true,
    elided: row['elided'] === true,
  };
}
