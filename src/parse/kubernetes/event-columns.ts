import { k8sEvent } from '../../core/event/kubernetes.js';
import type { Line, Sink } from '../../core/sink.js';
import type { RowOf } from '../../core/table.js';
import { cellsOf, type Heading, headingsOf } from './text-columns.js';

/**
 * Tables of events: `kubectl get events` of all releases (pkg/printers/internalversion/printers.go printEvent),
 * `kubectl events`, and the Events section of `kubectl describe` (pkg/describe DescribeEvents), whose headings are in
 * mixed case.
 */

type Cells = ReadonlyMap<string, string>;

const AGE = '(?:<unknown>|<invalid>|(?:\\d+[ydhms])+)(?: \\(x\\d+ over [^)]*\\))?';

/** A row of `kubectl get events` whose gaps were squeezed, or that grep left without its heading. */
const GET_ROW = new RegExp(
  `^(?:(?<NAMESPACE>[a-z0-9-]+)\\s+)?(?<LAST_SEEN>${AGE})\\s+(?<TYPE>Normal|Warning)\\s+(?<REASON>[A-Z]\\w+)\\s+(?<OBJECT>[A-Za-z]+(?:\\.[\\w.-]+)?/\\S+)\\s+(?<MESSAGE>\\S.*)$`,
);
/** A row of describe's table. */
const DESCRIBE_ROW = new RegExp(
  `^(?<TYPE>Normal|Warning)\\s+(?<REASON>[A-Z]\\w+)\\s+(?<AGE>${AGE})\\s{2,}(?<FROM>[\\w./-]+(?:, \\S+)?)\\s{2,}(?<MESSAGE>\\S.*)$`,
);

/** The headings of an event table; undefined for any other line. */
export function eventHeadings(line: string): readonly Heading[] | undefined {
  if (!/\bmessage\b/i.test(line) || !/\breason\b/i.test(line)) return undefined;
  const text = line.trimStart();
  const headings = headingsOf(text.toUpperCase());
  const names = new Set(headings?.map(({ name }) => name));
  const isEvents =
    names.has('TYPE') && (names.has('OBJECT') || names.has('FROM') || names.has('KIND') || names.has('SOURCE'));
  return isEvents ? headings : undefined;
}

/** The cells of a row, by heading or by shape. */
export function eventCells(headings: readonly Heading[] | undefined, line: string): Cells | undefined {
  const text = line.trim();
  const groups = (GET_ROW.exec(text) ?? DESCRIBE_ROW.exec(text))?.groups;
  const shaped = (): Cells =>
    new Map(
      Object.entries(groups!).flatMap(([name, value]) =>
        value === undefined ? [] : [[name.replace('_', ' '), value] as const],
      ),
    );
  const last = headings?.at(-1)?.name;
  // With the message at the end, the shape says all; in wide tables only the positions tell where it stops.
  if (groups !== undefined && (headings === undefined || last === 'MESSAGE')) {
    const cells = shaped();
    return headings?.some(({ name }) => name === 'SUBOBJECT') === true ? (cellsOf(headings, text) ?? cells) : cells;
  }
  return headings === undefined ? undefined : cellsOf(headings, text);
}

/** The object that `describe` describes. */
export interface EventAbout {
  readonly namespace?: string | undefined;
  readonly object?: string | undefined;
}

/** The second line of a message: what the probes of calico-node print last. */
export const continuesMessage = (line: string): boolean =>
  /^\s*(?:calico\/node|bird\/confd|felix) is not (?:ready|live): /.test(line);

/** Emits the rows of a table, each when it is known that its message does not go on. */
export class EventRows {
  #held: { row: RowOf<typeof k8sEvent>; readonly at: Line } | undefined;

  constructor(private readonly sink: Sink) {}

  /** Takes the cells of a row; false when they are none of an event. */
  take(cells: Cells, about: EventAbout, at: Line): boolean {
    this.end();
    const row = eventRow(cells, about);
    if (row !== undefined) this.#held = { row, at };
    return row !== undefined;
  }

  /** Takes the next line of the last row's message. */
  continue(text: string): boolean {
    if (this.#held === undefined || !continuesMessage(text)) return false;
    const { row } = this.#held;
    this.#held.row = { ...row, message: `${row.message} ${text.trim()}`.slice(0, 2000) };
    return true;
  }

  end(): void {
    if (this.#held !== undefined) this.sink.emit(k8sEvent, this.#held.row, this.#held.at);
    this.#held = undefined;
  }
}

/** A row of the table; undefined when it is none. */
function eventRow(cells: Cells, about: EventAbout): RowOf<typeof k8sEvent> | undefined {
  const reason = cells.get('REASON');
  const message = cells.get('MESSAGE');
  const type = cells.get('TYPE');
  if (reason === undefined || message === undefined || !/^[A-Z]\w*$/.test(reason)) return undefined;
  if (type !== undefined && !/^(?:Normal|Warning)$/.test(type)) return undefined;
  const kind = cells.get('KIND');
  // Events are called after their object with a suffix in hex.
  const name = cells.get('NAME')?.replace(/\.[0-9a-f]{12,16}$/, '');
  const object =
    cells.get('OBJECT') ?? (kind !== undefined && name !== undefined ? `${kind}/${name}` : undefined) ?? about.object;
  if (object === undefined) return undefined;
  const slash = object.indexOf('/');
  const age = cells.get('LAST SEEN') ?? cells.get('LASTSEEN') ?? cells.get('AGE');
  const count = cells.get('COUNT') ?? /\(x(\d+) over /.exec(age ?? '')?.[1];
  const [source, host] = (cells.get('SOURCE') ?? cells.get('FROM') ?? '').split(', ');
  return {
    namespace: cells.get('NAMESPACE') ?? about.namespace,
    type,
    reason,
    object: `${object.slice(0, slash).toLowerCase()}${object.slice(slash)}`,
    message: message.slice(0, 2000),
    last_seen: age,
    count: count !== undefined && /^\d{1,9}$/.test(count) ? Number(count) : undefined,
    reporter: source === '' || source === undefined ? undefined : source,
    node: host,
  };
}
