import type { Action, Branch, Judge } from '../judge.js';
import type { NfRule } from '../ruleset.js';
import { type Doubt, doubt, type Sight } from '../sight.js';
import { find } from './elements.js';
import { type Part, readParts, verdictOf } from './parts.js';

const ENDS = new Set(['accept', 'drop', 'reject', 'return', 'goto', 'jump', 'translate', 'unknown']);

const unknownMap = (sight: Sight): Branch => ({
  doubts: [],
  actions: [
    {
      kind: 'unknown',
      missing: {
        what: `elements of a verdict map on ${sight.host.name}`,
        collect: `nft list ruleset    # on ${sight.host.name}`,
      },
    },
  ],
});

/** The branches of a verdict map; none when the packet is not in it. */
function mapBranches(
  part: Part & { kind: 'map' },
  sight: Sight,
  doubts: readonly Doubt[],
  done: readonly Action[],
): readonly Branch[] {
  const elements = part.elements(sight);
  if (elements === undefined) return [unknownMap(sight)];
  const found = find(
    elements,
    part.fields.map((field) => field.of(sight)),
  );
  const lead = (text: string | undefined): readonly Action[] => {
    const act = verdictOf(text);
    return act === undefined ? done : [...done, act(sight)];
  };
  if (found.kind === 'one') return [{ doubts, actions: lead(found.element.leadsTo) }];
  if (found.kind === 'may')
    return found.elements.slice(0, 16).map((element) => {
      const asked = part.fields.map((field) => field.name).join(' . ');
      const may = doubt(`${asked} ${element.text}`, `whether ${asked} is ${element.text}`, 'tcpdump -nn -i any');
      return { doubts: [...doubts, may], actions: lead(element.leadsTo) };
    });
  return elements.whole ? [] : [unknownMap(sight)];
}

/** Makes a rule of nft's own language ready to run (nft(8)). */
export function nftJudge(rule: NfRule): Judge {
  const parts = readParts(rule);
  return (given) => {
    let sight = given;
    const doubts: Doubt[] = [];
    const actions: Action[] = [];
    const sofar = (): readonly Branch[] => (actions.length === 0 ? [] : [{ doubts, actions }]);
    for (const part of parts) {
      switch (part.kind) {
        case 'test': {
          const answer = part.predicate(sight);
          if (answer === 'no') return sofar();
          if (answer !== 'yes') doubts.push(answer);
          break;
        }
        case 'act': {
          const action = part.act(sight);
          actions.push(action);
          if (action.kind === 'rewrite') sight = { ...sight, packet: action.packet };
          if (ENDS.has(action.kind)) return sofar();
          break;
        }
        case 'map': {
          const branches = mapBranches(part, sight, doubts, actions);
          return branches.length === 0 ? sofar() : branches;
        }
        case 'chance': {
          const last = part.verdicts.length - 1;
          return part.verdicts.map((act, i): Branch => {
            const by: Doubt = {
              ...doubt(`numgen ${i}`, 'which endpoint chance picks', 'conntrack -L'),
              choice: true,
              ofRule: true,
            };
            return {
              doubts: i === last ? doubts : [...doubts, by],
              actions: act === undefined ? actions : [...actions, act(sight)],
            };
          });
        }
      }
    }
    return sofar();
  };
}
