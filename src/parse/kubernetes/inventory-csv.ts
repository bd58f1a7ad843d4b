import { parse } from 'csv-parse/sync';
import { canonicalAddress } from '../../core/address.js';
import { node, nodeAddress } from '../../core/event/kubernetes.js';
import { canonicalPrefix } from '../../core/prefix.js';
import { type Parser, TextBlock } from '../parser.js';

/** A node as the user's own list tells it. */
export interface InventoryRow {
  readonly name: string;
  readonly addresses: readonly string[];
  /** Addresses from a column of external or public ones. */
  readonly external: readonly string[];
  readonly podCidrs: readonly string[];
  /** 1-based line of the text. */
  readonly line: number;
  /** Words of the row that are neither address nor prefix. */
  readonly refused: readonly string[];
}

const NAME = /^(?:name|node|nodename|host|hostname|server|machine)$/;
const ADDRESSES =
  /^(?:addresse?s?|ips?|ipaddresse?s?|nodeips?|hostips?|internalips?|privateips?|internaladdress|privateaddress)$/;
const EXTERNAL = /^(?:externalips?|publicips?|externaladdress|publicaddress|floatingips?|eip)$/;
const CIDRS = /^(?:podcidrs?|cidrs?|podsubnets?|subnets?|podnetworks?)$/;

const plain = (heading: string): string => heading.toLowerCase().replace(/[^a-z]/g, '');

/** True for a heading line: a name column, and a column of addresses or prefixes. */
function isHeading(line: string): boolean {
  if (line.length > 1000) return false;
  const names = line
    .replace(/^\ufeff/, '')
    .split(/[,;\t]/)
    .map(plain);
  return (
    names.length >= 2 &&
    names.length <= 20 &&
    names.some((name) => NAME.test(name)) &&
    names.some((name) => ADDRESSES.test(name) || EXTERNAL.test(name) || CIDRS.test(name))
  );
}

/** The separator of columns: the one that the heading has most of. */
function delimiterOf(heading: string): string {
  const count = (character: string) => heading.split(character).length;
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

/**
 * Reads an inventory of nodes: columns for name, addresses and pod prefixes, under whatever heading people give them, in
 * any order; several values in a cell are separated by blanks, semicolons or bars. Rows that say nothing are left out.
 */
export function inventoryRows(text: string): readonly InventoryRow[] {
  const heading =
    text
      .replace(/^\ufeff/, '')
      .split('\n')
      .find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  const records = parse(text, {
    bom: true,
    delimiter: delimiterOf(heading),
    comment: '#',
    comment_no_infix: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    trim: true,
  }) as unknown as { record: string[]; info: { lines: number } }[];
  const columns = records[0]?.record.map(plain) ?? [];
  const at = (pattern: RegExp) => columns.flatMap((name, i) => (pattern.test(name) ? [i] : []));
  const [nameAt] = at(NAME);
  if (nameAt === undefined) return [];
  const cells = (record: readonly string[], places: readonly number[]) =>
    places.flatMap((i) => (record[i] ?? '').split(/[\s;|,]+/)).filter((word) => word !== '');
  return records.slice(1).flatMap(({ record, info }) => {
    const name = record[nameAt] ?? '';
    const refused: string[] = [];
    const read = (words: readonly string[], canonical: (word: string) => string | undefined) =>
      words.flatMap((word) => {
        const value = canonical(word);
        if (value === undefined) refused.push(word);
        return value ?? [];
      });
    // An address may carry its prefix length, as `ip addr` prints it.
    const address = (word: string) => canonicalAddress(word.replace(/\/\d+$/, ''));
    const addresses = read(cells(record, at(ADDRESSES)), address);
    const external = read(cells(record, at(EXTERNAL)), address);
    const podCidrs = read(cells(record, at(CIDRS)), (word) => (word.includes('/') ? canonicalPrefix(word) : undefined));
    return name === '' ? [] : [{ name, addresses, external, podCidrs, line: info.lines, refused }];
  });
}

/** The user's list of nodes, `--inventory nodes.csv`. */
export const inventoryCsv: Parser = {
  id: 'inventory-csv',
  title: 'Inventory of nodes as CSV: name, addresses, podCIDR (--inventory)',
  path: /(?:^|\/)(?:nodes|inventory|hosts)\.(?:csv|tsv)$/,
  starts: isHeading,
  open(sink) {
    const block = new TextBlock();
    let columns = 0;
    return {
      line(at) {
        const words = at.text.split(/[,;\t]/).length;
        if (columns === 0 && at.text.trim() !== '' && !at.text.startsWith('#')) {
          if (!isHeading(at.text)) return false;
          columns = words;
        } else if (at.text.trim() !== '' && !at.text.startsWith('#') && words < 2) return false;
        block.add(at);
        return true;
      },
      end() {
        const first = block.lines[0];
        if (first === undefined) return;
        for (const { name, addresses, external, podCidrs, line, refused } of rowsOf(block.text)) {
          const at = block.lines[line - 1] ?? first;
          const [internal] = addresses;
          sink.emit(
            node,
            {
              name,
              internal_ip: internal,
              external_ip: external[0],
              pod_cidrs: podCidrs.length > 0 ? podCidrs : undefined,
            },
            at,
          );
          for (const address of addresses) sink.emit(nodeAddress, { node: name, type: 'Inventory', address }, at);
          for (const address of external) sink.emit(nodeAddress, { node: name, type: 'ExternalIP', address }, at);
          for (const word of refused) sink.note(`inventory: ${word} is neither an address nor a prefix`, at.number);
        }

        function rowsOf(text: string): readonly InventoryRow[] {
          try {
            return inventoryRows(text);
          } catch (error) {
            sink.note(`inventory: ${error instanceof Error ? error.message : 'cannot be read as CSV'}`, first!.number);
            return [];
          }
        }
      },
    };
  },
};
