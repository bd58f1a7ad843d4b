import type { Finding, Verdict } from '../core/finding.js';
import type { Standing } from './arbitrate.js';
import type { Judgement } from './judge.js';
import { reserved } from './reservations.js';
import { inWords, silentPodOf } from './silent-pod.js';
import { silentVerdict } from './silent-verdict.js';

/** How much the bundle holds to reason with. */
export interface Ground {
  /** At least one node's routes, rules, addresses or objects were read. */
  readonly configuration: boolean;
  /** Archives that end in the middle. */
  readonly cutShort?: readonly string[] | undefined;
}

/**
 * The verdict: the strongest cause that stands, if it is at least likely; else the strongest symptom. A cause that is worth a warning only
 * gives way to a conversation that fails for another reason.
 *
 * `insufficient`: packets die, and there is no configuration to say why; or nothing fails, and too little is shown for that to
 * mean anything (`silentVerdict`).
 */
export const verdictOf = (judgement: Judgement, ground: Ground): Verdict =>
  reserved(ofChecks(judgement, ground), {
    cutShort: ground.cutShort ?? [],
    about: judgement.about,
    outside: judgement.outside,
    noneInTime: judgement.noneInTime,
    failing: judgement.findings.some(({ kind, severity }) => kind === 'symptom' && severity !== 'info'),
  });

function ofChecks(judgement: Judgement, ground: Ground): Verdict {
  const [top, ...others] = judgement.standing.filter((s) => s.cause.severity !== 'info');
  const strongest: Finding | undefined = judgement.findings.find(
    (finding) => finding.severity !== 'info' && finding.kind === 'symptom',
  );
  const unexplained = judgement.findings.find(
    (finding) => finding.severity === 'critical' && finding.kind === 'symptom' && finding.explainedBy === undefined,
  );
  // A lesser fault beside it is not what the ticket is about.
  if (top?.cause.severity === 'warning' && unexplained !== undefined)
    return ofSymptom(judgement, ground, unexplained, ` Beside it: ${top.cause.title}.`);
  const graver = top?.cause.severity === 'warning' ? others.find(explainsGrave) : undefined;
  if (top !== undefined && graver !== undefined) return suspicion(graver, ` Beside it: ${top.cause.title}.`);
  if (top !== undefined && top.cause.confidence !== 'possible') {
    return {
      state: 'diagnosed',
      cause: top.cause.code,
      confidence: top.cause.confidence,
      summary: `${top.cause.summary}${alsoWords(
        top,
        others.filter((s) => s.cause.confidence !== 'possible'),
        'Also',
      )}${unexplained === undefined ? '' : ` Not explained by this: ${unexplained.title}.`}`,
      subjects: top.cause.subjects,
    };
  }
  if (top !== undefined) return suspicion(top, alsoWords(top, others, 'Also possible'));
  return strongest === undefined ? silentVerdict(judgement) : ofSymptom(judgement, ground, strongest);
}

/** A cause that is possible only, and what else is. */
const suspicion = ({ cause }: Standing, others: string): Verdict => ({
  state: 'suspected',
  cause: cause.code,
  confidence: cause.confidence,
  summary: `${cause.summary}${others}`,
  subjects: cause.subjects,
});

const explainsGrave = ({ cause, explained }: Standing): boolean =>
  cause.severity === 'critical' && explained.some(({ severity }) => severity === 'critical');

/** What fails, where nothing tells why. */
function ofSymptom(judgement: Judgement, ground: Ground, symptom: Finding, beside = ''): Verdict {
  const next = judgement.notChecked[0];
  const { given } = judgement;
  const draft = judgement.drafts[judgement.findings.indexOf(symptom)];
  const silent =
    given === undefined || draft === undefined || !('flows' in draft) ? undefined : silentPodOf(given, draft);
  return {
    state: ground.configuration ? 'suspected' : 'insufficient',
    cause: null,
    confidence: null,
    summary: ground.configuration
      ? `${symptom.title}.${silent === undefined ? '' : ` ${inWords(silent)}`}${beside}`
      : `${symptom.title}. Nothing in this bundle tells why${next === undefined ? '' : `; collect: ${next.collect}`}${beside === '' ? '' : `.${beside}`}`,
    subjects: symptom.subjects,
  };
}

/** The next fault beside the first, one of another kind if there is any, and how many more there are. */
function alsoWords({ cause }: Standing, others: readonly Standing[], also: string): string {
  const next = others.find((other) => other.cause.code !== cause.code) ?? others[0];
  const more = others.length - 1;
  return next === undefined ? '' : ` ${also}: ${next.cause.title}${more > 0 ? `, and ${more} more` : ''}.`;
}
