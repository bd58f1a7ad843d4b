import { allHold, type Conditions, type Literal, oneFails } from './conditions.js';
import type { Action, Branch } from './judge.js';
import { end, literal, type Onward, type Place, restOf, tellsWhy, type Walk } from './place.js';
import type { NfChain, NfTable } from './ruleset.js';
import { readyChain } from './run-chain.js';
import { afterStep, type Ended, type Jump, mergeWays, type Way } from './way.js';

/** Ways that are followed at once; beyond them nobody can tell. */
const MOST_WAYS = 32;
/** Chains that call each other deeper than the kernel lets them (its stack is one entry per user chain) are cut. */
const DEEPEST = 64;

/** Does one action; the way that goes on in this chain, or undefined. */
function act(walk: Walk, place: Place, action: Action, way: Way, onward: Onward): Way | undefined {
  const { chain, rule, from } = place;
  const { packet } = way.sight;
  const told = (says: string, after = packet): Way =>
    afterStep(way, rule, walk.table.name, chain.name, says, after, from);
  switch (action.kind) {
    case 'continue':
      return way;
    case 'rewrite':
      return told(action.says, action.packet);
    case 'translate':
      translate(walk, place, action, way);
      return undefined;
    case 'accept': {
      const filters = walk.table.name === 'filter' || walk.table.name.includes(' ') || tellsWhy(walk, way, rule);
      end(walk, filters ? told('accepts it') : way, place, 'accept');
      return undefined;
    }
    case 'drop':
      end(walk, told(action.says), place, 'drop');
      return undefined;
    case 'reject':
      end(walk, told(action.says), place, 'reject');
      return undefined;
    case 'return':
      onward.returned.push(tellsWhy(walk, way, rule) ? told('returns it as it is') : way);
      return undefined;
    case 'unknown': {
      const missing = { ...action.missing, at: action.missing.at ?? [rule.at] };
      walk.ended.push({ way, verdict: 'unknown', missing, mapped: false });
      return undefined;
    }
    case 'jump':
    case 'goto': {
      const jump: Jump = { rule, table: walk.table.name, chain: chain.name, to: action.chain, from };
      const back = walkChain(walk, action.chain, [way], jump, place.depth + 1);
      (action.kind === 'jump' ? onward.next : onward.returned).push(...back);
      return undefined;
    }
  }
}

function translate(walk: Walk, place: Place, action: Action & { kind: 'translate' }, way: Way): void {
  let rest = way.when;
  for (const [i, packet] of action.packets.entries()) {
    const last = i === action.packets.length - 1;
    const by: Literal = {
      id: `${place.rule.at.source}:${place.rule.at.line} address ${i}`,
      yes: true,
      missing: { what: 'which address of the range the kernel takes', collect: 'conntrack -L' },
      choice: true,
    };
    const when = last ? rest : allHold(rest, [by]);
    if (!last) rest = oneFails(rest, [by]);
    const after = afterStep(
      { ...way, when },
      place.rule,
      walk.table.name,
      place.chain.name,
      action.says,
      packet,
      place.from,
    );
    end(walk, after, place, 'accept', true);
  }
}

/** Gives a rule's branches to a way: each takes what those before it leave. */
function follow(walk: Walk, place: Place, branches: readonly Branch[], way: Way, onward: Onward): void {
  let rest: Conditions = way.when;
  for (const branch of branches) {
    const literals = branch.doubts.map((doubt) => literal(doubt, walk, place));
    const when = literals.length === 0 ? rest : allHold(rest, literals);
    rest = literals.length === 0 ? [] : oneFails(rest, literals);
    let going: Way | undefined = when.length === 0 ? undefined : { ...way, when };
    for (const action of branch.actions) if (going !== undefined) going = act(walk, place, action, going, onward);
    if (going !== undefined) onward.next.push(going);
    if (rest.length === 0) return;
  }
  onward.next.push({ ...way, when: rest });
}

function bounded(walk: Walk, ways: readonly Way[]): readonly Way[] {
  const merged = mergeWays(ways);
  if (merged.length <= MOST_WAYS) return merged;
  for (const way of merged.slice(MOST_WAYS)) {
    const what = `which of the many rules of ${walk.table.name} on ${walk.node} that may match do match`;
    walk.ended.push({
      way,
      verdict: 'unknown',
      missing: { what, collect: `iptables-save -c    # on ${walk.node}` },
      mapped: false,
    });
  }
  return merged.slice(0, MOST_WAYS);
}

/** Walks ways through a chain; those that fall off its end or return, while what is decided goes to `walk.ended`. */
function walkChain(
  walk: Walk,
  name: string,
  ways: readonly Way[],
  from: Jump | undefined,
  depth: number,
): readonly Way[] {
  const chain = walk.table.chains.get(name);
  if (chain === undefined || depth > DEEPEST) return ways.map((way) => restOf(way, walk, name));
  const ready = readyChain(chain);
  const ends = (end: 'src' | 'dst'): string[] => [...new Set(ways.map((way) => way.sight.packet[end]))];
  const returned: Way[] = [];
  let live = ways;
  for (const position of ready.positions(ends('src'), ends('dst'))) {
    const judge = ready.judge(position);
    let onward: Onward | undefined;
    for (const [i, way] of live.entries()) {
      const branches = judge(way.sight);
      if (branches.length === 0) onward?.next.push(way);
      else {
        onward ??= { next: live.slice(0, i), returned };
        follow(walk, { chain, rule: chain.rules[position]!, from, depth }, branches, way, onward);
      }
    }
    if (onward !== undefined) live = bounded(walk, onward.next);
    if (live.length === 0) break;
  }
  if (chain.shown === 'part') live = live.map((way) => restOf(way, walk, name));
  return returned.length === 0 ? live : bounded(walk, [...live, ...returned]);
}

/** Walks ways through a base chain of a table, to its policy. */
export function walkTable(table: NfTable, chain: NfChain, node: string, ways: readonly Way[]): readonly Ended[] {
  const walk: Walk = { table, node, ended: [] };
  for (const way of walkChain(walk, chain.name, ways, undefined, 0)) {
    if (chain.policy === undefined || chain.policy === 'ACCEPT')
      walk.ended.push({ way, verdict: 'accept', mapped: false });
    else if (chain.policy === 'DROP') {
      const at = chain.at;
      const says = `policy of ${chain.name} drops it`;
      const { packet } = way.sight;
      const steps =
        at === undefined ? way.steps : [...way.steps, { table: table.name, chain: chain.name, says, at, packet }];
      walk.ended.push({
        way: { ...way, steps },
        verdict: 'drop',
        by: { table: table.name, chain: chain.name, at },
        mapped: false,
      });
    } else
      walk.ended.push({
        way,
        verdict: 'unknown',
        missing: {
          what: `what the policy ${chain.policy} of ${chain.name} does`,
          collect: `iptables-save    # on ${node}`,
        },
        mapped: false,
      });
  }
  return walk.ended;
}
