import { contains } from '../../core/prefix.js';
import type { Placed } from '../facts.js';
import type { Missing } from '../journey/missing.js';
import type { RouteAnswer, RouteKey } from './answer.js';
import type { Host, HostRule, NextHop } from './host.js';
import { ruleMatches } from './rule-match.js';
import { sameAnswer } from './same-answer.js';
import { withoutTables } from './special-destination.js';
import { type Hit, lookInTable } from './table-lookup.js';

/** What a rule's action gives: an answer, or the next rule has its turn. */
type Outcome = RouteAnswer | 'next';

/**
 * Where the host's kernel sends a packet: fib_rules_lookup (net/core/fib_rules.c) over the tables. A rule of which nobody
 * can tell whether it is for this packet is tried both ways; only when both ways end alike there is an answer. What IPv4
 * does for a socket that is bound to a device (`oif`) without a route there, to take the destination as on link, is left
 * out: packets have no such device.
 */
export function lookup(host: Host, key: RouteKey): RouteAnswer {
  const special = withoutTables(key);
  if (special !== undefined) return special;
  return new Lookup(host, key).from(0);
}

class Lookup {
  readonly #rules: readonly HostRule[];
  readonly #searched = new Set<number>();
  readonly #assumptions: Missing[] = [];

  constructor(
    private readonly host: Host,
    private readonly key: RouteKey,
  ) {
    const { shown, value, sources } = host.rules[key.family];
    this.#rules = value;
    for (const source of sources) this.#searched.add(source);
    const otherTables = [...host.tables].some(
      ([name, table]) =>
        table.value.length > 0 && !/ (?:main|local|default)$/.test(name) && name.startsWith(`${key.family}`),
    );
    if (shown === 'part' || (shown === 'none' && otherTables)) {
      this.#assumptions.push({
        what: `${shown === 'part' ? 'the rest of ' : ''}the routing rules of ${host.name}`,
        collect: `ip ${key.family === 6 ? '-6 ' : ''}rule    # on ${host.name}`,
      });
    }
  }

  from(index: number): RouteAnswer {
    for (let i = index; i < this.#rules.length; i++) {
      const rule = this.#rules[i]!;
      const match = ruleMatches(this.host, rule, this.key);
      if (match === 'no') continue;
      const taken = this.#act(rule);
      if (match === 'yes' && rule.action !== 'unread') {
        if (taken !== 'next') return taken;
        continue;
      }
      const passed = this.from(i + 1);
      if (rule.action !== 'unread' && (taken === 'next' || sameAnswer(taken, passed))) return passed;
      return this.#unknown(
        `whether the rule of priority ${rule.priority} on ${this.host.name} is for this packet`,
        'ip rule',
        rule.at,
      );
    }
    return { kind: 'none', searched: [...this.#searched], assumptions: [...this.#assumptions] };
  }

  #act(rule: HostRule): Outcome {
    switch (rule.action) {
      case 'lookup':
        return this.#table(rule);
      case 'goto': {
        const target = this.#rules.findIndex((other) => other.priority === rule.goto);
        return target < 0 ? 'next' : this.from(target);
      }
      case 'blackhole':
      case 'unreachable':
      case 'prohibit':
        return { kind: rule.action, at: rule.at === undefined ? [] : [rule.at], assumptions: [...this.#assumptions] };
      default:
        return 'next';
    }
  }

  #table(rule: HostRule): Outcome {
    const { host, key } = this;
    if (rule.table === undefined) return this.#unknown(`the table of a rule of ${host.name}`, 'ip rule', rule.at);
    const table = host.tables.get(`${key.family} ${rule.table}`);
    if (table === undefined || table.shown === 'none') {
      // Nobody uses table default; the addresses that table local would tell are asked for below.
      if (rule.table === 'default') return 'next';
      const missing = this.#missingTable(rule.table, '');
      if (rule.table !== 'local') return { kind: 'unknown', missing: { ...missing, at: rule.at && [rule.at] } };
      this.#assumptions.push(missing);
      return 'next';
    }
    const hit = lookInTable(host, table.value, key);
    for (const source of table.sources) this.#searched.add(source);
    if (table.shown === 'part') {
      const missing = this.#missingTable(rule.table, 'the rest of ');
      // A longer prefix may stand in what is not shown. Of the own addresses none is longer.
      if (hit.kind === 'miss' && rule.table !== 'local') return { kind: 'unknown', missing };
      if (hit.kind === 'miss' || rule.table !== 'local') this.#assumptions.push(missing);
    }
    if (hit.kind === 'miss' || suppressed(rule, hit)) return 'next';
    return this.#answer(rule, hit);
  }

  #answer(rule: HostRule, { route, hops }: Extract<Hit, { kind: 'route' }>): RouteAnswer {
    const at: readonly Placed[] = [...route.at, ...(isDefault(rule) || rule.at === undefined ? [] : [rule.at])];
    const assumptions = [...this.#assumptions];
    switch (route.type) {
      case 'local':
      case 'anycast':
        return { kind: 'local', dev: hops[0]?.dev, route, at, assumptions };
      case 'broadcast':
      case 'multicast':
        return { kind: route.type, dev: hops[0]?.dev, route, at, assumptions };
      case 'blackhole':
      case 'unreachable':
      case 'prohibit':
        return { kind: route.type, route, at, assumptions };
      case 'unicast': {
        const [first, ...others] = hops;
        if (first !== undefined && !hops.some((hop) => hop.opaque)) {
          return {
            kind: 'unicast',
            route,
            hops: [this.#onward(first), ...others.map(this.#onward)],
            rule,
            at,
            assumptions,
          };
        }
      }
    }
    return this.#unknown(
      `what the route does with the packet (${route.type}, its tunnel or next-hop object is not shown)`,
      'ip -d route show table all; ip nexthop',
      ...route.at,
    );
  }

  /** A gateway that is the host's own address means that the destination is on link (fib_check_nh: scope host). */
  readonly #onward = (hop: NextHop): NextHop => {
    const own = this.key.family === 4 && hop.via !== undefined && !hop.onlink;
    const local = this.host.tables.get('4 local')?.value ?? [];
    const isOwn = own && local.some((entry) => entry.type === 'local' && contains(entry.prefix, hop.via!));
    return isOwn ? { ...hop, via: undefined } : hop;
  };

  #missingTable(table: string, rest: string): Missing {
    const { name } = this.host;
    return table === 'local'
      ? { what: `${rest}the addresses of ${name}`, collect: `ip addr    # on ${name}` }
      : {
          what: `${rest}routing table ${table} of ${name}`,
          collect: `ip route show table all; ip rule    # on ${name}`,
        };
  }

  #unknown(what: string, command: string, ...at: readonly (Placed | undefined)[]): RouteAnswer {
    return {
      kind: 'unknown',
      missing: { what, collect: `${command}    # on ${this.host.name}`, at: at.filter((line) => line !== undefined) },
    };
  }
}

/** The three rules that every kernel begins with say nothing that would need a quote. */
const isDefault = (rule: HostRule): boolean =>
  (rule.priority === 0 && rule.table === 'local') || (rule.priority >= 32766 && rule.priority <= 32767);

/** fib4_rule_suppress, fib6_rule_suppress: also `0` for "anything but the default route". */
const suppressed = (rule: HostRule, hit: Extract<Hit, { kind: 'route' }>): boolean =>
  rule.suppressPrefixLength !== undefined &&
  !/^(?:blackhole|unreachable|prohibit)$/.test(hit.route.type) &&
  hit.route.prefix.length <= rule.suppressPrefixLength;
