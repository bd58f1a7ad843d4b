import type { Host } from '../host/host.js';
import type { Missing } from '../journey/missing.js';
import { type BaseChain, baseChains, CONNTRACK_PRIORITY, natPriority } from './base-chains.js';
import { ALWAYS, allHold, type Literal, oneFails } from './conditions.js';
import { asksNat, guessed } from './nat-turn.js';
import { noDump, tablesNotShown } from './not-shown.js';
import type { Crossing, Passage } from './passage.js';
import { withChoices } from './passages.js';
import { walkTable } from './walk.js';
import { type Ended, mergeEnded, mergeWays, type Way } from './way.js';

/** Ways out of a hook that are told apart; a service may have many endpoints. */
const MOST_PASSAGES = 256;

/**
 * All ways of a packet through the tables of a hook, of both back ends, in the kernel's order. A drop in any table is
 * final; an accept ends only its own base chain. NAT is asked for the first packet of a connection only.
 */
export function traverse(host: Host, crossing: Crossing): readonly Passage[] {
  const { family } = crossing.packet;
  const start: Way = {
    sight: { packet: crossing.packet, crossing, host, table: '', tracked: true },
    when: ALWAYS,
    steps: [],
    told: [],
  };
  if (!host.rulesets.some((ruleset) => ruleset.family === family))
    return [{ verdict: 'accept', packet: crossing.packet, steps: [], assumptions: [noDump(host, family)] }];
  let ways: readonly Way[] = [{ ...start, when: allHold(ALWAYS, tablesNotShown(host, crossing)) }];
  const final: Ended[] = [];
  for (const group of baseChains(host, family, crossing.hook)) {
    if (crossing.before !== undefined && group[0]!.priority >= crossing.before) break;
    const ended = mergeEnded(passGroup(host, crossing, group, ways));
    final.push(...ended.filter((end) => end.verdict !== 'accept'));
    ways = mergeWays(ended.filter((end) => end.verdict === 'accept').map((end) => end.way));
    if (ways.length === 0) break;
  }
  final.push(...ways.map((way): Ended => ({ way, verdict: 'accept', mapped: false })));
  const merged = mergeEnded(final);
  const kept = [...merged.slice(0, MOST_PASSAGES)];
  if (merged.length > kept.length) kept.push({ way: start, verdict: 'unknown', missing: tooMany(host), mapped: false });
  return withChoices(kept, crossing.packet);
}

const tooMany = (host: Host): Missing => ({
  what: `which of more than ${MOST_PASSAGES} ways the packet takes on ${host.name}`,
  collect: `conntrack -L    # on ${host.name}`,
});

/** Passes the chains of one priority, one after the other. */
function passGroup(
  host: Host,
  crossing: Crossing,
  group: readonly BaseChain[],
  ways: readonly Way[],
): readonly Ended[] {
  if (!sameRank(group)) return passInOrder(host, crossing, group, ways);
  const turned = [...group].reverse().sort((a, b) => a.priority - b.priority);
  const literal: Literal = {
    id: `order ${group[0]!.priority}`,
    yes: true,
    missing: {
      what: `which of the rule sets of ${host.name} at priority ${group[0]!.priority} the kernel calls first`,
      collect: `nft list hooks    # on ${host.name}`,
    },
    choice: false,
  };
  const first = ways.map((way) => ({ ...way, when: allHold(way.when, [literal]) }));
  const second = ways.map((way) => ({ ...way, when: oneFails(way.when, [literal]) }));
  return [...passInOrder(host, crossing, group, first), ...passInOrder(host, crossing, turned, second)];
}

/** True when two chains that could act have one priority: the kernel calls the one first that was registered last. */
const sameRank = (group: readonly BaseChain[]): boolean => {
  const busy = group.filter(({ chain }) => chain.rules.length > 0);
  return busy.some((one, i) => busy.some((other, j) => i < j && one.priority === other.priority));
};

function passInOrder(
  host: Host,
  crossing: Crossing,
  group: readonly BaseChain[],
  ways: readonly Way[],
): readonly Ended[] {
  const isNat = group[0]?.isNat === true;
  const beforeConntrack =
    (crossing.hook === 'OUTPUT' || (crossing.hook === 'PREROUTING' && crossing.iif !== 'lo')) &&
    (isNat ? natPriority(crossing.hook) : group[0]!.priority) < CONNTRACK_PRIORITY;
  const out: Ended[] = [];
  let live: readonly Way[] = ways;
  if (isNat) {
    live = live.flatMap((way) => guessed(way, host));
    out.push(
      ...live
        .filter((way) => !asksNat(way.sight, crossing))
        .map((way): Ended => ({ way, verdict: 'accept', mapped: false })),
    );
    live = live.filter((way) => asksNat(way.sight, crossing));
  }
  for (const { table, chain } of group) {
    const here = live.map(
      (way): Way => ({ ...way, sight: { ...way.sight, table: table.name, tracked: !beforeConntrack } }),
    );
    const ended = mergeEnded(walkTable(table, chain, host.name, here));
    out.push(...ended.filter((end) => end.verdict !== 'accept' || end.mapped));
    live = ended.filter((end) => end.verdict === 'accept' && !end.mapped).map((end) => end.way);
    if (live.length === 0) return out;
  }
  return [...out, ...live.map((way): Ended => ({ way, verdict: 'accept', mapped: false }))];
}
