import { wordTable } from '../core/word-table.js';

/** Bytes that the rows of all tables may take with what the model makes of them. Measured: 140 MB are some 400 MB of the process. */
export const ROOM = 120e6;

/** Bytes of a row and its share of the model; measured with a hundred thousand of each, larger of two. */
const BYTES = wordTable<number>({
  link: 700,
  interface_address: 460,
  route: 500,
  neighbour: 300,
  fdb: 330,
  sysctl: 250,
  pod: 900,
  nf_chain: 350,
  nf_rule: 400,
  ipset_member: 250,
});
const OTHERS = 500;

/** Bytes that rows of a table are taken to need. */
export const bytesOf = (table: string, rows: number): number => rows * (BYTES[table] ?? OTHERS);

/** What a source has in a table, or in several that mean something together only. */
export interface Share {
  readonly source: number;
  readonly rows: number;
  readonly bytes: number;
  /**
   * What the cluster says of itself comes first: a pod that its list does not show is taken to be none. Then the nodes at which
   * something was seen, and those that it was meant for.
   */
  readonly of: 'cluster' | 'concerned' | 'other';
}

const ORDER: Readonly<Record<Share['of'], number>> = { cluster: 0, concerned: 1, other: 2 };

/** Bytes of all of them. */
export const sumOf = (shares: readonly Share[]): number => shares.reduce((sum, { bytes }) => sum + bytes, 0);

/** Shares that have no room: of what comes last the largest, so that as many as can be are there, each of them whole. */
export function leftOut<S extends Share>(shares: readonly S[], room: number): readonly S[] {
  let free = room;
  return [...shares]
    .sort((a, b) => ORDER[a.of] - ORDER[b.of] || a.bytes - b.bytes || a.source - b.source)
    .filter(({ bytes }) => {
      if (bytes > free) return true;
      free -= bytes;
      return false;
    });
}

/** The largest number of rows that each source may keep, so that all together keep `most`; undefined when they have no more. */
export function fairShare(rows: readonly number[], most: number): number | undefined {
  let free = most;
  const ascending = [...rows].sort((a, b) => a - b);
  for (const [i, count] of ascending.entries()) {
    const share = Math.floor(free / (ascending.length - i));
    if (count > share) return share;
    free -= count;
  }
  return undefined;
}
