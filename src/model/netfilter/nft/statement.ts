import type { Action } from '../judge.js';
import type { Sight } from '../sight.js';
import type { Effect } from '../targets/effect.js';
import { readTarget } from '../targets/index.js';
import { isOperator, readNumber } from './arithmetic.js';
import { translation, unknown } from './nat-statement.js';
import type { Cursor } from './tokens.js';

/** What a rule of nft does, once its matches hold. */
export type Act = (sight: Sight) => Action;

const hex = (value: number): string => `0x${value.toString(16)}`;

/** `meta mark set …`, `ct mark set …`. */
function setMark(of: 'packet' | 'connection', cursor: Cursor): Act {
  const compute = readNumber(cursor);
  if (compute === undefined) return unknown('what the mark is set to');
  return (sight): Effect => {
    const { packet } = sight;
    const value = compute(sight);
    if (of === 'packet') {
      if (value === packet.mark) return { kind: 'continue' };
      return {
        kind: 'rewrite',
        packet: { ...packet, mark: value },
        says: `mark ${hex(packet.mark)} becomes ${hex(value)}`,
      };
    }
    const { ct } = packet;
    if (value === ct.mark || !sight.tracked || ct.state === 'UNTRACKED') return { kind: 'continue' };
    const says = `connection mark ${hex(ct.mark)} becomes ${hex(value)}`;
    return { kind: 'rewrite', packet: { ...packet, ct: { ...ct, mark: value } }, says };
  };
}

/** A verdict as it stands in a rule or behind the colon of a verdict map; undefined when it is none. */
export function readVerdict(cursor: Cursor): Act | 'continue' | undefined {
  switch (cursor.peek()) {
    case 'accept':
    case 'return': {
      const kind = cursor.take() === 'accept' ? 'accept' : 'return';
      return () => ({ kind });
    }
    case 'drop':
      cursor.take();
      return () => ({ kind: 'drop', says: 'drops it' });
    case 'continue':
      cursor.take();
      return 'continue';
    case 'jump':
    case 'goto': {
      const kind = cursor.take() === 'jump' ? 'jump' : 'goto';
      const chain = cursor.take();
      return () => ({ kind, chain });
    }
    case 'reject': {
      cursor.take();
      const how = cursor.accept('with') ? cursor.rest().replace(/ comment .*$/, '') : 'icmp port-unreachable';
      return () => ({ kind: 'reject', says: `rejects it with ${how}` });
    }
    default:
      return undefined;
  }
}

/** Statements that neither decide nor rewrite anything that a match here looks at; true when one was taken. */
function skipped(cursor: Cursor): boolean {
  switch (cursor.peek()) {
    case 'counter':
      cursor.take();
      if (cursor.accept('name')) cursor.take();
      else if (cursor.peek() === 'packets') for (let i = 0; i < 4; i++) cursor.take();
      return true;
    case 'log':
      cursor.take();
      while (cursor.accept('prefix', 'level', 'flags', 'group', 'snaplen', 'queue-threshold')) {
        cursor.accept('tcp', 'ip');
        cursor.take();
      }
      return true;
    case 'comment':
      cursor.take();
      cursor.take();
      return true;
    case 'add':
    case 'update':
    case 'delete':
    case 'flow':
      while (!cursor.done && cursor.peek() !== '{' && !cursor.peek().startsWith('@')) cursor.take();
      if (cursor.peek().startsWith('@')) cursor.take();
      if (cursor.peek() === '{') cursor.braces();
      return true;
    default:
      return false;
  }
}

/** Reads one statement; `skip` for what has no effect here, undefined when it is a match or not known. */
export function readStatement(cursor: Cursor): Act | 'skip' | undefined {
  if (skipped(cursor)) return 'skip';
  const verdict = readVerdict(cursor);
  if (verdict !== undefined) return verdict === 'continue' ? 'skip' : verdict;
  const word = cursor.peek();
  switch (word) {
    case 'masquerade':
    case 'redirect':
    case 'snat':
    case 'dnat':
      cursor.take();
      return translation(word, cursor);
    case 'notrack':
      cursor.take();
      return readTarget({ kind: 'extension', name: 'NOTRACK', options: [] });
    case 'queue':
    case 'tproxy':
    case 'synproxy':
    case 'dup':
    case 'fwd': {
      const text = cursor.rest();
      return unknown(`what becomes of the packet behind \`${text}\``);
    }
  }
  if (word === 'mark' && cursor.peek(1) === 'set') {
    cursor.take();
    cursor.take();
    return setMark('packet', cursor);
  }
  if ((word === 'meta' || word === 'ct') && cursor.peek(1) === 'mark' && cursor.peek(2) === 'set') {
    for (let i = 0; i < 3; i++) cursor.take();
    return setMark(word === 'meta' ? 'packet' : 'connection', cursor);
  }
  if (!setsAnother(cursor)) return undefined;
  while (cursor.take() !== 'set');
  cursor.accept('rt');
  cursor.take();
  while (isOperator(cursor.peek())) {
    cursor.take();
    cursor.take();
  }
  return 'skip';
}

/** `ip dscp set …`, `tcp option maxseg size set …`, `ct original zone set …`: fields that no match here looks at. */
const setsAnother = (cursor: Cursor): boolean =>
  cursor.peek(2) === 'set' ||
  (cursor.peek() === 'ct' && cursor.peek(3) === 'set' && /^(original|reply)$/.test(cursor.peek(1))) ||
  (cursor.peek(1) === 'option' && cursor.peek(4) === 'set');
