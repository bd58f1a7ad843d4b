import type { Code } from '../core/code.js';
import {
  type AboutOutcome,
  type CheckOutcome,
  type Cite,
  type Finding,
  type FindingDraft,
  type NotChecked,
  type RuledOut,
  SEVERITIES,
} from '../core/finding.js';
import type { Heuristic } from '../heuristics/heuristic.js';
import type { Scene } from '../model/scene.js';
import type { EventStore } from '../store/event-store.js';
import { formatTime, Quoter } from '../store/evidence.js';
import { arbitrate, explainerOf, type Standing } from './arbitrate.js';
import { byWorth } from './asks.js';
import type { Case, Cause, CauseDraft } from './cause.js';
import { type CleanBill, cleanBill } from './clean-bill.js';
import { type Complaint, matches, outcomeOf } from './complaint.js';
import { type Conclusions, diagnose } from './diagnose.js';
import { crashed, look } from './look.js';
import { provingBy } from './proof.js';
import { soughtFor } from './sought.js';
import { wanted } from './wanted.js';
import { integral, type Window, within } from './window.js';

export type { Complaint, Window };

const MAX_EVIDENCE = 20;
const MAX_FINDINGS = 500;

export interface Judgement {
  readonly about?: AboutOutcome | undefined;
  readonly findings: readonly Finding[];
  /** What each finding was made of, in the same order. */
  readonly drafts: readonly (CauseDraft | FindingDraft)[];
  /** What the causes were asked; absent when the model of it could not be built. */
  readonly given?: Case | undefined;
  /** The causes that stand on their own, strongest first. */
  readonly standing: readonly Standing[];
  readonly ruledOut: readonly RuledOut[];
  readonly notChecked: readonly NotChecked[];
  readonly checks: readonly CheckOutcome[];
  /** Symptoms worth a warning that lie outside of the window: how many, and the first. */
  readonly outside: { readonly count: number; readonly title?: string | undefined; readonly at?: string | undefined };
  /** True when no packet with a time is within the window, though the bundle has some. */
  readonly noneInTime: boolean;
  /** What silence of the checks means; absent when the model could not be built. */
  readonly bill?: CleanBill | undefined;
}

export interface Focus {
  readonly about?: Complaint | undefined;
  readonly window?: Window | undefined;
}

/** Everything that judges: symptoms first, then causes over the model that `caseOf` makes of them. */
export interface Judges {
  readonly heuristics: readonly Heuristic[];
  readonly causes: readonly Cause[];
  readonly caseOf: (symptoms: readonly FindingDraft[]) => Promise<Case>;
}

/** Looks for symptoms, asks every cause, decides which causes stand, ranks and quotes. */
export async function judge(
  scene: Scene,
  { heuristics, causes, caseOf }: Judges,
  store: EventStore,
  { about, window }: Focus = {},
): Promise<Judgement> {
  const sightings = await look(scene, heuristics);
  const symptoms = sightings.symptoms.filter((draft) => within(draft, window));
  const outside = sightings.symptoms.filter((draft) => draft.severity !== 'info' && !symptoms.includes(draft));
  const relevance = (draft: FindingDraft): number => (about === undefined ? 0 : matches(draft, about, scene));
  const conclusions = await conclude(() => caseOf(symptoms), causes);
  const standings = arbitrate(
    conclusions.causes,
    symptoms,
    causes.map((cause) => cause.code),
    relevance,
  );
  const order = heuristics.map((heuristic) => heuristic.code);
  const ranked = [...symptoms].sort(
    (a, b) =>
      relevance(b) - relevance(a) ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      order.indexOf(a.code) - order.indexOf(b.code) ||
      b.count - a.count ||
      (a.title < b.title ? -1 : a.title > b.title ? 1 : 0),
  );
  const bill = conclusions.given === undefined ? undefined : await cleanBill(conclusions.given);
  const checks = [...sightings.checks, ...conclusions.checks];
  const quoter = new Quoter(store);
  const findings: Finding[] = [];
  const shownSymptoms = ranked.slice(0, Math.max(0, MAX_FINDINGS - standings.length));
  await quoter.gather([
    ...[...standings.map(({ cause }) => cause), ...shownSymptoms].flatMap((draft) => shown(draft.evidence)),
    ...conclusions.ruledOut.flatMap(({ evidence }) => evidence),
  ]);
  for (const standing of standings) findings.push(await causeFinding(standing, quoter));
  for (const draft of shownSymptoms) findings.push(await symptomFinding(draft, explainerOf(draft, standings), quoter));
  if (standings.length + ranked.length > MAX_FINDINGS) {
    store.note({
      file: '(report)',
      reason: `only the first ${MAX_FINDINGS} findings are shown`,
      count: standings.length + ranked.length - MAX_FINDINGS,
    });
  }
  const ruledOut: RuledOut[] = [];
  for (const { code, because, evidence } of conclusions.ruledOut)
    ruledOut.push({ code, because, evidence: await quoter.quote(evidence) });
  return {
    about: about === undefined ? undefined : await outcomeOf(about, ranked, scene),
    findings,
    drafts: [...standings.map((standing) => standing.cause), ...shownSymptoms],
    given: conclusions.given,
    standing: standings.filter((s) => s.supports === undefined),
    ruledOut,
    notChecked: byWorth({
      ofNamed: wanted(standings, conclusions.notChecked, provingBy(conclusions.given)),
      ofCauses: conclusions.notChecked,
      ofSymptoms: sightings.notChecked,
      ...soughtFor(conclusions.given, bill, { standings, ranked, checks }),
    }),
    checks,
    bill,
    outside: {
      count: outside.length,
      title: outside[0]?.title,
      at: formatTime(integral(outside[0]?.firstNs), outside[0]?.timeKind ?? 'none'),
    },
    noneInTime: await noneWithin(scene, window),
  };
}

/** True when captures tell when they were taken, and not one of them has a packet in the window. */
async function noneWithin(scene: Scene, window: Window | undefined): Promise<boolean> {
  if (window === undefined) return false;
  const rows = await scene.rows(
    'SELECT tap, min(time_ns) AS first_ns, max(time_ns) AS last_ns FROM packet_raw WHERE time_ns >= 0 GROUP BY tap ORDER BY tap',
  );
  const spans = rows.map((row) => ({
    firstNs: Number(row['first_ns']),
    lastNs: Number(row['last_ns']),
    timeKind: scene.tap(Number(row['tap'])).timeKind,
  }));
  return spans.length > 0 && !spans.some((span) => within(span, window));
}

/** Asks the causes; a model that cannot be built costs all of them, but no symptom. */
async function conclude(
  caseOf: () => Promise<Case>,
  causes: readonly Cause[],
): Promise<Conclusions & { readonly given?: Case }> {
  let given: Case;
  try {
    given = await caseOf();
  } catch (error) {
    const checks = causes.map((cause) => crashed(cause.code, error));
    return { causes: [], ruledOut: [], notChecked: [], checks };
  }
  return { ...(await diagnose(given, causes)), given };
}

async function causeFinding({ cause, supports }: Standing, quoter: Quoter): Promise<Finding> {
  return {
    code: cause.code,
    kind: 'cause',
    severity: supports === undefined ? cause.severity : 'info',
    confidence: cause.confidence,
    title: cause.title,
    explanation: cause.explanation,
    subjects: cause.subjects,
    count: cause.count,
    ...(supports === undefined ? {} : { explainedBy: supports }),
    evidence: await quoter.quote(shown(cause.evidence)),
    remedy: supports === undefined ? cause.remedy : [],
  };
}

async function symptomFinding(draft: FindingDraft, explainedBy: Code | undefined, quoter: Quoter): Promise<Finding> {
  return {
    code: draft.code,
    kind: 'symptom',
    severity: draft.severity,
    confidence: draft.confidence,
    title: draft.title,
    explanation: draft.explanation,
    subjects: draft.subjects,
    count: draft.count,
    first: formatTime(integral(draft.firstNs), draft.timeKind ?? 'none'),
    last: formatTime(integral(draft.lastNs), draft.timeKind ?? 'none'),
    ...(explainedBy === undefined ? {} : { explainedBy }),
    evidence: await quoter.quote(shown(draft.evidence)),
    remedy: [],
  };
}

/** The absence is the heart of many findings: it must not fall victim to the limit. */
function shown(cites: readonly Cite[]): readonly Cite[] {
  const absent = cites.filter((cite) => 'absent' in cite).slice(0, MAX_EVIDENCE);
  return [...cites.filter((cite) => !('absent' in cite)).slice(0, MAX_EVIDENCE - absent.length), ...absent];
}
