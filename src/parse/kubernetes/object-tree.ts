import { redact } from '../../core/redact.js';
import type { Line } from '../../core/sink.js';

/** Reading values out of a parsed JSON or YAML tree whose shape nobody promised. */

export type Tree = Readonly<Record<string, unknown>>;

const EMPTY: Tree = {};

/** The mapping, or an empty one. */
export function mapOf(value: unknown): Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Tree) : EMPTY;
}

/** The list, or an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value at a dotted path of plain keys. */
export function at(tree: unknown, path: string): unknown {
  let value = tree;
  for (const key of path.split('.')) value = mapOf(value)[key];
  return value;
}

/**
 * A scalar as text; undefined for nothing, the empty string, and the word `null` that some collectors write for both
 * (Harvester's support bundle kit).
 */
export function wordOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' || value === 'null' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** A boolean that may be written as a string. */
export function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

/** An integer that may be written as a string. */
export function countOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined;
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

/** Names of values that may be secrets. */
const SECRET = /pass(?:word|wd|phrase)?|secret|token|credential|private|api[-_]?key|bearer|psk$|(?:^|[-_.])key$/i;

/** True when a name says that its value must not be shown. File names of keys and certificates are no secrets. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name) && !/(?:file|path|ttl|expir|enabled|mode)/i.test(name);
}

/** One API object with the lines that it was read from. */
export class KubernetesObject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly annotations: Tree;
  readonly labels: Tree;
  #searched: readonly string[] | undefined;

  constructor(
    readonly tree: Tree,
    readonly lines: readonly Line[],
    kind?: string,
  ) {
    const metadata = mapOf(tree['metadata']);
    this.kind = wordOf(tree['kind']) ?? kind ?? '';
    this.name = wordOf(metadata['name']) ?? '';
    this.namespace = wordOf(metadata['namespace']);
    this.annotations = mapOf(metadata['annotations']);
    this.labels = mapOf(metadata['labels']);
  }

  at(path: string): unknown {
    return at(this.tree, path);
  }

  /** `Kind/namespace/name`, for `setting.object`. */
  get title(): string {
    return [this.kind, this.namespace, this.name].filter((word) => word !== undefined && word !== '').join('/');
  }

  /**
   * The line that shows a value: the first from `after` on with the key and the value, else with the value, else with the
   * key, else the object's name. Text is searched, because a parser that keeps positions costs many times the memory; the
   * copy of the object in the last-applied annotation never wins over a line of its own.
   */
  line(key: string, value?: string, after?: Line): Line {
    if (this.lines.length === 1) return this.nameLine;
    this.#searched ??= this.lines.map(({ text }) => (/^\s*\{"apiVersion|\{\\"apiVersion/.test(text) ? '' : text));
    const keyed = new RegExp(`(?:^|[\\s"'{,-])${escaped(key)}["']?\\s*[:=]`);
    const start = after === undefined ? 0 : Math.max(0, this.lines.indexOf(after));
    let onlyValue: Line | undefined;
    let onlyKey: Line | undefined;
    for (let i = start; i < this.#searched.length; i++) {
      const text = this.#searched[i]!;
      const hasKey = keyed.test(text);
      const hasValue = value !== undefined && holds(text, value);
      if (hasKey && (hasValue || value === undefined)) return this.lines[i]!;
      if (hasValue) onlyValue ??= this.lines[i]!;
      if (hasKey) onlyKey ??= this.lines[i]!;
    }
    return onlyValue ?? onlyKey ?? after ?? this.nameLine;
  }

  /** The line of metadata.name. */
  get nameLine(): Line {
    if (this.lines.length === 1) {
      // Minified: the line holds whole objects, and its beginning will be quoted.
      const line = this.lines[0]!;
      const text = withoutSecrets(line.text.slice(0, QUOTED));
      return line.text.startsWith(text) ? line : { ...line, text };
    }
    const pattern = new RegExp(`^\\s*-?\\s*"?name"?:\\s*["']?${escaped(this.name)}["']?,?\\s*$`);
    return this.lines.find(({ text }) => pattern.test(text)) ?? this.lines[0]!;
  }
}

/** Longer than any key or name that Kubernetes takes (a label's key: 317); an expression of more than some 100,000 is an error. */
const LONGEST_NAME = 1000;

const escaped = (text: string): string => text.slice(0, LONGEST_NAME).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** More of a line than is ever quoted. */
const QUOTED = 2000;

/** Minified JSON without Secrets' data and without environment variables that may be secrets. */
function withoutSecrets(text: string): string {
  const plain = text.replace(/("name":\s*"([^"]*)",\s*"value":\s*")([^"]*)/g, (whole, before: string, name: string) =>
    isSecretName(name) ? `${before}[redacted]` : whole,
  );
  return redact(/"Secret"/.test(plain) ? plain.replace(/("(?:data|stringData)":\s*\{)[^}]*/g, '$1[redacted]') : plain);
}

/** The text holds the value as a whole word: 10.0.0.1 is not in 10.0.0.11. */
function holds(text: string, value: string): boolean {
  for (let i = text.indexOf(value); i >= 0; i = text.indexOf(value, i + 1)) {
    const before = i === 0 ? ' ' : text[i - 1]!;
    const after = text[i + value.length] ?? ' ';
    if (!/[\w.-]/.test(before) && !/[\w-]/.test(after)) return true;
  }
  return false;
}
