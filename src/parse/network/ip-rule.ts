import { rule } from '../../core/event/network.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { ipCommand, ipText } from './ip-command.js';
import { tableName } from './route-line.js';

const RULE = /^\s*(\d+):\s+((?:not\s+)?from\s+(?:all|[0-9a-f.:]+(?:\/\d+)?)(?:\s.*)?)$/i;
const ACTION = /(?:^|\s)(lookup|table|blackhole|unreachable|prohibit|goto|nop|masquerade|map-to|l3mdev)(?:\s+(\S+))?/;

/** `ip rule` in words: iproute2 `ip/iprule.c`; ip-rule(8). */
export const ipRule: Parser = {
  id: 'ip-rule',
  title: 'ip rule, ip -6 rule (text)',
  command: ipText(['rule']),
  starts(line) {
    const match = RULE.exec(asPrinted(line));
    return match !== null && ACTION.test(match[2]!);
  },
  open(sink, section) {
    const family = ipCommand(section).family;
    let before: 4 | 6 | undefined;
    return {
      line(at) {
        const text = asPrinted(at.text);
        if (text.trim() === '') return true;
        const match = RULE.exec(text);
        if (match === null) return false;
        const spec = match[2]!.trim().replace(/\s+/g, ' ');
        const words = spec.split(' ');
        const after = (word: string): string | undefined => {
          const i = words.indexOf(word);
          return i < 0 ? undefined : words[i + 1];
        };
        const prefix = (word: string): string | undefined => {
          const value = after(word);
          return value === undefined || value === 'all' ? undefined : canonicalPrefix(value);
        };
        const from = prefix('from');
        const to = prefix('to');
        const shown = `${from ?? ''}${to ?? ''}`;
        before = shown.includes(':') ? 6 : shown.includes('.') ? 4 : (family ?? before);
        // A rule cut before its action: what it does is unknown.
        const action = ACTION.exec(spec.replace(/\b(?:from|to|iif|oif) \S+/g, ''));
        if (action === null) return false;
        const lookup = action[1] === 'lookup' || action[1] === 'table' || action[1] === 'l3mdev';
        const suppress = after('suppress_prefixlength');
        sink.emit(
          rule,
          {
            family: before ?? 4,
            priority: Number(match[1]),
            not: words[0] === 'not',
            from,
            to,
            iif: after('iif'),
            oif: after('oif'),
            fwmark: after('fwmark'),
            action: lookup ? 'lookup' : action[1]!,
            table: lookup && action[2] !== undefined ? tableName(action[2]) : undefined,
            suppress_prefixlength: suppress !== undefined && /^\d+$/.test(suppress) ? Number(suppress) : undefined,
            spec,
          },
          at,
        );
        return true;
      },
    };
  },
};
