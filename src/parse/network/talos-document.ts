import type { Line } from '../../core/sink.js';

/** A value with the line that shows it. */
export interface Shown {
  readonly value: string;
  readonly at: Line;
}

/** One resource: the keys of its `metadata` and `spec`, and the items of its list `nextHops`. */
export interface TalosDocument {
  readonly metadata: ReadonlyMap<string, Shown>;
  readonly spec: ReadonlyMap<string, Shown>;
  readonly nextHops: readonly ReadonlyMap<string, Shown>[];
}

/** Most keys of one resource that are kept, of items of its list as well. */
const MOST = 200;
const PAIR = /^( *)(- )?([A-Za-z][\w.]*):(?: (.*))?$/;
const ITEM = /^ *- /;

const plain = (value: string): string => /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;

/**
 * Cuts the YAML of Talos' resources into documents as its lines come. Talos writes them by one library, four blanks a level
 * (go-talos-support `support/collectors/talos.go`, talosctl `cmd/talosctl/cmd/talos/output/yaml.go`): a library of ours that keeps
 * positions would cost many times the memory.
 */
export class TalosDocuments {
  #metadata = new Map<string, Shown>();
  #spec = new Map<string, Shown>();
  #hops: Map<string, Shown>[] = [];
  #part: 'metadata' | 'spec' | undefined;
  #list: string | undefined;
  #indent: number | undefined;

  constructor(private readonly give: (document: TalosDocument) => void) {}

  /** True when the line belongs to such a document. */
  feed(at: Line): boolean {
    const text = at.text.trimEnd();
    if (text === '---') {
      this.end();
      return true;
    }
    const pair = PAIR.exec(text);
    if (pair === null) return text === '' || (this.#part !== undefined && (ITEM.test(text) || /^ {4}/.test(text)));
    const [, blanks = '', dash, key = '', value = ''] = pair;
    const depth = blanks.length;
    if (depth === 0 && dash === undefined) return this.#top(key);
    if (this.#part === undefined) {
      // Without its head: a paste that begins within `metadata`.
      if (key !== 'namespace' && key !== 'type' && key !== 'id') return false;
      this.#part = 'metadata';
    }
    this.#indent ??= depth;
    const shown: Shown = { value: plain(value), at };
    if (depth === this.#indent && dash === undefined) {
      this.#list = value === '' ? key : undefined;
      const map = this.#part === 'metadata' ? this.#metadata : this.#spec;
      if (map.size < MOST && !map.has(key)) map.set(key, shown);
    } else if (this.#part === 'spec' && this.#list === 'nextHops' && this.#hops.length < MOST) {
      if (dash !== undefined) this.#hops.push(new Map());
      const last = this.#hops.at(-1);
      if (last !== undefined && last.size < MOST) last.set(key, shown);
    }
    return true;
  }

  /** What is open is given, if it tells its type. */
  end(): void {
    const [metadata, spec, nextHops] = [this.#metadata, this.#spec, this.#hops];
    this.#metadata = new Map();
    this.#spec = new Map();
    this.#hops = [];
    this.#part = undefined;
    this.#list = undefined;
    this.#indent = undefined;
    if (metadata.has('type')) this.give({ metadata, spec, nextHops });
  }

  #top(key: string): boolean {
    if (key === 'node') {
      this.end();
      return true;
    }
    if (key !== 'metadata' && key !== 'spec') return false;
    if (key === 'metadata' && this.#metadata.size > 0) this.end();
    this.#part = key;
    this.#list = undefined;
    this.#indent = undefined;
    return true;
  }
}
