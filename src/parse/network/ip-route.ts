import { canonicalAddress } from '../../core/address.js';
import { routeGet } from '../../core/event/network.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { wordsOf } from '../pasted.js';
import { ipCommand, ipText } from './ip-command.js';
import { emitRoute, type RouteContext, type RouteLine, readRoute, tableName } from './route-line.js';

/** Lines that say why a dump is short; iproute2 prints them among the routes when stderr goes to the same place. */
const TROUBLE = /^(?:Error: .*FIB table does not exist|Dump terminated|Dump was interrupted)/;

/** A comment that somebody added behind a pasted line. */
const withoutRemark = (words: readonly string[]): readonly string[] => {
  const at = words.findIndex((word) => /^(?:#|<-|\u2190|\/\/)/.test(word));
  return at > 0 ? words.slice(0, at) : words;
};

/** `-o` prints next hops behind a backslash on the same line. */
const splitOneLine = (words: readonly string[]): string[][] => {
  const parts: string[][] = [[]];
  for (const word of words) {
    if (word === '\\') parts.push([]);
    else if (word.endsWith('\\') && word.length > 1) {
      parts.at(-1)!.push(word.slice(0, -1));
      parts.push([]);
    } else if (word === 'nexthop' && parts.at(-1)!.length > 0) parts.push([word]);
    else parts.at(-1)!.push(word);
  }
  return parts.filter((part) => part.length > 0);
};

const DISCARDS = /^(?:blackhole|unreachable|prohibit|throw)$/;

interface Pending {
  line: RouteLine;
  words: readonly string[];
  readonly at: Line;
  readonly hops: { readonly line: RouteLine; readonly at: Line }[];
}

/** Emits what `ip route get` answered. */
export function emitAnswer(
  sink: Sink,
  line: RouteLine,
  at: Line,
  asked: { readonly from?: string | undefined; readonly iif?: string | undefined; readonly mark?: string | undefined },
): void {
  const host = (line.dst ?? '').replace(/\/(?:32|128)$/, '');
  const from = line.from ?? asked.from;
  sink.emit(
    routeGet,
    {
      dst: host,
      from: from === undefined || from === '::' ? undefined : (canonicalAddress(from) ?? from),
      iif: line.iif ?? asked.iif,
      mark: line.mark ?? asked.mark,
      via: line.via,
      dev: line.dev,
      src: line.src,
      type: line.type === 'unicast' ? undefined : line.type,
    },
    at,
  );
}

function open(sink: Sink, section: Section): LineReader {
  const command = ipCommand(section);
  const table = command.after(/^(?:t|ta|tab|table)$/);
  const context: RouteContext = {
    family: command.family,
    table: table === undefined || table === 'all' || table === 'cache' ? undefined : tableName(table),
    dev: command.after(/^(?:dev|oif)$/),
    proto: command.after(/^proto(?:col)?$/),
  };
  let pending: Pending | undefined;

  const flush = (): void => {
    const p = pending;
    pending = undefined;
    if (p === undefined) return;
    // A prefix with nothing behind it opens a multipath route; when its next hops are cut off there is nothing to tell.
    // BusyBox never shows them: the route is there, only not where it leads.
    if (p.hops.length === 0 && p.words.length < 2) {
      sink.note(`route to ${p.words[0]} without its next hops`, p.at.number);
      return;
    }
    if (p.line.answer) emitAnswer(sink, p.line, p.at, {});
    else emitRoute(sink, p.line, p.at, p.hops, context);
  };

  const take = (words: readonly string[], at: Line): boolean => {
    const first = words[0]!;
    if (first === 'nexthop') {
      const hop = readRoute(words.slice(1), true);
      if (hop === undefined || pending === undefined) return false;
      pending.hops.push({ line: hop, at });
      return true;
    }
    if (first === 'nh_info') return pending !== undefined;
    if (first === 'cache' && pending !== undefined) {
      // Only the answer of `ip route get` (and the route cache of kernels before 3.6) has this second line.
      emitAnswer(sink, pending.line, pending.at, {});
      pending = undefined;
      return true;
    }
    if (first === 'Deleted') return readRoute(words.slice(1)) !== undefined;
    if (pending !== undefined && (pending.line.cut || readRoute(words) === undefined)) {
      // A terminal or a web page wrapped the line before.
      const joined = [...pending.words, ...words];
      const line = pending.hops.length === 0 ? readRoute(joined) : undefined;
      if (line !== undefined && !line.cut) {
        pending.line = line;
        pending.words = joined;
        return true;
      }
    }
    const line = readRoute(words);
    flush();
    if (line === undefined) return false;
    // A bare prefix opens a multipath route; so does a bare address under the command, elsewhere it is some other list's.
    const bare = words.length === 1 && line.dst !== 'default' && !words[0]!.includes('/');
    if (bare && section.command === undefined) return false;
    pending = { line, words, at, hops: [] };
    return true;
  };

  return {
    line(at) {
      const words = withoutRemark(wordsOf(at.text));
      if (words.length === 0) return true;
      if (TROUBLE.test(words.join(' '))) {
        flush();
        sink.note(words.join(' '), at.number);
        return true;
      }
      // Every piece must be looked at: a bad one must not hide the next hops after it.
      return splitOneLine(words)
        .map((part) => take(part, at))
        .every(Boolean);
    },
    end: flush,
  };
}

/** `ip route` in words: iproute2 `ip/iproute.c`; ip-route(8). */
export const ipRoute: Parser = {
  id: 'ip-route',
  title: 'ip route, ip -6 route, ip route show table all (text)',
  command: ipText(['route'], String.raw`(?!\s+g(?:et|e)?(?:\s|$))`),
  starts(text) {
    const words = splitOneLine(withoutRemark(wordsOf(text)))[0] ?? [];
    const line = readRoute(words);
    if (line === undefined || line.answer || line.cut) return false;
    if (DISCARDS.test(line.type ?? '')) return true;
    if (line.via ?? line.proto ?? line.scope ?? line.src ?? line.table ?? line.metric) return true;
    if (words.includes('nhid')) return true;
    // `10.0.0.1 dev eth0` alone is rather a neighbour entry whose state was cut off.
    return line.dev !== undefined && (words[0] === 'default' || words[0]!.includes('/'));
  },
  open,
};
