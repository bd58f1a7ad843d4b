import type { AboutOutcome, CheckOutcome, Cite, Finding, FindingDraft, NotChecked } from '../core/finding.js';
import { SEVERITIES } from '../core/finding.js';
import type { Heuristic } from '../heuristics/heuristic.js';
import type { Scene } from '../model/scene.js';
import type { EventStore } from '../store/event-store.js';
import { formatTime, Quoter } from '../store/evidence.js';

const MAX_EVIDENCE = 20;
const MAX_FINDINGS = 500;

export interface Judgement {
  readonly about?: AboutOutcome | undefined;
  readonly findings: readonly Finding[];
  readonly notChecked: readonly NotChecked[];
  readonly checks: readonly CheckOutcome[];
  /** True when at least one conversation was seen: then silence of the checks means something. */
  readonly looked: boolean;
}

/** The one complaint that the ticket names, to rank findings by. */
export interface Complaint {
  readonly from: string;
  readonly to: string;
  readonly port?: number | undefined;
}

/** A span of time; nanoseconds since 1970, or since midnight when `daily`. */
export interface Window {
  readonly since?: bigint | undefined;
  readonly until?: bigint | undefined;
  readonly daily: boolean;
}

export interface Focus {
  readonly about?: Complaint | undefined;
  readonly window?: Window | undefined;
}

const DAY_NS = 86_400_000_000_000n;

/** False when the finding's time is known and lies outside the window. */
function within(draft: FindingDraft, window: Window | undefined): boolean {
  const kind = draft.timeKind ?? 'none';
  if (window === undefined || draft.firstNs === undefined || draft.lastNs === undefined || Number(draft.firstNs) < 0)
    return true;
  const daily = window.daily || kind === 'time-of-day';
  if (!['epoch', 'no-zone', 'time-of-day'].includes(kind)) return true;
  const fold = (ns: bigint): bigint => (daily ? ns % DAY_NS : ns);
  const first = fold(BigInt(integral(draft.firstNs)!));
  const last = fold(BigInt(integral(draft.lastNs)!));
  return (
    (window.since === undefined || last >= fold(window.since)) &&
    (window.until === undefined || first <= fold(window.until))
  );
}

/** Runs every check; one that throws costs itself alone and says so. Ranks and quotes what they found. */
export async function judge(
  scene: Scene,
  heuristics: readonly Heuristic[],
  store: EventStore,
  { about, window }: Focus = {},
): Promise<Judgement> {
  const drafts: FindingDraft[] = [];
  const notChecked: NotChecked[] = [];
  const checks: CheckOutcome[] = [];
  for (const heuristic of heuristics) {
    try {
      const conclusion = await heuristic.run(scene);
      if (conclusion.outcome === 'skipped') {
        notChecked.push({ code: heuristic.code, missing: conclusion.missing, collect: conclusion.collect });
        checks.push({ code: heuristic.code, outcome: 'skipped', detail: conclusion.missing.join('; ') });
      } else {
        drafts.push(...conclusion.findings.filter((draft) => within(draft, window)));
        checks.push({ code: heuristic.code, outcome: conclusion.findings.length > 0 ? 'fired' : 'quiet' });
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      checks.push({ code: heuristic.code, outcome: 'crashed', detail: `a bug in podtrail: ${why.slice(0, 300)}` });
    }
  }
  const order = heuristics.map((heuristic) => heuristic.code);
  const relevance = (draft: FindingDraft): number => (about === undefined ? 0 : matches(draft, about, scene));
  drafts.sort(
    (a, b) =>
      relevance(b) - relevance(a) ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      order.indexOf(a.code) - order.indexOf(b.code) ||
      b.count - a.count ||
      (a.title < b.title ? -1 : a.title > b.title ? 1 : 0),
  );
  const quoter = new Quoter(store);
  const findings: Finding[] = [];
  for (const draft of drafts.slice(0, MAX_FINDINGS)) findings.push(await quoted(draft, quoter));
  if (drafts.length > MAX_FINDINGS) {
    store.note({
      file: '(report)',
      reason: `only the first ${MAX_FINDINGS} findings are shown`,
      count: drafts.length - MAX_FINDINGS,
    });
  }
  const outcome = about === undefined ? undefined : await outcomeOf(about, drafts, scene);
  return {
    about: outcome,
    findings,
    notChecked,
    checks,
    looked: Number((await scene.rows('SELECT count(*) AS n FROM (FROM opener LIMIT 1)'))[0]?.['n']) > 0,
  };
}

/** True when a name (pod, service, node or address) means this address. */
function means(address: string, name: string, scene: Scene): boolean {
  if (address === name) return true;
  const last = name.split('/').at(-1);
  const owner = scene.cluster.owner(address);
  return [owner.name, owner.node].some((known) => known === name || known?.split('/').at(-1)?.split(':')[0] === last);
}

/** How well a draft's flows fit a complaint: 2 both ends, 1 one end. */
function matches(draft: FindingDraft, about: Complaint, scene: Scene): number {
  let best = 0;
  for (const flow of draft.flows ?? []) {
    if (about.port !== undefined && flow.dport !== about.port) continue;
    const from = means(flow.src, about.from, scene);
    const to = means(flow.dst, about.to, scene);
    if (from && to) return 2;
    if (from || to) best = 1;
  }
  return best;
}

/** Says whether the complaint's flow fails, works, or is in no capture at all. */
async function outcomeOf(about: Complaint, drafts: readonly FindingDraft[], scene: Scene): Promise<AboutOutcome> {
  const complaint = `${about.from} -> ${about.to}${about.port === undefined ? '' : `:${about.port}`}`;
  const failing = drafts.find((draft) => draft.severity !== 'info' && matches(draft, about, scene) === 2);
  if (failing !== undefined) return { complaint, outcome: 'failing', detail: `it fails, see ${failing.code}` };
  const rows = await scene.rows(
    'SELECT src, dst, dport, source, bool_or(answered) AS answered FROM opener GROUP BY ALL ORDER BY source, src, dst, dport LIMIT 100000',
  );
  const seen = rows.filter(
    (row) =>
      (about.port === undefined || Number(row['dport']) === about.port) &&
      means(scene.address(Number(row['src'])), about.from, scene) &&
      means(scene.address(Number(row['dst'])), about.to, scene),
  );
  const answered = seen.find((row) => row['answered'] === true);
  if (answered !== undefined) {
    return {
      complaint,
      outcome: 'answered',
      detail: `this flow is in ${scene.file(Number(answered['source']))}, and it was answered`,
    };
  }
  return {
    complaint,
    outcome: 'not-seen',
    detail: `${seen.length > 0 ? 'this flow is seen, but not long enough to tell whether it was answered' : 'no capture, tcpdump text or LOG line in this bundle holds that flow'}; collect: tcpdump -nn -i any -w complaint.pcap 'host ${about.to}' on the node of ${about.from} while the connection is tried`,
  };
}

async function quoted(draft: FindingDraft, quoter: Quoter): Promise<Finding> {
  // The absence is the heart of most findings: it must not fall victim to the limit.
  const cites: readonly Cite[] = draft.evidence;
  const absent = cites.filter((cite) => 'absent' in cite);
  const shown = cites.filter((cite) => !('absent' in cite)).slice(0, MAX_EVIDENCE - absent.length);
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
    evidence: await quoter.quote([...shown, ...absent]),
    remedy: [],
  };
}

const integral = (ns: number | bigint | undefined): number | bigint | undefined =>
  typeof ns === 'number' ? Math.trunc(ns) : ns;
