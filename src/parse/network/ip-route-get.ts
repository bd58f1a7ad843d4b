import { canonicalAddress } from '../../core/address.js';
import { routeGet } from '../../core/event/network.js';
import type { Parser } from '../parser.js';
import { wordsOf } from '../pasted.js';
import { ipCommand, ipText } from './ip-command.js';
import { emitAnswer, ipRoute } from './ip-route.js';
import { readRoute } from './route-line.js';

const REFUSED = /^(?:(?:ip: )?RTNETLINK answers: |Error: (?:ipv[46]: )?)(.+?)\.?$/;

/** What a person asked: `ip route get [to] ADDRESS [from ADDRESS] [iif DEV] …`. */
function question(command: string | undefined): { readonly dst?: string | undefined; readonly fibmatch: boolean } {
  const words = command?.split(/\s+/) ?? [];
  const at = words.findIndex((word, i) => i > 1 && /^g(?:et|e)?$/.test(word));
  const rest = at < 0 ? [] : words.slice(at + 1);
  const dst = rest.find((word) => canonicalAddress(word.replace(/\/\d+$/, '')) !== undefined);
  return {
    dst: dst === undefined ? undefined : canonicalAddress(dst.replace(/\/\d+$/, '')),
    fibmatch: rest.includes('fibmatch'),
  };
}

/**
 * `ip route get`: the kernel's own answer to "where would this packet go", or its refusal (which goes to stderr).
 * iproute2 `ip/iproute.c`, iproute_get. A refusal with `from` and `iif` is what reverse-path filtering would say.
 */
export const ipRouteGet: Parser = {
  id: 'ip-route-get',
  title: 'ip route get',
  command: ipText(['route'], String.raw`\s+g(?:et|e)?(?:\s|$)`),
  starts: (line) => readRoute(wordsOf(line))?.answer === true,
  open(sink, section) {
    const asked = question(section.command);
    if (asked.fibmatch) return ipRoute.open(sink, { ...section, command: undefined });
    const command = ipCommand(section);
    const from = command.after(/^from$/);
    const iif = command.after(/^iif$/);
    const mark = command.after(/^mark$/);
    let answered = false;
    return {
      line(at) {
        const words = wordsOf(at.text);
        if (words.length === 0) return true;
        if (words[0] === 'cache') return answered;
        const refused = REFUSED.exec(words.join(' '));
        if (refused !== null) {
          if (asked.dst === undefined) return false;
          sink.emit(
            routeGet,
            {
              dst: asked.dst,
              from: from === undefined ? undefined : canonicalAddress(from),
              iif,
              mark,
              error: refused[1]!,
            },
            at,
          );
          return true;
        }
        const line = readRoute(words);
        // Without the command an answer is known by its words; with it, older releases print no `uid`.
        if (line === undefined || (asked.dst === undefined && !line.answer)) return false;
        answered = true;
        emitAnswer(sink, line, at, { from, iif, mark });
        return true;
      },
    };
  },
};
