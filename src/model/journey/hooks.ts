import type { Placed } from '../facts.js';
import type { Host } from '../host/host.js';
import { firewallInput } from '../host-firewall/input.js';
import type { Crossing } from '../netfilter/passage.js';
import { traverse } from '../netfilter/traverse.js';
import type { Packet } from './packet.js';
import type { Stage } from './step.js';
import { assuming, ended, lostTrack, type Moved, stepped, type Walking } from './walking.js';

const STAGE_OF: Readonly<Record<Crossing['hook'], Stage>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

/** What a hook leaves: walks that go on, and walks that end there. */
export interface Passed {
  readonly on: readonly Walking[];
  readonly over: readonly Moved[];
}

/** Lets the packet pass one hook of netfilter; every rule that did something becomes a step. */
export function pass(host: Host, walking: Walking, crossing: Omit<Crossing, 'packet'>): Passed {
  const stage = STAGE_OF[crossing.hook];
  const on: Walking[] = [];
  const over: Moved[] = [];
  const told =
    crossing.hook === 'INPUT' && crossing.iif !== 'lo' && walking.packet.ct.state === 'NEW'
      ? firewallInput(host, walking.packet, crossing.iif ?? '')
      : undefined;
  if (told?.answer === 'no') {
    return {
      on,
      over: [
        ended(
          walking,
          { node: host.name, stage, dev: crossing.iif, says: told.says, at: told.at, searched: told.searched },
          'dropped-by-rule',
          { by: { table: 'filter', chain: 'INPUT', at: told.at[0] } },
        ),
      ],
    };
  }
  for (const passage of traverse(host, { ...crossing, packet: walking.packet })) {
    let next = assuming(walking, passage.assumptions);
    if (passage.choice !== undefined) next = { ...next, choice: passage.choice };
    // The rule that ends it is the walk's own last step.
    const ends = passage.verdict !== 'accept' && isAt(passage.steps.at(-1)?.at, passage.by?.at);
    for (const step of ends ? passage.steps.slice(0, -1) : passage.steps) {
      next = stepped(
        next,
        {
          node: host.name,
          stage,
          dev: crossing.oif ?? crossing.iif,
          says: step.says,
          at: [step.at],
          jumpsTo: step.jumpsTo,
        },
        step.packet,
      );
    }
    if (passage.verdict === 'accept') {
      on.push({ ...next, packet: passage.packet });
    } else if (passage.verdict === 'unknown') {
      over.push(
        lostTrack(
          next,
          host.name,
          stage,
          passage.missing ?? { what: `the rules of ${host.name}`, collect: `iptables-save    # on ${host.name}` },
        ),
      );
    } else {
      const by = passage.by;
      const where = by === undefined ? `${crossing.hook}` : `chain ${by.chain} of table ${by.table}`;
      const says =
        by?.rule === undefined
          ? `the policy of ${where} is ${passage.verdict === 'drop' ? 'DROP' : 'REJECT'}`
          : `${where} ${passage.verdict === 'drop' ? 'drops' : 'rejects'} it`;
      over.push(
        ended(
          next,
          { node: host.name, stage, dev: crossing.oif ?? crossing.iif, says, at: by?.at === undefined ? [] : [by.at] },
          passage.verdict === 'drop' ? 'dropped-by-rule' : 'rejected-by-rule',
          { by },
        ),
      );
    }
  }
  return { on, over };
}

const isAt = (a: Placed | undefined, b: Placed | undefined): boolean =>
  a !== undefined && a.source === b?.source && a.line === b.line;

/** True when netfilter changed what routing looks at, so that the packet is routed again (ip_route_me_harder). */
export const rerouted = (before: Packet, after: Packet): boolean =>
  before.dst !== after.dst || before.src !== after.src || before.mark !== after.mark;
