import { type Judge, judgeOf } from './judge.js';
import { nftJudge } from './nft/judge.js';
import type { NfChain } from './ruleset.js';

/** A chain made ready: its rules' judges, made when first met, and which rules a destination can meet. */
export interface ReadyChain {
  judge(position: number): Judge;
  /** Positions of the rules that packets to these destinations may match, in order. */
  positions(destinations: readonly string[]): readonly number[];
}

/** `-d ADDRESS/32` in front, not negated: kube-proxy has tens of thousands of these in one chain. */
const ONE_DESTINATION = /^(?:(?:! )?-s \S+ )?-d ([0-9a-fA-F.:]+)\/(?:32|128)(?= |$)/;
/** Chains shorter than this are tried rule by rule. */
const WORTH_AN_INDEX = 24;

const READY = new WeakMap<NfChain, ReadyChain>();

function merged(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

function makeReady(chain: NfChain, read: (position: number) => Judge): ReadyChain {
  const judges: (Judge | undefined)[] = new Array(chain.rules.length);
  const judge = (position: number): Judge => {
    judges[position] ??= read(position);
    return judges[position]!;
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
    positions: (destinations) =>
      destinations.reduce<readonly number[]>((found, dst) => merged(found, byDestination.get(dst) ?? []), others),
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
