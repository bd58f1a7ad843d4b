import type { Line, Sink } from '../../core/sink.js';
import { isArray, isObject, type Json, type JsonObject } from '../network/json-text.js';
import { elementText, expressionText, joined, type Notation, tagged, wordOf } from './nft-json-expression.js';
import { ruleText, setHeader } from './nft-json-rule.js';
import { type NftLine, NftTable } from './nft-table.js';

/** Objects that say nothing of what becomes of a packet; their use in a rule does. */
const SILENT = new Set([
  ...['metainfo', 'counter', 'quota', 'limit', 'flowtable', 'secmark', 'synproxy', 'tunnel'],
  ...['ct helper', 'ct timeout', 'ct expectation'],
]);

const named = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
const typeWords = (type: Json | undefined): string | undefined => {
  const [kind, fields] = tagged(type) ?? [];
  if (kind === 'typeof') return expressionText(fields);
  return joined((isArray(type) ? type : [type]).map(wordOf), ' . ');
};
const notationOf = (type: string): Notation => (type === 'ifname' ? 'quoted' : type === 'mark' ? 'mark' : 'plain');
const howOf = (type: string): readonly Notation[] => type.split(' . ').map(notationOf);

interface Declared {
  readonly entry: JsonObject;
  readonly kind: 'set' | 'map' | 'meter';
  readonly at: Line;
}

interface OpenTable {
  readonly table: NftTable;
  /** Sets by name: their rows wait until all rules are seen, for one that rules add to is dynamic. */
  readonly sets: Map<string, Declared>;
  readonly dynamic: Set<string>;
}

/**
 * Collects the objects of one listing into tables. Those of a table follow its own object (nft, json.c: table_print_json_full), so
 * of a listing that was cut the last table is left out: rules that are cut off might accept what its policy drops.
 */
export class NftJsonTables {
  readonly #open = new Map<string, OpenTable>();
  /** Tables without an object of their own (`nft -j list set`), and those of which objects came after another table's. */
  #mixed = false;
  #last: string | undefined;
  readonly #foreign: Line[] = [];

  constructor(private readonly warned: ReadonlySet<string>) {}

  /** The next object of the listing, with its line and its own text. */
  add(item: Json, place: NftLine): void {
    const [kind, entry] = tagged(item) ?? [];
    if (kind === undefined || SILENT.has(kind)) return;
    if (!isObject(entry) || !this.#read(kind, entry, place)) this.#foreign.push(place);
  }

  /** Gives the rows. `whole` is false when the listing was cut. */
  emit(sink: Sink, whole: boolean): void {
    if (!whole) this.#leaveOut(sink);
    for (const open of this.#open.values()) {
      for (const [name, declared] of open.sets) declareSet(open, name, declared);
      open.table.emit(sink);
    }
    for (const { number } of this.#foreign)
      sink.note('JSON object that is no table, chain, rule, set or map of nft', number);
  }

  #leaveOut(sink: Sink): void {
    const last = this.#last === undefined ? undefined : this.#open.get(this.#last);
    if (last === undefined) return;
    sink.note('nft JSON ends early: the table that is cut is left out', last.table.at.number);
    if (this.#mixed) this.#open.clear();
    else this.#open.delete(this.#last!);
  }

  #read(kind: string, entry: JsonObject, at: NftLine): boolean {
    const family = named(entry['family']);
    const name = named(entry['name']);
    const of = kind === 'table' ? name : named(entry['table']);
    if (family === undefined || of === undefined || !/^(?:ip|ip6|inet|arp|bridge|netdev)$/.test(family)) return false;
    const open = this.#tableOf(family, of, at);
    switch (kind) {
      case 'table':
        open.table.dormant = isArray(entry['flags'])
          ? entry['flags'].includes('dormant')
          : entry['flags'] === 'dormant';
        return true;
      case 'chain':
        return name !== undefined && readChain(open.table, name, entry, at);
      case 'rule': {
        const chain = named(entry['chain']);
        if (chain === undefined) return false;
        for (const set of addedTo(entry['expr'])) open.dynamic.add(set);
        open.table.rule(chain, ruleText(entry), at);
        return true;
      }
      case 'set':
      case 'map':
      case 'meter':
        if (name === undefined) return false;
        open.sets.set(name, { entry, kind, at });
        return true;
      default:
        return false;
    }
  }

  #tableOf(family: string, name: string, at: Line): OpenTable {
    const key = `${family} ${name}`;
    let open = this.#open.get(key);
    if (open === undefined) {
      const table = new NftTable(family, name, at, this.warned.has(key));
      open = { table, sets: new Map(), dynamic: new Set() };
      this.#open.set(key, open);
    } else if (this.#last !== key) this.#mixed = true;
    this.#last = key;
    return open;
  }
}

function readChain(table: NftTable, name: string, entry: JsonObject, at: NftLine): boolean {
  const hook = named(entry['hook']);
  if (hook === undefined) {
    table.userChain(name, at);
    return true;
  }
  const { prio, policy, type } = entry;
  const priority = typeof prio === 'number' ? prio : undefined;
  table.baseChain({ name, hook, kind: named(type) ?? 'filter', priority, policy: named(policy) }, at);
  return true;
}

/** Names of the sets that a rule adds to: the kernel takes such rules for dynamic sets only (nft_dynset.c). */
function addedTo(expr: Json | undefined): readonly string[] {
  if (!isArray(expr)) return [];
  return expr.flatMap((statement) => {
    const [kind, body] = tagged(statement) ?? [];
    const name = (kind === 'set' || kind === 'map') && isObject(body) ? named(body[kind]) : undefined;
    return name === undefined ? [] : [name.replace(/^@/, '')];
  });
}

function declareSet({ table, dynamic }: OpenTable, name: string, { entry, kind, at }: Declared): void {
  const from = typeWords(entry['type']) ?? '?';
  const to = entry['map'] === undefined ? undefined : (typeWords(entry['map']) ?? '?');
  const elements = isArray(entry['elem']) ? entry['elem'] : [];
  for (const element of elements) {
    const text = elementText(element, howOf(from), notationOf(to ?? ''));
    // What has no words is an element that nothing tells of: with fewer elements than members, the set is not whole.
    if (text !== undefined) table.member(name, text, at);
  }
  const type = to === undefined ? from : `${from} : ${to}`;
  table.set({ kind, name, type, header: setHeader(entry, dynamic.has(name)), members: elements.length }, at);
}
