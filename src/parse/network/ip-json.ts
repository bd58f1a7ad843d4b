import type { Sink } from '../../core/sink.js';
import { type LineReader, type Parser, type Section, TextBlock } from '../parser.js';
import { ipCommand } from './ip-command.js';
import { emitFdb, emitInterface, emitNeighbour, emitRule, routeOfJson } from './ip-json-rows.js';
import { emitAnswer } from './ip-route.js';
import { isArray, isObject, JsonDepth, type JsonObject, JsonText } from './json-text.js';
import { emitRoute, type RouteContext, tableName } from './route-line.js';

/** What iproute2's compact JSON begins with; an interface that a filter left out is an empty object. */
const COMPACT =
  /^\s*\[(?:\{\},?)*\{"(?:ifindex|ifname|link_index|priority|mac|addr_info)":|^\s*\[\{"dst":"(?:default|[0-9a-f.:]+(?:\/\d+)?)","|^\s*\[\{"type":"(?:unicast|local|broadcast|anycast|multicast|blackhole|unreachable|prohibit|throw)","dst":/;
/** … and its pretty form, which no other program of a bundle prints so. */
const PRETTY = /^\[ \{$/;

function open(sink: Sink, section: Section): LineReader {
  const command = ipCommand(section);
  const table = command.after(/^table$/);
  const block = new TextBlock();
  const depth = new JsonDepth();
  let over = false;
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

  return {
    line(at) {
      if (over) return at.text.trim() === '';
      if (!depth.begun && !/^\s*[[{]/.test(at.text)) return at.text.trim() === '';
      block.add(at);
      over = !depth.add(at.text);
      return true;
    },
    end() {
      if (block.lines.length === 0) return;
      const json = new JsonText(block.lines);
      if (!json.complete || block.full) sink.note('JSON ends early', block.lines.at(-1)!.number);
      for (const document of json.documents)
        for (const item of isArray(document) ? document : [document])
          if (isObject(item) && !object(item, json))
            sink.note(
              'JSON object that is no route, link, address, rule, neighbour or fdb entry',
              json.lineOf(item).number,
            );
    },
  };
}

/** `ip -j` and `bridge -j` of any object: routes, rules, links, addresses, neighbours, fdb, told apart by their keys. */
export const ipJson: Parser = {
  id: 'ip-json',
  longest: Number.POSITIVE_INFINITY,
  title: 'ip -j route|addr|link|rule|neigh, bridge -j fdb (JSON)',
  command: /^(?:ip|bridge)\s(?:.*\s)?--?j(?:s|so|son)?(?:\s|$)/,
  starts: (line) => COMPACT.test(line) || PRETTY.test(line),
  open,
};
