import { parseIpv4 } from '../core/address.js';
import { value6 } from './addresses.js';

/** Finds addresses and words in free text, whatever program wrote it. */

/** A piece of a text that may be replaced. */
export type Piece =
  | { readonly kind: 'v4'; readonly value: bigint; readonly length?: number | undefined; readonly form: V4Form }
  | { readonly kind: 'v6'; readonly value: bigint; readonly length?: number | undefined }
  | { readonly kind: 'mac'; readonly text: string }
  | { readonly kind: 'name'; readonly text: string };

/** `10.1.2.3`; `10-1-2-3` as in host names; `3.2.1.10.in-addr.arpa`; `0xa010203` as Go prints flannel's addresses. */
export type V4Form = 'dotted' | 'dashed' | 'reversed' | 'hex';

export interface Found {
  readonly from: number;
  readonly to: number;
  readonly piece: Piece;
}

/** What a name may be made of, and addresses with ports and lengths. */
const RUN = /(?:::)?[0-9A-Za-z][0-9A-Za-z_.:-]*/g;
const ATOM = /[0-9A-Za-z]+/g;
/** Atoms of the longest name that is looked for. */
const LONGEST = 24;

const MAC = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/i;
const DOTTED = /^(?:\d{1,3}\.){3}\d{1,3}/;
const DASHED = /^(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})(?![0-9A-Za-z])/;
const REVERSED = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?=\.in-addr\.arpa)/;
const HEX = /^0x([0-9a-f]{7,8})(?![0-9a-f])/i;
const LENGTH = /^\/(\d{1,3})(?!\d)/;

export interface Known {
  /** True when the name is one that is replaced. */
  readonly name: (text: string) => boolean;
  /** True when the address stands somewhere in its dotted form, so that another form of it is no chance. */
  readonly v4: (value: bigint) => boolean;
}

/** Where pieces can be: each lies within one of these. */
export const runsOf = (text: string): readonly string[] => text.match(RUN) ?? [];

/** Pieces of the text in order, without overlap. */
export function* scan(text: string, known: Known): Generator<Found> {
  for (const run of text.matchAll(RUN)) yield* scanRun(text, run.index, run.index + run[0].length, known);
}

function* scanRun(text: string, from: number, to: number, known: Known): Generator<Found> {
  const run = text.slice(from, to);
  const atoms = [...run.matchAll(ATOM)].map(({ index, 0: atom }) => ({ at: index, end: index + atom.length }));
  let i = 0;
  if (run.startsWith('::')) {
    const six = ipv6At(text, from, to);
    if (six !== undefined) {
      yield six;
      i = atoms.findIndex(({ at }) => from + at >= six.to);
      if (i < 0) return;
    }
  }
  while (i < atoms.length) {
    const found = foundAt(text, { from, run, atoms, i, to }, known);
    if (found === undefined) {
      i++;
      continue;
    }
    yield found;
    while (i < atoms.length && from + atoms[i]!.at < found.to) i++;
  }
}

interface Place {
  readonly from: number;
  readonly to: number;
  readonly run: string;
  readonly atoms: readonly { readonly at: number; readonly end: number }[];
  readonly i: number;
}

function foundAt(text: string, { from, to, run, atoms, i }: Place, known: Known): Found | undefined {
  const { at } = atoms[i]!;
  const rest = run.slice(at);
  const start = from + at;
  const mac = MAC.exec(rest);
  if (mac !== null) return { from: start, to: start + 17, piece: { kind: 'mac', text: mac[0].toLowerCase() } };
  for (let j = Math.min(atoms.length, i + LONGEST) - 1; j >= i; j--) {
    const name = run.slice(at, atoms[j]!.end);
    if (known.name(name)) return { from: start, to: from + atoms[j]!.end, piece: { kind: 'name', text: name } };
  }
  return (
    ipv4At(text, start, rest, at > 0 ? run[at - 1]! : '', known) ??
    (rest.includes(':') ? ipv6At(text, start, to) : undefined)
  );
}

const lengthAt = (text: string, end: number, most: number): number | undefined => {
  const match = LENGTH.exec(text.slice(end, end + 5));
  return match === null || Number(match[1]) > most ? undefined : Number(match[1]);
};

function ipv4At(text: string, start: number, rest: string, before: string, known: Known): Found | undefined {
  const found = (match: RegExpExecArray | null, dotted: string, form: V4Form): Found | undefined => {
    const value = match === null ? -1 : parseIpv4(dotted);
    if (match === null || value < 0) return undefined;
    const to = start + match[0].length;
    const length = form === 'dotted' ? lengthAt(text, to, 32) : undefined;
    return { from: start, to, piece: { kind: 'v4', value: BigInt(value), length, form } };
  };
  const reversed = REVERSED.exec(rest);
  if (reversed !== null) return found(reversed, reversed.slice(1).reverse().join('.'), 'reversed');
  const dotted = DOTTED.exec(rest);
  if (dotted !== null && before !== '.' && isWhole(rest.slice(dotted[0].length)))
    return found(dotted, dotted[0], 'dotted');
  const dashed = DASHED.exec(rest);
  if (dashed !== null) {
    const result = found(dashed, dashed.slice(1).join('.'), 'dashed');
    if (result?.piece.kind === 'v4' && known.v4(result.piece.value)) return result;
  }
  const hex = HEX.exec(rest);
  if (hex !== null) {
    const value = BigInt(`0x${hex[1]}`);
    if (known.v4(value)) return { from: start, to: start + hex[0].length, piece: { kind: 'v4', value, form: 'hex' } };
  }
  return undefined;
}

/** Nothing, another mark, or tcpdump's `.port`: not one more digit, and no fifth and sixth number (an OID). */
const isWhole = (after: string): boolean => !/^[0-9A-Za-z]/.test(after) && !/^\.\d+\.\d/.test(after);

function ipv6At(text: string, start: number, limit: number): Found | undefined {
  const [most] = /^[0-9a-f:.]+/i.exec(text.slice(start, limit)) ?? [''];
  // Shorter and shorter, by marks: a port, a full stop or a colon may follow.
  for (let end = most.length; end >= 2; end--) {
    if (/[0-9a-f]/i.test(most[end - 1]!) && end < limit - start && /[0-9A-Za-z_]/.test(text[start + end]!)) continue;
    const candidate = most.slice(0, end);
    if (!candidate.includes(':') || (candidate.endsWith(':') && !candidate.endsWith('::'))) continue;
    const value = value6(candidate);
    if (value === undefined) continue;
    const to = start + end;
    return { from: start, to, piece: { kind: 'v6', value, length: lengthAt(text, to, 128) } };
  }
  return undefined;
}
