import { words } from './compare.js';
import type { Observation, Sent } from './lab.js';
import { type Outcome, sightingWords } from './outcome.js';
import type { Prediction } from './prediction.js';

export interface Mismatch {
  readonly seed: number;
  readonly question: Sent;
  readonly twists: readonly string[];
  readonly which: 'request' | 'reply';
  readonly says: string;
  readonly predictions: readonly Prediction[];
  readonly outcome: Outcome | undefined;
  readonly seen: Observation;
  /** Folder with the bundle. */
  readonly kept: string;
}

/** All that is needed to find out who is right. */
export function mismatchWords(mismatch: Mismatch): string {
  const { seed, question: q, seen } = mismatch;
  return [
    `== SEED=${seed} CASE=${q.number}: ${mismatch.which} of ${q.proto} ${q.from}:${q.sport} > ${q.to}:${q.dport} from ${q.namespace}`,
    `   ${mismatch.says}`,
    ...mismatch.twists.map((twist) => `twist: ${twist}`),
    ...mismatch.predictions.flatMap((predicted) => predictionWords(mismatch.which, predicted)),
    `observed: ${mismatch.outcome === undefined ? 'nothing' : words(mismatch.outcome)}${seen.refused === null ? '' : `; the socket said ${seen.refused}`}`,
    ...short(seen.sightings.map((sighting) => `  ${sightingWords(sighting)}`)),
    ...Object.entries(seen.counters).map(
      ([namespace, moved]) =>
        `  ${namespace}: ${Object.entries(moved)
          .filter(([name]) => INTERESTING.test(name))
          .map(([name, by]) => `${name} +${by}`)
          .join(' ')}`,
    ),
    `bundle: ${mismatch.kept}`,
    `replay: SEED=${seed} CASES=1 CASE=${q.number} npm run test:kernel -- journeys`,
  ].join('\n');
}

const INTERESTING = /^(Ip|IpExt|Icmp|TcpExt\.IPReverse)(\.|P)(?!.*(Octets|NoECTPkts|Msgs$))/;

/** Loops repeat themselves. */
const short = (lines: readonly string[]): readonly string[] =>
  lines.length <= 40 ? lines : [...lines.slice(0, 20), `  ... ${lines.length - 30} more`, ...lines.slice(-10)];

function predictionWords(which: 'request' | 'reply', predicted: Prediction): string[] {
  const told = which === 'reply' && predicted.reply !== undefined ? predicted.reply : predicted;
  const missing = told.missing === undefined ? '' : `; missing ${told.missing}`;
  return [
    `predicted: ${told.disposition} on ${told.node} as ${told.src} > ${told.dst}:${told.dport ?? '-'}${missing}`,
    ...short(told.steps.map((step) => `  ${step}`)),
  ];
}
