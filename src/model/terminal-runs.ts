import { type Filtered, passesFilter } from './capture-filter.js';
import type { Scene } from './scene.js';

/**
 * A run of tcpdump in a terminal whose text is whole, as its own closing lines tell: it counted as many packets as the text
 * holds, mostly none. What it does not show did not come by, where its filter would have let it through.
 */
export interface TerminalRun {
  readonly source: number;
  readonly node: string;
  /** The device that it listened on, `any` for all. */
  readonly ifname: string;
  readonly counted: number;
  /** The filter lets such a packet through, for sure. */
  shows(packet: Filtered): boolean;
}

/**
 * The runs that may tell that something did not come by. Not those that left packets out: by -Q for one direction, by drops of the
 * kernel, or read from a file.
 */
export async function terminalRuns(scene: Scene): Promise<readonly TerminalRun[]> {
  const rows = await scene.rows(
    `SELECT c.source, c.ifname, c.filter, c.command, c.counted FROM capture c JOIN source s USING (source)
     WHERE c.format = 'tcpdump-text' AND c.counted IS NOT NULL AND coalesce(c.drops, 0) = 0 AND c.ifname IS NOT NULL AND c.command IS NOT NULL
       AND s.netns IS NULL
     ORDER BY ALL`,
  );
  return rows.flatMap((row): readonly TerminalRun[] => {
    const source = Number(row['source']);
    const node = scene.node(source);
    if (node === undefined || PARTIAL.test(String(row['command']))) return [];
    const filter = row['filter'] === null ? undefined : String(row['filter']);
    return [
      {
        source,
        node,
        ifname: String(row['ifname']),
        counted: Number(row['counted']),
        shows: (packet) => passesFilter(filter, packet) === true,
      },
    ];
  });
}

/** Options that leave packets out, or that read a filter from elsewhere. What a pipe leaves out tcpdump has counted all the same. */
const PARTIAL = /\s-\w*[QrF]|--direction|--read/;
