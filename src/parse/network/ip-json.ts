import type { Sink } from '../../core/sink.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { ipCommand } from './ip-command.js';
import { emitFdb, emitInterface, emitNeighbour, emitRule, routeOfJson } from './ip-json-rows.js';
import { emitAnswer } from './ip-route.js';
import { JsonElements } from './json-elements.js';
import { isArray, isObject, type JsonObject, type JsonText } from './json-text.js';
import { emitRoute, type RouteContext, tableName } from './route-line.js';

/** What iproute2's compact JSON begins with; an interface that a filter left out is an empty object. */
const COMPACT =
  /^\s*\[(?:\{\},?)*\{"(?:ifindex|ifname|link_index|priority|mac|addr_info)":|^\s*\[\{"dst":"(?:default|[0-9a-f.:]+(?:\/\d+)?)","|^\s*\[\{"type":"(?:unicast|local|broadcast|anycast|multicast|blackhole|unreachable|prohibit|throw)","dst":/;
/** … and its pretty form, which no other program of a bundle prints so. */
const PRETTY = /^\[ \{$/;

function open(sink: Sink, section: Section): LineReader {
  const command = ipCommand(section);
  const table = command.after(/^table$/);
  let over = false;
  let broken = false;
  let last = 0;
  const dev = command.after(/^dev$/);
  const context: RouteContext = {
    family: command.family,
    table: table === undefined || table === 'all' ? undefined : tableName(table),
    dev,
    proto: command.after(/^proto(?:col)?$/),
  };
  let ruleFamily: 4 | 6 | undefined;

  const object = (o: JsonObject, json: JsonText): boolean => {
    const at = json.lineOf(o, 'mac', 'priority', 'dst');
    if (o['mac'] !== undefined) emitFdb(sink, o, at, dev);
    else if (o['priority'] !== undefined) ruleFamily = emitRule(sink, o, at, command.family, ruleFamily);
    else if (o['lladdr'] !== undefined || isArray(o['state']) || 'proxy' in o) emitNeighbour(sink, o, at, dev);
    else if (o['ifname'] !== undefined) emitInterface(sink, o, json);
    else if (o['dst'] !== undefined) {
      const line = routeOfJson(o);
      if (line.dst === undefined) return false;
      if (line.answer) emitAnswer(sink, line, at, { from: command.after(/^from$/), iif: command.after(/^iif$/) });
      else {
        const hops = isArray(o['nexthops']) ? o['nexthops'].filter(isObject) : [];
        emitRoute(
          sink,
          line,
          at,
          hops.map((hop) => ({ line: routeOfJson(hop), at: json.lineOf(hop, 'gateway', 'via', 'dev') })),
          context,
        );
      }
    } else return Object.keys(o).length === 0;
    return true;
  };

  const elements = new JsonElements((json) => {
    broken ||= !json.complete;
    for (const item of json.documents)
      if (isObject(item) && !object(item, json))
        sink.note(
          'JSON object that is no route, link, address, rule, neighbour or fdb entry',
          json.lineOf(item).number,
        );
  });

  return {
    line(at) {
      if (over) return at.text.trim() === '';
      if (!elements.begun && !/^\s*[[{]/.test(at.text)) return at.text.trim() === '';
      last = at.number;
      over = !elements.add(at);
      return true;
    },
    end() {
      const whole = elements.end();
      if (!whole || broken || elements.malformed) sink.note('JSON ends early', last);
    },
  };
}

/** `ip -j` and `bridge -j` of any object: routes, rules, links, addresses, neighbours, fdb, told apart by their keys. */
export const ipJson: Parser = {
  id: 'ip-json',
  longest: Number.POSITIVE_INFINITY,
  oneLine: 3 * 1024 * 1024,
  title: 'ip -j route|addr|link|rule|neigh, bridge -j fdb (JSON)',
  command: /^(?:ip|bridge)\s(?:.*\s)?--?j(?:s|so|son)?(?:\s|$)/,
  starts: (line) => COMPACT.test(line) || PRETTY.test(line),
  open,
};
