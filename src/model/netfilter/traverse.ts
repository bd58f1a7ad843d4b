import type { Host } from '../host/host.js';
import type { Missing } from '../journey/missing.js';
import type { Packet } from '../journey/packet.js';
import { type BaseChain, baseChains, CONNTRACK_PRIORITY, natPriority, tablesAt } from './base-chains.js';
import { ALWAYS, allHold, assumptionsOf, byChance, type Literal, oneFails } from './conditions.js';
import type { Crossing, Passage } from './passage.js';
import { isNative } from './ruleset.js';
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
    return [passage({ way: start, verdict: 'accept', mapped: false }, [noDump(host, family)])];
  let ways: readonly Way[] = [start];
  const final: Ended[] = [];
  for (const literal of tablesNotShown(host, crossing)) ways = ways.map((way) => withLiteral(way, literal));
  for (const group of baseChains(host, family, crossing.hook)) {
    const ended = mergeEnded(passGroup(host, crossing, group, ways));
    final.push(...ended.filter((end) => end.verdict !== 'accept'));
    ways = mergeWays(ended.filter((end) => end.verdict === 'accept').map((end) => end.way));
    if (ways.length === 0) break;
  }
  final.push(...ways.map((way): Ended => ({ way, verdict: 'accept', mapped: false })));
  return withChoices(mergeEnded(final).slice(0, MOST_PASSAGES), crossing.packet);
}

const withLiteral = (way: Way, literal: Literal): Way => ({ ...way, when: allHold(way.when, [literal]) });

const saveOf = (family: 4 | 6): string =>
  family === 6
    ? 'ip6tables-save (and ip6tables-legacy-save, nft list ruleset)'
    : 'iptables-save (and iptables-legacy-save, nft list ruleset)';

const noDump = (host: Host, family: 4 | 6): Missing => ({
  what: `the ${family === 6 ? 'IPv6 ' : ''}netfilter rules of ${host.name}`,
  collect: `${saveOf(family)} on ${host.name}`,
});

/** Tables that no dump shows: one that holds several tables would have shown them. */
function tablesNotShown(host: Host, { hook, packet }: Crossing): readonly Literal[] {
  const rulesets = host.rulesets.filter((ruleset) => ruleset.family === packet.family);
  const tables = rulesets.flatMap((ruleset) => [...ruleset.tables.values()]).filter((table) => !isNative(table));
  const perSource = new Map<number, number>();
  for (const table of tables)
    for (const source of table.sources) perSource.set(source, (perSource.get(source) ?? 0) + 1);
  if ([...perSource.values()].some((count) => count > 1)) return missingChains(host, hook, packet);
  if (tables.length === 0) return [notShown(host, packet.family, "iptables' own tables")];
  return [
    ...missingChains(host, hook, packet),
    ...tablesAt(hook)
      .filter((name) => !tables.some((table) => table.name === name))
      .map((name) => notShown(host, packet.family, `the ${name} table`)),
  ];
}

/** Tables that are shown in part, without this hook's chain. */
function missingChains(host: Host, hook: Crossing['hook'], { family }: Packet): readonly Literal[] {
  return host.rulesets
    .filter((ruleset) => ruleset.family === family)
    .flatMap((ruleset) => [...ruleset.tables.values()])
    .filter((table) => table.shown === 'part' && tablesAt(hook).includes(table.name) && !table.chains.has(hook))
    .map((table) => notShown(host, family, `chain ${hook} of the ${table.name} table`));
}

const notShown = (host: Host, family: 4 | 6, what: string): Literal => ({
  id: `not shown: ${what}`,
  yes: true,
  missing: { what: `${what} of ${host.name}`, collect: `${saveOf(family)} on ${host.name}` },
  choice: false,
});

/** NAT is set up once per connection and direction; a packet that looped back has passed it on its way out. */
function asksNat({ packet }: Way['sight'], { hook, iif }: Crossing): boolean {
  if (packet.ct.direction === 'reply') return false;
  if ((hook === 'PREROUTING' || hook === 'INPUT') && iif === 'lo') return false;
  const isIcmp = packet.proto === 1 || packet.proto === 58;
  return packet.ct.state === 'NEW' || (packet.ct.state === 'RELATED' && !isIcmp);
}

/** Where nothing tells whether the packet is a connection's first, it is taken for both. */
function guessed(way: Way, host: Host): readonly Way[] {
  const { packet } = way.sight;
  if (packet.ct.state !== 'unknown') return [way];
  const literal: Literal = {
    id: 'first packet',
    yes: true,
    missing: {
      what: `whether conntrack of ${host.name} knows the connection`,
      collect: `conntrack -L on ${host.name}`,
    },
    choice: false,
  };
  const as = (state: 'NEW' | 'ESTABLISHED'): Way['sight'] => ({
    ...way.sight,
    packet: { ...packet, ct: { ...packet.ct, state } },
  });
  return [
    { ...withLiteral(way, literal), sight: as('NEW') },
    { ...way, sight: as('ESTABLISHED'), when: oneFails(way.when, [literal]) },
  ];
}

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
      collect: `nft list hooks on ${host.name}`,
    },
    choice: false,
  };
  const first = ways.map((way) => withLiteral(way, literal));
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

function passage(end: Ended, more: readonly Missing[] = []): Passage {
  const { way, verdict, by, missing } = end;
  return {
    verdict,
    packet: way.sight.packet,
    steps: way.steps,
    by,
    missing,
    assumptions: [...more, ...assumptionsOf(way.when)],
  };
}

/** Names the ways that chance chooses between: `10.1.2.3:80, 1 of 3`. */
function withChoices(ended: readonly Ended[], before: Packet): readonly Passage[] {
  const chosen = ended.filter((end) => byChance(end.way.when));
  return ended.map((end) => {
    const plain = passage(end);
    const number = chosen.indexOf(end) + 1;
    if (number === 0 || chosen.length < 2) return plain;
    return { ...plain, choice: `${choiceWords(plain, before)}, ${number} of ${chosen.length}` };
  });
}

function choiceWords({ packet, verdict }: Passage, before: Packet): string {
  const end = (address: string, port: number | undefined) =>
    port === undefined ? address : packet.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  if (verdict !== 'accept') return verdict;
  if (packet.dst !== before.dst || packet.dport !== before.dport) return end(packet.dst, packet.dport);
  return packet.src !== before.src ? end(packet.src, packet.sport) : 'accept';
}
