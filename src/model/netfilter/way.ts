import type { Missing } from '../journey/missing.js';
import type { Packet } from '../journey/packet.js';
import { type Conditions, or, weight } from './conditions.js';
import type { Passage, RuleStep } from './passage.js';
import type { NfRule } from './ruleset.js';
import type { Sight } from './sight.js';

/** A packet on its way through the rules, and when it takes this way. */
export interface Way {
  readonly sight: Sight;
  readonly when: Conditions;
  readonly steps: readonly RuleStep[];
  /** Jumps that are already among the steps. */
  readonly told: readonly Jump[];
}

/** A jump that led to the chain where the packet is. */
export interface Jump {
  readonly rule: NfRule;
  readonly table: string;
  /** Chain that the rule stands in. */
  readonly chain: string;
  readonly to: string;
  readonly from?: Jump | undefined;
}

/** A way that a verdict has ended, for this table at least. */
export interface Ended {
  readonly way: Way;
  readonly verdict: Passage['verdict'];
  readonly by?: Passage['by'];
  readonly missing?: Missing | undefined;
  /** A NAT mapping was set up. */
  readonly mapped: boolean;
}

/** All that tells one packet from another. */
export function packetKey(packet: Packet): string {
  const { ct } = packet;
  return [
    packet.src,
    packet.dst,
    packet.sport,
    packet.dport,
    packet.icmpId,
    packet.mark,
    ct.state,
    ct.mark,
    ct.dnat,
    ct.snat,
  ].join(' ');
}

/** Ways at the same place with the same packet are one. */
export function mergeWays(ways: readonly Way[]): readonly Way[] {
  if (ways.length < 2) return ways;
  const byKey = new Map<string, Way>();
  for (const way of ways) {
    const key = packetKey(way.sight.packet);
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? way : joined(known, way));
  }
  return [...byKey.values()];
}

function joined(a: Way, b: Way): Way {
  const plainer = weight(b.when) < weight(a.when) ? b : a;
  return { ...plainer, when: or(a.when, b.when) };
}

/** Ends with the same verdict and, when the packet goes on, the same packet are one. */
export function mergeEnded(ended: readonly Ended[]): readonly Ended[] {
  if (ended.length < 2) return ended;
  const byKey = new Map<string, Ended>();
  for (const end of ended) {
    const goesOn = end.verdict === 'accept' ? `${packetKey(end.way.sight.packet)} ${end.mapped}` : '';
    const key = `${end.verdict} ${goesOn}`;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, end);
    else {
      const plainer = weight(end.way.when) < weight(known.way.when) ? end : known;
      byKey.set(key, { ...plainer, way: { ...plainer.way, when: or(known.way.when, end.way.when) } });
    }
  }
  return [...byKey.values()];
}

/** The way after a rule did something, with the jumps that led there. */
export function afterStep(
  way: Way,
  rule: NfRule,
  table: string,
  chain: string,
  says: string,
  packet: Packet,
  from: Jump | undefined,
): Way {
  const jumps: Jump[] = [];
  for (let jump = from; jump !== undefined; jump = jump.from) if (!way.told.includes(jump)) jumps.unshift(jump);
  const led = jumps.map(
    (jump): RuleStep => ({
      table: jump.table,
      chain: jump.chain,
      says: `jumps to ${jump.to}${jump.rule.at.comment ? ` (${jump.rule.at.comment})` : ''}`,
      at: jump.rule.at,
      jumpsTo: jump.to,
      packet: way.sight.packet,
    }),
  );
  const step: RuleStep = { table, chain, says, at: rule.at, packet };
  return {
    ...way,
    sight: packet === way.sight.packet ? way.sight : { ...way.sight, packet },
    steps: [...way.steps, ...led, step],
    told: [...way.told, ...jumps],
  };
}
