import type { CauseCode } from '../core/code.js';
import { type FindingDraft, SEVERITIES } from '../core/finding.js';
import { parsePrefix } from '../core/prefix.js';
import type { Standing } from './arbitrate.js';

const CONFIDENCES = ['proven', 'likely', 'possible'] as const;

/** Comparisons in their order: negative when the first of the two heads the report. */
type Compare = (a: Standing, b: Standing) => number;

/**
 * Which of several causes heads the report: what is no information only, and what the ticket is about; what is
 * critical and at least likely, before a lesser fault that may be surer; the surest; the gravest; the one that explains the gravest symptoms, then the most conversations; the earliest place on the path (`order`); of one code the one
 * that concerns more. Where all of it is equal the failure that was seen first, and then the lowest addresses: never the
 * names of hosts, which say nothing of a fault and decide the order of files, too.
 */
export function precedence(order: readonly CauseCode[], relevance: (symptom: FindingDraft) => number): Compare {
  const info: Compare = (a, b) => Number(a.cause.severity === 'info') - Number(b.cause.severity === 'info');
  const about = ({ explained }: Standing): number => Math.max(0, ...explained.map(relevance));
  const weight = ({ explained }: Standing): number =>
    explained.reduce((sum, s) => sum + [100, 10, 1][SEVERITIES.indexOf(s.severity)]!, 0);
  const grave = ({ cause }: Standing): boolean => cause.severity === 'critical' && cause.confidence !== 'possible';
  const steps: readonly Compare[] = [
    info,
    (a, b) => about(b) - about(a),
    (a, b) => Number(grave(b)) - Number(grave(a)),
    (a, b) => CONFIDENCES.indexOf(a.cause.confidence) - CONFIDENCES.indexOf(b.cause.confidence),
    (a, b) => SEVERITIES.indexOf(a.cause.severity) - SEVERITIES.indexOf(b.cause.severity),
    (a, b) => weight(b) - weight(a),
    (a, b) => conversations(b) - conversations(a),
    (a, b) => order.indexOf(a.cause.code) - order.indexOf(b.cause.code),
    (a, b) => b.cause.count - a.cause.count,
    (a, b) => compared(firstSeen(a), firstSeen(b)),
    (a, b) => compared(addresses(a), addresses(b)),
    (a, b) => compared(a.cause.title, b.cause.title),
  ];
  return (a, b) => {
    for (const step of steps) {
      const result = step(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };
}

const compared = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** Pairs of ends whose conversations fail for it. */
const conversations = ({ explained }: Standing): number =>
  new Set(explained.flatMap(({ flows = [] }) => flows.map(({ src, dst, dport }) => `${src} ${dst} ${dport ?? ''}`)))
    .size;

/** When the first packet failed; those that nobody saw come last. */
const firstSeen = ({ explained }: Standing): number =>
  Math.min(
    Number.POSITIVE_INFINITY,
    ...explained.flatMap(({ firstNs, timeKind }) =>
      firstNs === undefined || timeKind !== 'epoch' ? [] : [Number(firstNs)],
    ),
  );

/** The addresses that it is about, the lowest first, as text that sorts like them. */
const addresses = ({ cause }: Standing): string =>
  cause.subjects
    .flatMap((subject) => {
      const prefix = parsePrefix(subject);
      return prefix === undefined
        ? []
        : [`${prefix.family}${prefix.first.toString(16).padStart(32, '0')}/${prefix.length}`];
    })
    .sort()
    .join(' ');
