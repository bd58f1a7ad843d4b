import { type Judge, judgeOf } from './judge.js';
import { addressTest } from './matches/address.js';
import { nftJudge } from './nft/judge.js';
import type { NfChain } from './ruleset.js';

/** A chain made ready: its rules' judges, made when first met, and which rules a destination can meet. */
export interface ReadyChain {
  judge(position: number): Judge;
  /** Positions of the rules that packets from these sources to these destinations may match, in order. */
  positions(sources: readonly string[], destinations: readonly string[]): readonly number[];
}

/** `-d ADDRESS/32` in front, not negated: kube-proxy has tens of thousands of these in one chain. */
const ONE_DESTINATION = /^(?:(?:! )?-s \S+ )?-d ([0-9a-fA-F.:]+)\/(?:32|128)(?= |$)/;
/** Chains shorter than this are tried rule by rule. */
const WORTH_AN_INDEX = 24;
/** Judges of a chain that are kept, some 650 bytes each. Those of further rules are made anew for each packet that they may be for. */
const MOST_KEPT = 60_000;
/** What a rule asks for in front, not negated. */
const FRONT = /^(?:-s (\S+)(?= |$) ?)?(?:-d (\S+)(?= |$))?/;

/** False for a rule that says in front that it is for others; told without reading the whole of it. */
function mayBeFor(spec: string, sources: readonly string[], destinations: readonly string[]): boolean {
  const [, from, to] = FRONT.exec(spec) ?? [];
  const admits = (text: string | undefined, addresses: readonly string[]): boolean => {
    const test = text === undefined || text.includes(',') ? undefined : addressTest(text);
    return test === undefined || addresses.some(test);
  };
  return admits(from, sources) && admits(to, destinations);
}

const READY = new WeakMap<NfChain, ReadyChain>();

function merged(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

function makeReady(chain: NfChain, read: (position: number) => Judge): ReadyChain {
  const judges: (Judge | undefined)[] = [];
  const judge = (position: number): Judge => {
    const known = judges[position];
    if (known !== undefined) return known;
    const made = read(position);
    if (position < MOST_KEPT) judges[position] = made;
    return made;
  };
  const all = chain.rules.map((_, position) => position);
  if (chain.rules.length < WORTH_AN_INDEX) return { judge, positions: () => all };
  const byDestination = new Map<string, number[]>();
  const others: number[] = [];
  for (const position of all) {
    const destination = ONE_DESTINATION.exec(chain.rules[position]!.at.spec)?.[1];
    if (destination === undefined) others.push(position);
    else {
      const known = byDestination.get(destination);
      if (known === undefined) byDestination.set(destination, [position]);
      else known.push(position);
    }
  }
  return {
    judge,
    positions: (sources, destinations) => {
      const found = destinations.reduce<readonly number[]>(
        (positions, dst) => merged(positions, byDestination.get(dst) ?? []),
        others,
      );
      if (chain.rules.length <= MOST_KEPT) return found;
      return found.filter(
        (position) => position < MOST_KEPT || mayBeFor(chain.rules[position]!.at.spec, sources, destinations),
      );
    },
  };
}

/** The chain made ready, once for all walks. */
export function readyChain(chain: NfChain): ReadyChain {
  let ready = READY.get(chain);
  if (ready === undefined) {
    ready = makeReady(chain, (position) => {
      const rule = chain.rules[position]!;
      return rule.at.spec.startsWith('nft ') ? nftJudge(rule) : judgeOf(rule);
    });
    READY.set(chain, ready);
  }
  return ready;
}
