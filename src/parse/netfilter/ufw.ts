import { firewall } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

const STATUS = /^Status: (active|inactive)$/;
const DEFAULT = /^Default: (\w+) \(incoming\), (\w+) \(outgoing\), (\w+) \(routed\)$/;
/** `To  Action  From`, cells split by two blanks or more; `[ 1]` in front when numbered. */
const RULE = /^(?:\[ *\d+\] +)?(\S.*?) +((?:ALLOW|DENY|REJECT|LIMIT)(?: (?:IN|OUT|FWD))?) +(\S.*)$/;

function open(sink: Sink): LineReader {
  const emit = (key: string, value: string, at: Line) => sink.emit(firewall, { tool: 'ufw', key, value }, at);
  let inTable = false;
  let opened = false;
  return {
    line(at) {
      const text = asPrinted(at.text).trim();
      if (text === '') return true;
      const status = STATUS.exec(text);
      if (status !== null) {
        opened = true;
        emit('status', status[1]!, at);
        return true;
      }
      if (/^ERROR: (You need to be root|problem running)/.test(text) && opened) return true;
      if (!opened) return false;
      const defaults = DEFAULT.exec(text);
      if (defaults !== null) {
        emit('default-incoming', defaults[1]!, at);
        emit('default-outgoing', defaults[2]!, at);
        emit('default-routed', defaults[3]!, at);
        return true;
      }
      if (/^Logging: /.test(text)) {
        emit('logging', text.slice(9), at);
        return true;
      }
      if (/^New profiles: |^-{2,} +-{2,} +-{2,}$/.test(text)) return true;
      if (/^To +Action +From$/.test(text)) {
        inTable = true;
        return true;
      }
      const rule = inTable ? RULE.exec(text) : null;
      if (rule === null) return false;
      const comment = /^(.*?) +# (.*)$/.exec(rule[3]!);
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
 * in ufw's backend_iptables.py.
 */
export const ufw: Parser = {
  id: 'ufw',
  title: 'ufw status',
  command: /^ufw\s+status\b/,
  starts: (line) => STATUS.test(asPrinted(line).trim()),
  open,
};
