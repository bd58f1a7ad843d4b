import type { SymptomCode } from '../core/code.js';
import type { Cite, FindingDraft, FlowKey, NonEmpty } from '../core/finding.js';

/** What packets that never arrive, or answers that never come, look like. */
export const SILENCE: ReadonlySet<SymptomCode> = new Set<SymptomCode>([
  'unreplied-syn',
  'unreplied-udp',
  'unreplied-icmp',
  'lost-between-captures',
  'asymmetric-flow',
  'tcp-retransmission',
  'martian-source',
  'icmp-error',
]);

/** True when the symptom has flows and every one of them fits. A symptom without flows fits nothing. */
export function everyFlow(symptom: FindingDraft, fits: (flow: FlowKey) => boolean): boolean {
  const flows = symptom.flows ?? [];
  return flows.length > 0 && flows.every(fits);
}

/**
 * The same, but never for a symptom that is for information only: what is by design needs no cause, and lends none its
 * weight. A cause that names the very address and port of the flow asks `everyFlow`.
 */
export const allFlows = (symptom: FindingDraft, fits: (flow: FlowKey) => boolean): boolean =>
  symptom.severity !== 'info' && everyFlow(symptom, fits);

/** Frames and lines of symptoms, the first `most` of each: a cause cites what shows it at work. Absences are left out. */
export function shownBy(symptoms: readonly FindingDraft[], most = 3): Cite[] {
  const cites = symptoms.flatMap((symptom) => symptom.evidence.filter((cite) => 'at' in cite).slice(0, most));
  return cites.slice(0, 9);
}

/** The first cites, each place once, at most 18, absences not counted; at least `first` is there. */
export function evidence(first: Cite, ...others: readonly Cite[]): NonEmpty<Cite> {
  const seen = new Set([place(first)]);
  const kept: [Cite, ...Cite[]] = [first];
  for (const cite of others) {
    if (seen.has(place(cite)) || (kept.length >= 18 && !('absent' in cite))) continue;
    seen.add(place(cite));
    kept.push(cite);
  }
  return kept;
}

const place = (cite: Cite): string =>
  'absent' in cite
    ? `absent ${cite.absent}`
    : 'line' in cite.at
      ? `line ${cite.at.source} ${cite.at.line} ${cite.at.printed ?? ''}`
      : `frame ${cite.at.tap} ${cite.at.place}`;

/** Names in order, each once, without what is unknown. */
export const subjects = (...names: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(names.filter((name): name is string => name !== undefined && name !== '')),
];

/** `a, b and 3 more`. */
export function listed(names: readonly string[], most = 3): string {
  const all = [...new Set(names)];
  if (all.length <= most) return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
  return `${all.slice(0, most).join(', ')} and ${all.length - most} more`;
}
