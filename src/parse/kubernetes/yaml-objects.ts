import { type Document, isCollection, isPair, parseDocument, visit } from 'yaml';
import type { Line } from '../../core/sink.js';
import type { Fed } from './json-objects.js';
import { isOverlong, nestsDeeply } from './yaml-bounds.js';

/** A YAML document, or one item of a List. */
export interface YamlPiece {
  readonly text: string;
  readonly lines: readonly Line[];
  /** The object's own kind, so that kinds of no interest need not be parsed. */
  readonly kind?: string | undefined;
  readonly listKind?: string | undefined;
}

/** Longest single object, in UTF-16 units: as for JSON. */
const LIMIT = 6 * 1024 * 1024;

/** Keys at the left margin of API objects and component configurations: camelCase. A sentence starts with a capital. */
const TOP_KEY = /^["']?[a-z][A-Za-z0-9]*["']?:(?:\s|$)/;

/** Blocks that say nothing about the network and are most of an object's text. */
const DULL =
  /^(?:managedFields|ownerReferences|volumes|volumeMounts|volumeDevices|tolerations|(?:liveness|readiness|startup)Probe|securityContext|resources|allocatable|capacity|images|affinity):\s*$/;

/** The same for pods, the kind that there are thousands of. */
const POD_DULL =
  /^(?:annotations|conditions|ports|imagePullSecrets|lastState|nodeSelector|hostAliases|topologySpreadConstraints|resourceClaims):\s*$/;

/** The lines without the blocks of some keys. */
function without(texts: readonly string[], dull: RegExp): string[] {
  let skip: number | undefined;
  return texts.filter((text) => {
    const trimmed = text.trimStart();
    const indent = text.length - trimmed.length;
    if (skip !== undefined && trimmed !== '') {
      if (indent > skip || (indent === skip && trimmed.startsWith('- '))) return false;
      skip = undefined;
    }
    if (skip === undefined && dull.test(trimmed)) skip = indent;
    return skip === undefined;
  });
}

/**
 * Takes the pairs out of a document whose key is a map (`{{{…`): it means nothing here. Each is spelled out as text, those within it
 * again: 500 of them take a minute. The library's `visit` would copy the way down to each node.
 */
function dropMapsAsKeys(root: unknown): void {
  const left = [root];
  while (left.length > 0) {
    const node = left.pop();
    if (!isCollection(node)) continue;
    node.items = node.items.filter((item) => !isPair(item) || !isCollection(item.key));
    for (const item of node.items) left.push(isPair(item) ? item.value : item);
  }
}

/** The library makes an error of each odd character; where each was made is of no interest, and most of the time that it takes. */
function withoutTraces<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Aliases (`*name`) of one document that are followed. The library looks for each one's anchor from the start; objects have none. */
const MOST_ALIASES = 500;

function hasManyAliases(document: Document): boolean {
  let aliases = 0;
  visit(document, { Alias: () => (++aliases > MOST_ALIASES ? visit.BREAK : undefined) });
  return aliases > MOST_ALIASES;
}

/** Parses YAML whatever its faults; undefined when nothing can be made of it. */
export function parseYaml(text: string): { readonly value: unknown; readonly fault?: string } | undefined {
  if (isOverlong(text) || nestsDeeply(text)) return undefined;
  try {
    const document = withoutTraces(() =>
      parseDocument(text, { logLevel: 'silent', strict: false, uniqueKeys: false, prettyErrors: false }),
    );
    const fault = document.errors[0]?.message.split('\n')[0];
    if (hasManyAliases(document)) return undefined;
    dropMapsAsKeys(document.contents);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return fault === undefined ? { value } : { value, fault };
  } catch {
    return undefined;
  }
}

/**
 * Cuts YAML into objects as its lines come: at `---`, at a second `apiVersion:`, and at the items of a List, so that a
 * long list is never parsed as a whole, and without the blocks that would cost most of the time and tell nothing.
 */
export class YamlObjects {
  #base = -1;
  #lines: Line[] = [];
  #size = 0;
  #full = false;
  #hasVersion = false;
  /** `none`: no list; `wait`: behind `items:`; `in`: at its items; `after`: behind them. */
  #list: 'none' | 'wait' | 'in' | 'after' = 'none';
  /** Indentation of the items' dashes. */
  #dash = 0;
  #sawKey = false;
  #sawKind = false;
  /** The last line of items. */
  #last: Line | undefined;
  /** Where the list says that it goes on. */
  #continued: Line | undefined;
  #listKind: string | undefined;
  /** Indentation of a dull key whose value is being skipped. */
  #skip: number | undefined;

  constructor(
    private readonly give: (piece: YamlPiece) => void,
    private readonly refuse: (reason: string, place: number) => void,
    /** A document is over; `cut` where it is a list that ends in the middle, or goes on elsewhere. */
    private readonly over: (cut?: { readonly why: string; readonly at: Line }) => void = () => undefined,
  ) {}

  feed(at: Line): Fed {
    const text = at.text;
    const trimmed = text.trimStart();
    if (trimmed === '' || trimmed.startsWith('#')) {
      if (this.#base >= 0) this.#keep(at);
      return 'taken';
    }
    let indent = text.length - trimmed.length;
    if (this.#base < 0) this.#base = trimmed.startsWith('---') ? -1 : indent;
    indent -= Math.max(0, this.#base);
    if (/^(?:---|\.\.\.)(?:\s|$)/.test(trimmed) && indent <= 0) {
      this.end();
      return 'taken';
    }
    if (indent < 0 || (indent === 0 && !TOP_KEY.test(trimmed) && !/^-(?: |$)/.test(trimmed))) {
      this.end();
      return 'foreign';
    }
    if (this.#skip !== undefined) {
      if (indent > this.#skip || (indent === this.#skip && trimmed.startsWith('- '))) return 'taken';
      this.#skip = undefined;
    }
    const dashed = /^-(?: |$)/.test(trimmed);
    if (this.#list === 'in') this.#last = at;
    else if (this.#sawKey && indent > 0 && /^continue:\s*["']?[^"'\s]/.test(trimmed)) this.#continued = at;
    if (indent === 0 && !dashed) this.#topKey(trimmed);
    else if (dashed && indent === 0 && !this.#sawKey && this.#list === 'none') this.#list = 'wait';
    if (dashed && (this.#list === 'wait' || (this.#list === 'in' && indent === this.#dash))) {
      this.#finish();
      this.#list = 'in';
      this.#dash = indent;
    }
    if (DULL.test(trimmed)) {
      this.#skip = indent;
      return 'taken';
    }
    this.#keep(at);
    return 'taken';
  }

  /**
   * The document is over. kubectl and Go print the keys of a list in the order of the alphabet: one without a `kind` has lost its
   * end.
   */
  end(): void {
    this.#finish();
    if (this.#list === 'in' && this.#sawKey && !this.#sawKind && this.#last !== undefined)
      this.over({ why: 'it ends in the middle', at: this.#last });
    else if (this.#continued !== undefined)
      this.over({ why: 'metadata.continue: the API server has more', at: this.#continued });
    else this.over();
    this.#sawKind = false;
    this.#last = undefined;
    this.#continued = undefined;
    this.#base = -1;
    this.#hasVersion = false;
    this.#sawKey = false;
    this.#list = 'none';
    this.#listKind = undefined;
    this.#skip = undefined;
  }

  #topKey(text: string): void {
    // Objects pasted one after another without `---`.
    if (text.startsWith('apiVersion:') && this.#hasVersion) {
      const base = this.#base;
      this.end();
      this.#base = base;
    }
    this.#sawKey = true;
    if (text.startsWith('kind:')) this.#sawKind = true;
    if (text.startsWith('apiVersion:')) this.#hasVersion = true;
    this.#listKind = /^kind:\s*["']?(\w+)List\b/.exec(text)?.[1] ?? this.#listKind;
    if (/^items:\s*$/.test(text)) {
      this.#list = 'wait';
      this.#lines = [];
    } else if (this.#list === 'in') {
      this.#finish();
      this.#list = 'after';
    }
  }

  #keep(at: Line): void {
    if (this.#list === 'after') return;
    this.#size += at.text.length + 1;
    if (this.#size > LIMIT) {
      if (!this.#full) this.refuse('an object is longer than 6 MB and was left out', at.number);
      this.#full = true;
      return;
    }
    this.#lines.push(at);
  }

  #finish(): void {
    const lines = this.#lines;
    const full = this.#full;
    this.#lines = [];
    this.#size = 0;
    this.#full = false;
    if (full || !lines.some(({ text }) => /\S/.test(text) && !/^\s*#/.test(text))) return;
    const texts = lines.map(({ text }) => text);
    // The item's dash is indentation once the item stands alone.
    const first = texts.findIndex((text) => /^\s*-(?: |$)/.test(text));
    if (this.#list === 'in' && first >= 0) texts[first] = texts[first]!.replace('-', ' ');
    const margin = texts.find((text) => /^\s*[^\s#]/.test(text))?.search(/\S/) ?? 0;
    const kind = texts.find((text) => text.startsWith('kind:', margin) && text.search(/\S/) === margin);
    const named = kind === undefined ? undefined : /^kind:\s*["']?(\w+)/.exec(kind.slice(margin))?.[1];
    const isPod = (named ?? this.#listKind) === 'Pod';
    const wanted = isPod ? without(texts, POD_DULL) : texts;
    this.give({ text: wanted.join('\n'), lines, kind: named, listKind: this.#listKind });
  }
}
