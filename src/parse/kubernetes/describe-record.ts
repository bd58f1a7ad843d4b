import type { Line } from '../../core/sink.js';
import { continuesMessage } from './event-columns.js';

/** What `kubectl describe` prints of one object (kubernetes/kubectl pkg/describe/describe.go). */

/** A line beneath a field, with its indentation relative to the field. */
export interface Below {
  readonly text: string;
  readonly at: Line;
}

/** A field at the left margin: `Key:   value`, and the indented lines beneath it. */
export interface Field {
  readonly key: string;
  readonly value: string;
  readonly at: Line;
  readonly below: Below[];
}

/** `Key:` with its value a column away. Counts of a DaemonSet stand behind one blank. */
const FIELD = /^([A-Z][A-Za-z()/ -]{1,60}?):(?:(?: {2,}|\t+)(.*)|()|( -?\d+|\s+\(.*\)))$/;

/** The fields of one object in the order printed; a service repeats Port, TargetPort and Endpoints. */
export class DescribeRecord {
  readonly fields: Field[] = [];
  /** Text of a config map's keys. */
  readonly data: { readonly key: string; readonly lines: Line[] }[] = [];

  constructor(
    readonly first: Line,
    /** Indentation of the whole paste. */
    readonly base: number,
  ) {}

  /** Takes a line that was cut to the record's margin; false when it belongs to something else. */
  add(text: string, at: Line): boolean {
    const match = FIELD.exec(text);
    if (match !== null) {
      this.fields.push({ key: match[1]!, value: (match[2] ?? match[4] ?? '').trim(), at, below: [] });
      return true;
    }
    const last = this.fields.at(-1);
    if (last === undefined || (!/^\s/.test(text) && !(last.key === 'Events' && continuesMessage(text)))) return false;
    last.below.push({ text, at });
    return true;
  }

  has(...keys: readonly string[]): boolean {
    return keys.some((key) => this.fields.some((field) => field.key === key));
  }

  field(key: string): Field | undefined {
    return this.fields.find((field) => field.key === key);
  }

  /** The value of a field; nothing for `<none>`, `<unset>` and the empty one. */
  value(key: string): string | undefined {
    return shown(this.field(key)?.value);
  }

  get name(): string {
    return this.value('Name') ?? '';
  }

  get namespace(): string | undefined {
    return this.value('Namespace');
  }

  /** A field's value and the lines beneath as one list: labels, annotations, taints. */
  items(key: string): Below[] {
    const field = this.field(key);
    if (field === undefined) return [];
    const all = [
      { text: field.value, at: field.at },
      ...field.below.map(({ text, at }) => ({ text: text.trim(), at })),
    ];
    return all.filter(({ text }) => shown(text) !== undefined);
  }
}

/** A printed value that is one. */
export function shown(value: string | undefined): string | undefined {
  return value === undefined || value === '' || /^<[a-z ]+>$/.test(value) ? undefined : value;
}

/** `key: value` or, before 1.10, `key=value`; a long value follows on a line of its own. */
export function annotationsOf(items: readonly Below[]): { key: string; value: string; at: Line }[] {
  const found: { key: string; value: string; at: Line }[] = [];
  for (let i = 0; i < items.length; i++) {
    const match = /^([A-Za-z0-9][\w.-]*(?:\/[\w.-]+)?)(?::(?:\s+(.*))?|=(.*))$/.exec(items[i]!.text);
    if (match === null) continue;
    const inline = match[2] ?? match[3];
    const next = items[i + 1];
    const value = inline ?? next?.text;
    const at = inline === undefined ? next?.at : items[i]!.at;
    if (inline === undefined) i++;
    if (value !== undefined && at !== undefined) found.push({ key: match[1]!, value, at });
  }
  return found;
}
