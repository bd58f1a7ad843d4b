import { firewall } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { UFW_DEFAULT, UFW_HEADINGS, UFW_LOGGING, UFW_PROFILES, ufwStatus } from './ufw-words.js';

/** `To  Action  From`, cells split by two blanks or more; `[ 1]` in front when numbered. */
const RULE = /^(?:\[ *\d+\] +)?(\S.*?)(?<! ) +((?:ALLOW|DENY|REJECT|LIMIT)(?: (?:IN|OUT|FWD))?) +(\S.*)$/;

function open(sink: Sink): LineReader {
  const emit = (key: string, value: string, at: Line) => sink.emit(firewall, { tool: 'ufw', key, value }, at);
  let inTable = false;
  let opened = false;
  return {
    line(at) {
      const text = asPrinted(at.text).trim();
      if (text === '') return true;
      const status = ufwStatus(text);
      if (status !== undefined) {
        opened = true;
        emit('status', status, at);
        return true;
      }
      if (/^ERROR: (You need to be root|problem running)/.test(text) && opened) return true;
      if (!opened) return false;
      const defaults = UFW_DEFAULT.exec(text);
      if (defaults !== null) {
        emit('default-incoming', defaults[1]!, at);
        emit('default-outgoing', defaults[2]!, at);
        emit('default-routed', defaults[3]!, at);
        return true;
      }
      const logging = UFW_LOGGING.exec(text);
      if (logging !== null) {
        emit('logging', logging[1]!, at);
        return true;
      }
      if (UFW_PROFILES.test(text)) return true;
      if (/^-+ +-{2,} +-+$/.test(text)) {
        inTable = true;
        return true;
      }
      if (!inTable && UFW_HEADINGS.test(text)) return true;
      const rule = inTable ? RULE.exec(text) : null;
      if (rule === null) return false;
      const comment = /^(.*?)(?<! ) +# (.*)$/.exec(rule[3]!);
      // Wide cells push the rest: what stands between them is told by the action, and one form is kept.
      const from = (comment?.[1] ?? rule[3]!).trim().replace(/ {2,}/g, ' ');
      const to = rule[1]!.trim().replace(/ {2,}/g, ' ');
      emit('rule', `${to} ${rule[2]} ${from}${comment === null ? '' : ` # ${comment[2]}`}`, at);
      return true;
    },
  };
}

/**
 * `ufw status`, `ufw status verbose`, `ufw status numbered`: one row per rule, `TO ACTION FROM`. Grammar: `get_status`
 * in ufw's backend_iptables.py; in the language of the one who asked.
 */
export const ufw: Parser = {
  id: 'ufw',
  title: 'ufw status',
  command: /^ufw\s+status\b/,
  starts: (line) => ufwStatus(asPrinted(line).trim()) !== undefined,
  open,
};
