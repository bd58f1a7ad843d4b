import { firewall } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';

/** `public (default, active)`: the name of a zone or policy alone on its line. */
const ZONE = /^([A-Za-z0-9_-]{1,32})(?: \(((?:default|active|inactive)(?:, (?:default|active|inactive))*)\))?$/;
const KEYS =
  'target|ingress-priority|egress-priority|icmp-block-inversion|interfaces|sources|services|ports|protocols|forward|' +
  'masquerade|forward-ports|source-ports|icmp-blocks|rich rules|module|priority|ingress-zones|egress-zones|' +
  'summary|description';
const FIELD = new RegExp(`^  (${KEYS}):(?: (.*))?$`);
/** Keys whose values are lists of words; one row per value where the order means nothing. */
const LISTS = new Set([
  'interfaces',
  'sources',
  'services',
  'ports',
  'protocols',
  'source-ports',
  'icmp-blocks',
  'ingress-zones',
  'egress-zones',
]);
const DIRECT = /^(ipv4|ipv6|eb) (\S+ \S+ -?\d+ .*)$/;

function open(sink: Sink, section: Section): LineReader {
  const command = section.command ?? '';
  const direct = /--direct/.test(command);
  const ofZone = /--zone[= ](\S+)/.exec(command)?.[1];
  let zone: string | undefined;
  let key: string | undefined;
  const emit = (name: string, value: string, at: Line) =>
    sink.emit(firewall, { tool: 'firewalld', key: name, value, zone: zone ?? ofZone }, at);
  const emitOne = (name: string, value: string, at: Line) =>
    emit(name === 'rich rules' ? 'rule' : name.replace(' ', '-'), value, at);

  return {
    line(at) {
      const printed = asPrinted(at.text).trimEnd();
      const text = printed.trim();
      if (text === '') return true;
      const state = /^(?:firewalld is )?(running|not running)$|^(FirewallD is not running)$/i.exec(text);
      if (state !== null) {
        emit('status', state[2] === undefined ? state[1]!.toLowerCase() : 'not running', at);
        return true;
      }
      const rule = direct ? DIRECT.exec(text) : null;
      if (rule !== null) {
        emit('direct-rule', text, at);
        return true;
      }
      const field = FIELD.exec(printed.startsWith('  ') || zone === undefined ? printed : `  ${text}`);
      if (field !== null) {
        key = field[1]!;
        const value = (field[2] ?? '').trim();
        if (value === '' || key === 'summary' || key === 'description') return true;
        if (LISTS.has(key)) for (const word of value.split(/[ ,]+/)) emitOne(key, word, at);
        else emitOne(key, value, at);
        return true;
      }
      // Forward ports and rich rules stand on lines of their own, with a tab.
      if (key !== undefined && /^(\t| {4,})/.test(printed) && /^(rule |port=|forward-ports?|port:)/.test(text)) {
        emitOne(key === 'forward-ports' ? key : 'rich rules', text, at);
        return true;
      }
      const named = ZONE.exec(printed);
      if (named !== null && (named[2] !== undefined || key !== undefined || /--list-all|--info-/.test(command))) {
        zone = named[1]!;
        key = undefined;
        emit('zone', named[2] ?? 'inactive', at);
        return true;
      }
      return false;
    },
  };
}

/**
 * `firewall-cmd --list-all`, `--list-all-zones`, `--list-all-policies`, `--state`, `--direct --get-all-rules`. Grammar:
 * `print_zone_info`, `print_policy_info` in firewalld's command.py. `--permanent` prints files, not what runs: the
 * command of the section tells.
 */
export const firewalld: Parser = {
  id: 'firewalld',
  title: 'firewall-cmd --list-all, --list-all-zones, --state',
  command: /^firewall-cmd\s(?!.*--permanent)/,
  starts: (line) =>
    /^[A-Za-z0-9_-]{1,32} \((default|active|default, active)\)$/.test(asPrinted(line)) ||
    /^FirewallD is not running$/.test(line.trim()),
  open,
};
