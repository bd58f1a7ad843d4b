import type { Scene } from './scene.js';

/** One of the equal parts into which rows fall: those of which a number leaves `part` when it is divided by `parts`. */
export interface Part {
  readonly part: number;
  readonly parts: number;
}

/** A derived table that is made part by part: its name, and the query for the rows of one part. */
export type PartedTable = readonly [table: string, rows: (part: Part) => string];

/**
 * How many parts, 1 or more, so that none has many more than `atOnce` (1 or more) of the packets `p` that meet an SQL condition: the
 * database can group more than its memory holds, but not join it.
 */
export async function partsOf(scene: Scene, condition: string, atOnce: number): Promise<number> {
  if (scene.packets <= atOnce) return 1;
  const [row] = await scene.rows(`SELECT count(*) AS n FROM packet_raw p WHERE ${condition}`);
  return Math.max(1, Math.ceil(Number(row?.['n']) / atOnce));
}

/** SQL condition: the row whose columns these are is of the part. Rows with the same values are of the same. */
export const inPart = ({ part, parts }: Part, ...columns: readonly string[]): string =>
  parts === 1 ? 'true' : `hash(${columns.join(', ')}) % ${parts} = ${part}`;

/** Makes the tables: of each part all of them, in their order, so that one can be made of those before it. */
export async function makeInParts(scene: Scene, tables: readonly PartedTable[], parts: number): Promise<void> {
  for (let part = 0; part < parts; part++)
    for (const [table, rows] of tables) {
      const into = part === 0 ? `CREATE TABLE derived.${table} AS` : `INSERT INTO derived.${table}`;
      await scene.prepare(`${into} ${rows({ part, parts })}`);
    }
}
