import { sideBySide } from '../core/side-by-side.js';
import type { Part } from './parts.js';
import type { Scene } from './scene.js';

/**
 * SQL condition on a capture filter or command line that lets one direction through only, or requests only.
 */
const ONE_WAY = String.raw`(^|[ (!''"])(src|dst)( |$)|-Q *(in|out)|--direction|tcp-syn|tcp\[(13|tcpflags)|icmp-echo|icmp6?\[|udp\[|ip\[(12|16)`;

/**
 * Two to eight packets of one direction without flags and without data, each later than the one before by what a SYN
 * waits, and nothing the other way: people shorten pasted lines to `Flags ...`.
 */
const ELIDED = `
  WITH silent AS (
    SELECT source, src, sport, dst, dport, max(n) AS n, max(most) AS most, bool_and(n < 2 OR last_ns - first_ns >= 900000000 * (n - 1)) AS patient FROM (
      SELECT t.source, p.tap, p.src, p.sport, p.dst, p.dport, count(*) AS n, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns, max(p.payload_len) AS most
      FROM packet_raw p JOIN tap t USING (tap)
      WHERE p.proto = 6 AND p.tcp_flags < 0 AND t.kind = 'text' AND p.sport > p.dport AND p.dport > 0 AND p.src <> 0 GROUP BY ALL)
    GROUP BY source, src, sport, dst, dport)
  SELECT source, src, sport, dst, dport FROM silent e
  WHERE n BETWEEN 2 AND 8 AND most <= 0 AND patient
    AND NOT EXISTS (SELECT 1 FROM packet_raw r JOIN tap t USING (tap) WHERE t.source = e.source AND r.proto = 6 AND
      (r.src = e.dst AND r.sport = e.dport AND r.dst = e.src AND r.dport = e.sport
       OR r.src = e.src AND r.sport = e.sport AND r.dst = e.dst AND r.dport = e.dport AND r.tcp_flags >= 0))`;

/** SQL condition on packets `p` that ask for a connection. */
const SYN = 'p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 22) = 2 AND p.src <> 0';

/**
 * SYNs with data (TCP Fast Open, RFC 7413 3): the SYN-ACK acknowledges the data too, as far as the server took it. `token` is what it
 * acknowledges of any other SYN, `acked` what it acknowledges here.
 */
const FAST_OPEN = `CREATE TABLE derived.fast_open AS
    SELECT DISTINCT t.source, (p.seq::BIGINT + 1) % 4294967296 AS token, (p.seq::BIGINT + 1 + p.payload_len) % 4294967296 AS acked
    FROM packet_raw p JOIN tap t USING (tap) WHERE ${SYN} AND p.seq > 0 AND p.payload_len > 0`;

const ANSWERS =
  'bool_or(a.syn_ack) AS syn_ack, bool_or(a.reset) AS reset, min(a.first_ns) AS first_ns, arg_min(a.reset_tap, a.reset_place * 4294967296 + a.reset_tap) AS reset_tap, min(a.reset_place) AS reset_place';

/** What packets say, in groups. Tables of their own, not one statement: what a statement names several times it keeps whole in memory. */
const GROUPS = [
  `CREATE TABLE derived.answer AS
    SELECT t.source, p.src, p.sport, p.dst, p.dport, coalesce(f.token, p.ack) AS ack, bool_or((p.tcp_flags & 4) = 4) AS reset, bool_or((p.tcp_flags & 18) = 18) AS syn_ack, min(p.time_ns) AS first_ns,
           arg_min(p.tap, p.place * 4294967296 + p.tap) FILTER (WHERE (p.tcp_flags & 4) = 4) AS reset_tap, min(p.place) FILTER (WHERE (p.tcp_flags & 4) = 4) AS reset_place
    FROM packet_raw p JOIN tap t USING (tap) LEFT JOIN fast_open f ON f.source = t.source AND f.acked = p.ack
    WHERE p.proto = 6 AND p.tcp_flags >= 0 AND ((p.tcp_flags & 18) = 18 OR (p.tcp_flags & 4) = 4)
    GROUP BY ALL`,
  `CREATE TABLE derived.later AS
    SELECT t.source, p.src, p.sport, p.dst, p.dport, max(p.time_ns) AS last_ns
    FROM packet_raw p JOIN tap t USING (tap)
    WHERE p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 22) = 16
    GROUP BY ALL`,
  `CREATE TABLE derived.elided AS ${ELIDED}`,
  `CREATE TABLE derived.single AS SELECT source, min(tap) AS tap FROM tap GROUP BY source HAVING count(*) = 1`,
  `CREATE TABLE derived.one_way AS
    SELECT DISTINCT s.source FROM source s LEFT JOIN capture c USING (source)
    WHERE regexp_matches(coalesce(c.filter, ''), '${ONE_WAY}') OR regexp_matches(coalesce(c.command, s.command, ''), '${ONE_WAY}')`,
  `CREATE TABLE derived.hears AS
    SELECT DISTINCT t.source, p.dst AS client FROM packet_raw p JOIN tap t USING (tap) WHERE p.dst <> 0 AND p.arp_op < 0`,
];

/** Attempts of pieces with one tap, as most are: there every attempt is one group, and the way over taps would cost as much again. */
const AT_ONE_TAP = `
    SELECT o.source, g.src, g.sport, g.dst, g.dport, g.seq, g.tries, 1 AS taps, g.tap, g.place, g.first_ns, g.last_ns, g.ttl FROM (
      SELECT p.tap, p.src, p.sport, p.dst, p.dport, p.seq, count(*) AS tries, min(p.place) AS place, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns, max(p.ttl) AS ttl
      FROM packet_raw p WHERE ${SYN} AND p.tap IN (SELECT tap FROM single) GROUP BY p.tap, p.src, p.sport, p.dst, p.dport, p.seq) g
    JOIN single o USING (tap)`;

/** Attempts of all others. A LOG rule logs one packet at every hook it sits in: the same SYN under several prefixes is one try. */
const AT_TAPS = `
    SELECT source, src, sport, dst, dport, seq, max(n), count(*), arg_min(tap, first_ns::HUGEINT * 4294967296 + place), min(place), min(first_ns), max(last_ns), max(ttl) FROM (
      SELECT t.source, p.tap, p.src, p.sport, p.dst, p.dport, p.seq, count(*) AS n, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns, min(p.place) AS place, max(p.ttl) AS ttl
      FROM packet_raw p JOIN tap t USING (tap) WHERE ${SYN} AND t.source NOT IN (SELECT source FROM single) GROUP BY ALL
      UNION ALL
      SELECT t.source, p.tap, p.src, p.sport, p.dst, p.dport, 0, count(*), min(p.time_ns), max(p.time_ns), min(p.place), max(p.ttl)
      FROM packet_raw p JOIN tap t USING (tap) JOIN elided e USING (source, src, sport, dst, dport)
      WHERE p.proto = 6 AND p.tcp_flags < 0
      GROUP BY ALL)
    GROUP BY source, src, sport, dst, dport, seq`;

/** Anything that only `AT_TAPS` finds. */
const OTHERS = `
    SELECT (SELECT count(*) FROM tap) > (SELECT count(*) FROM single) OR EXISTS (SELECT 1 FROM elided) AS found`;

const SPAN = `CREATE TABLE derived.span AS
    SELECT t.source, max(p.time_ns) AS last_ns, bool_or(p.tcp_flags >= 0 AND (p.tcp_flags & 16) = 16) AS acks,
           EXISTS (SELECT 1 FROM one_way w WHERE w.source = t.source) AS one_way
    FROM packet_raw p JOIN tap t USING (tap) GROUP BY ALL`;

/** Those that are made of the tables above. To ask both ways where one finds nothing takes a third longer. */
async function groupsOfGroups(scene: Scene): Promise<readonly string[]> {
  const [others] = await scene.rows(OTHERS);
  const rows = others?.['found'] === true ? `${AT_ONE_TAP} UNION ALL ${AT_TAPS}` : AT_ONE_TAP;
  return [`CREATE TABLE derived.started AS ${rows}`, SPAN];
}

/**
 * Attempts whose outcome is found at once. The database can group more than its memory holds, but not join it. As many as its
 * row group has (DuckDB's DEFAULT_ROW_GROUP_SIZE): a table that is filled by other parts takes 70 ms more for each.
 */
const AT_ONCE = 122_880;

/** A part of the attempts, or of what answers them, by the remainder of a number; or the stretch of so many ids. */
interface Stretch extends Part {
  /** Attempts of a part, at most. */
  readonly atOnce: number;
}

const both = (left: string, right: string, { part, parts }: Stretch): string =>
  parts === 1 ? 'true' : `${left} % ${parts} = ${part} AND ${right} % ${parts} = ${part}`;

/** What the answer to a SYN acknowledges (RFC 9293 3.4). */
const token = (seq: string): string => `((${seq}::BIGINT + 1) % 4294967296)`;

/** The same for both directions of a conversation. */
const ends = (p: string): string => `(${p}.src::BIGINT + ${p}.sport + ${p}.dst + ${p}.dport)`;

/** Answers by the number that they acknowledge: one address may be translated. */
const byIsn = (part: Stretch): string => `
  SELECT o.rowid AS id, ${ANSWERS}
  FROM started o JOIN answer a ON a.source = o.source AND o.seq > 0 AND a.ack = ${token('o.seq')}
   AND ((a.dst = o.src AND a.dport = o.sport) OR (a.src = o.dst AND a.sport = o.dport))
  WHERE ${both(token('o.seq'), 'a.ack', part)} GROUP BY ALL`;

/** Answers by their addresses, where either side has no number. */
const byTuple = (part: Stretch): string => `
  SELECT o.rowid AS id, ${ANSWERS}
  FROM started o JOIN answer a ON a.source = o.source AND a.src = o.dst AND a.sport = o.dport AND a.dst = o.src AND a.dport = o.sport
   AND (o.seq = 0 OR a.ack = 0 OR a.ack = ${token('o.seq')})
  WHERE ${both(ends('o'), ends('a'), part)} GROUP BY ALL`;

/** Attempts whose client went on. */
const acked = (part: Stretch): string => `
  SELECT o.rowid AS id FROM started o JOIN later l ON l.source = o.source AND l.src = o.src AND l.sport = o.sport AND l.dst = o.dst AND l.dport = o.dport
  WHERE (l.last_ns >= o.first_ns OR l.last_ns = -1) AND ${both(ends('o'), ends('l'), part)}`;

/** Each attempt with its outcome: here a part is a stretch of ids. */
const attempt = ({ part, parts, atOnce }: Stretch): string => {
  const [from, to] = [part * atOnce, (part + 1) * atOnce];
  const within = (table: string): string =>
    parts === 1 ? table : `(SELECT * FROM ${table} WHERE id >= ${from} AND id < ${to})`;
  return `
  SELECT o.*, coalesce(i.syn_ack, false) OR coalesce(u.syn_ack, false) AS syn_ack,
         coalesce(i.reset, false) OR coalesce(u.reset, false) AS reset,
         least(i.first_ns, u.first_ns) AS answer_ns,
         coalesce(i.reset_tap, u.reset_tap) AS reset_tap, coalesce(i.reset_place, u.reset_place) AS reset_place,
         l.id IS NOT NULL AS client_ack,
         CASE WHEN s.last_ns < 0 OR o.last_ns < 0 THEN 0 ELSE (s.last_ns - o.last_ns) / 1e9 END AS after_s,
         NOT s.acks OR s.one_way AS blind,
         (o.source, o.src, o.sport, o.dst, o.dport) IN (SELECT source, src, sport, dst, dport FROM elided) AS elided
  FROM started o JOIN span s USING (source)
  LEFT JOIN ${within('by_isn')} i ON i.id = o.rowid LEFT JOIN ${within('by_tuple')} u ON u.id = o.rowid LEFT JOIN ${within('acked')} l ON l.id = o.rowid
  ${parts === 1 ? '' : `WHERE o.rowid >= ${from} AND o.rowid < ${to}`}`;
};

type Rows = (part: Stretch) => string;

/** What became of attempts, part by part; `attempt` is made of them. */
const OUTCOMES: readonly (readonly [table: string, rows: Rows])[] = [
  ['by_isn', byIsn],
  ['by_tuple', byTuple],
  ['acked', acked],
];

/**
 * Makes the derived table `attempt`, and beside it `span` (when each piece ends), `one_way` (pieces filtered to one
 * direction), `hears` (to whom each piece shows any packet, so that it can see the way back) and `fast_open` (SYNs with data). Call once per run. `atOnce`: see `AT_ONCE`.
 */
export async function prepareAttempts(scene: Scene, atOnce = AT_ONCE): Promise<void> {
  const prepare = (statements: readonly string[]): Promise<unknown> =>
    sideBySide(statements, scene.lanes, (sql) => scene.prepare(sql));
  await prepare([FAST_OPEN]);
  await prepare(GROUPS);
  await prepare(await groupsOfGroups(scene));
  const all = scene.packets <= atOnce ? 1 : Math.max(1, Math.ceil((await rowsOf(scene, 'started')) / atOnce));
  const make = async (table: string, rows: Rows, parts: number): Promise<void> => {
    for (let part = 0; part < parts; part++) {
      const into = part === 0 ? `CREATE TABLE derived.${table} AS` : `INSERT INTO derived.${table}`;
      await scene.prepare(`${into} ${rows({ part, parts, atOnce })}`);
    }
  };
  // Joins of large parts need all the memory that there is.
  await sideBySide(OUTCOMES, all === 1 ? scene.lanes : 1, ([table, rows]) => make(table, rows, all));
  const most = all === 1 ? 0 : Math.max(...(await Promise.all(OUTCOMES.map(([table]) => rowsOf(scene, table)))));
  await make('attempt', attempt, most <= atOnce ? 1 : all);
  const parents = ['started', 'later', ...OUTCOMES.map(([table]) => table)];
  await scene.prepare(parents.map((table) => `DROP TABLE derived.${table}`).join('; '));
}

const rowsOf = async (scene: Scene, table: string): Promise<number> =>
  Number((await scene.rows(`SELECT count(*) AS n FROM ${table}`))[0]?.['n']);
