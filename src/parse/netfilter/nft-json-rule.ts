import { wordTable } from '../../core/word-table.js';
import { isArray, isObject, type Json, type JsonObject } from '../network/json-text.js';
import {
  duration,
  elementText,
  expressionText,
  joined,
  mapData,
  notations,
  quotedText,
  tagged,
  verdictText,
  wordOf,
} from './nft-json-expression.js';

/** Writes what is behind a statement's name; `family` is the table's. */
type Write = (body: Json | undefined, family?: Json) => string | undefined;

const flagsOf = (value: Json | undefined): string | undefined =>
  joined((isArray(value) ? value : [value]).map(wordOf), ',');

/** Parts in a row; those that are false are not there, and one that is undefined spoils all. */
const row = (...parts: readonly (string | undefined | false)[]): string | undefined =>
  joined(
    parts.filter((part) => part !== false),
    ' ',
  );

const onObject =
  (write: (body: JsonObject) => string | undefined): Write =>
  (body) =>
    isObject(body) ? write(body) : undefined;

/** True when the object has no keys but these: one more might say something that changes the meaning. */
const only = (body: JsonObject, ...keys: readonly string[]): boolean =>
  Object.keys(body).every((key) => keys.includes(key));

/** `tcp dport != 22`. Fields that are there or not have true and false (nft, json.c: relational_expr_json). */
const match = onObject((body) => {
  const { op, left, right } = body;
  if (!only(body, 'op', 'left', 'right')) return undefined;
  const field = expressionText(left);
  if (typeof right === 'boolean') return op === '==' ? row(field, right ? 'exists' : 'missing') : undefined;
  const how = notations(left);
  const [operator, operands] = tagged(left) ?? [];
  const values =
    isArray(right) && op !== 'in'
      ? joined(
          right.map((flag) => expressionText(flag, how)),
          ' | ',
        )
      : expressionText(right, how);
  // Flags under a mask: `tcp flags syn / syn,ack`.
  if (operator === '&' && isArray(operands) && isArray(operands[1]) && (op === '==' || op === '!=')) {
    const flags = expressionText(right);
    return row(expressionText(operands[0]), op === '!=' && '!=', flags, '/', expressionText(operands[1]));
  }
  switch (op) {
    case 'in':
      return row(field, values);
    case '==':
      return row(field, operator !== undefined && /^[&|^]$|^<<$|^>>$/.test(operator) && '==', values);
    case '!=':
    case '<':
    case '>':
    case '<=':
    case '>=':
    case '!':
      return row(field, op, values);
    default:
      return undefined;
  }
});

const limit = onObject((body) => {
  const { rate, burst, per, inv, rate_unit, burst_unit } = body;
  if (!only(body, 'rate', 'burst', 'per', 'inv', 'rate_unit', 'burst_unit')) return undefined;
  if (typeof rate !== 'number') return undefined;
  const unit = rate_unit === undefined || rate_unit === 'packets' ? '' : ` ${wordOf(rate_unit)}`;
  // nft leaves the burst out where it is what the kernel takes by itself.
  const usual = unit === '' ? 5 : 0;
  const burstText = typeof burst === 'number' && burst !== usual && `burst ${burst} ${wordOf(burst_unit) ?? 'packets'}`;
  return row('limit rate', inv === true && 'over', `${rate}${unit}/${wordOf(per) ?? 'second'}`, burstText);
});

const log: Write = (body) => {
  if (body === null) return 'log';
  if (!isObject(body) || !only(body, 'prefix', 'group', 'snaplen', 'queue-threshold', 'level', 'flags'))
    return undefined;
  const number = (key: string): string | false => typeof body[key] === 'number' && `${key} ${body[key]}`;
  return row(
    'log',
    body['prefix'] !== undefined && row('prefix', quotedText(body['prefix'])),
    number('group'),
    number('snaplen'),
    number('queue-threshold'),
    body['level'] !== undefined && row('level', wordOf(body['level'])),
    body['flags'] !== undefined && row('flags', flagsOf(body['flags'])),
  );
};

/** masquerade, redirect, snat and dnat (nft, statement.c: nat_stmt_print). */
const translation =
  (name: string): Write =>
  (body) => {
    if (body === null) return name;
    if (!isObject(body) || !only(body, 'addr', 'port', 'family', 'flags', 'type_flags')) return undefined;
    const { addr, port, family, flags } = body;
    const ends = addr === undefined ? '' : expressionText(addr);
    const to =
      addr !== undefined && /^[\da-f:]*:[\da-f:]*$/i.test(ends ?? '') && port !== undefined ? `[${ends}]` : ends;
    const ports = port === undefined ? '' : joined(['', expressionText(port)], ':');
    const target = joined([to, ports], '');
    return row(
      name,
      family !== undefined && wordOf(family),
      target !== '' && row('to', target),
      flags !== undefined && flagsOf(flags),
    );
  };

/** `reject with icmp host-prohibited`; what the family's tables do by themselves is the plain one. */
const reject: Write = (body, family) => {
  if (body === null) return 'reject';
  if (!isObject(body) || !only(body, 'type', 'expr')) return undefined;
  if (body['type'] === 'tcp reset') return 'reject with tcp reset';
  const usual = family === 'ip' ? 'icmp' : family === 'ip6' ? 'icmpv6' : 'icmpx';
  if (body['type'] === usual && body['expr'] === 'port-unreachable') return 'reject';
  return row('reject with', wordOf(body['type']), expressionText(body['expr']));
};

const counter: Write = (body) => {
  if (body === null) return 'counter';
  if (typeof body === 'string') return row('counter name', quotedText(body));
  if (!isObject(body) || typeof body['packets'] !== 'number' || typeof body['bytes'] !== 'number') return undefined;
  return `counter packets ${BigInt(Math.trunc(body['packets']))} bytes ${BigInt(Math.trunc(body['bytes']))}`;
};

/** `update @seen { ip saddr timeout 30s }`: a rule that adds to a set. */
const set = onObject((body) => {
  const { op, elem, stmt } = body;
  if (!only(body, 'op', 'elem', 'set', 'stmt')) return undefined;
  const done = isArray(stmt) ? stmt.map((statement) => statementText(statement)) : [];
  const inside = row(elementText(elem, notations(elem)), ...done);
  return row(wordOf(op), wordOf(body['set']), '{', inside, '}');
});

/** Statements by the kind of their object (libnftables-json(5), STATEMENTS). */
const STATEMENTS = wordTable<Write>({
  match,
  limit,
  log,
  counter,
  reject,
  set,
  masquerade: translation('masquerade'),
  redirect: translation('redirect'),
  snat: translation('snat'),
  dnat: translation('dnat'),
  notrack: (body) => (body === null ? 'notrack' : undefined),
  vmap: onObject(({ key, data }) => row(expressionText(key), 'vmap', mapData(data, notations(key)))),
  mangle: onObject(({ key, value }) => row(expressionText(key), 'set', expressionText(value, notations(key)))),
  'ct count': onObject(({ val, inv }) =>
    typeof val === 'number' ? row('ct count', inv === true && 'over', String(val)) : undefined,
  ),
  quota: onObject(({ val, val_unit, inv }) =>
    typeof val === 'number' ? row('quota', inv === true && 'over', String(val), wordOf(val_unit)) : undefined,
  ),
  queue: (body) => (body === null ? 'queue' : isObject(body) ? row('queue', queueOptions(body)) : undefined),
  flow: onObject(({ op, flowtable }) => row('flow', wordOf(op), wordOf(flowtable))),
  xt: (body) =>
    isObject(body) ? row('xt', wordOf(body['type']), quotedText(body['name'])) : body === null ? 'xt' : undefined,
});

function queueOptions({ num, flags }: JsonObject): string | undefined {
  const numbered = num === undefined ? undefined : expressionText(num);
  const flagged = flags === undefined ? undefined : flagsOf(flags);
  return row('to', numbered ?? '0', flagged !== undefined && `flags ${flagged}`);
}

/** Longest text of what was not understood. */
const UNREAD = 200;

/** What has no words here: the reader of rules knows none of these, so it may hold, and what it does is not known. */
function unread(kind: 'match' | 'statement', value: Json | undefined): string {
  const text = JSON.stringify(value) ?? '';
  return `unread ${kind} ${quotedText(text.slice(0, UNREAD))}`;
}

/** A statement in the words of `nft list`. */
export function statementText(value: Json | undefined, family?: Json): string {
  const verdict = verdictText(value);
  if (verdict !== undefined) return verdict;
  const [kind, body] = tagged(value) ?? [];
  const text = kind === undefined ? undefined : STATEMENTS[kind]?.(body, family);
  return text ?? unread(kind === 'match' ? 'match' : 'statement', value);
}

/** A rule in the words of `nft list`, with counters and comment: whatever of it is not understood stands in it as `unread …`. */
export function ruleText({ expr, comment, family }: JsonObject): string {
  const text = isArray(expr)
    ? expr.map((statement) => statementText(statement, family)).join(' ')
    : unread('statement', expr ?? null);
  return comment === undefined ? text : `${text} comment ${quotedText(comment) ?? '""'}`;
}

/** Properties of a set or map in nft's words: flags, timeout, size. `dynamic` when rules add to it, which old nft leaves out. */
export function setHeader(set: JsonObject, dynamic: boolean): readonly string[] {
  const flags = (isArray(set['flags']) ? set['flags'] : [set['flags']]).flatMap((flag) => wordOf(flag) ?? []);
  const all = dynamic && !flags.includes('dynamic') ? [...flags, 'dynamic'].sort() : flags;
  const number = (key: string): number | undefined => (typeof set[key] === 'number' ? set[key] : undefined);
  const size = number('size');
  const timeout = number('timeout');
  const interval = number('gc-interval');
  return [
    ...(size === undefined ? [] : [`size ${size}`]),
    ...(all.length === 0 ? [] : [`flags ${all.join(',')}`]),
    ...(timeout === undefined ? [] : [`timeout ${duration(timeout)}`]),
    ...(interval === undefined ? [] : [`gc-interval ${duration(interval)}`]),
    ...(set['auto-merge'] === true ? ['auto-merge'] : []),
    ...(set['comment'] === undefined ? [] : [`comment ${quotedText(set['comment'])}`]),
  ];
}
