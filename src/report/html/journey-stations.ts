import type { BreakAt } from '../../core/exhibits.js';
import type { TracedStep, TracedWalk } from '../../core/trace.js';

/** A point of the picture: what one stage of one node does with the packet, chains and jumps taken together. */
export interface Station {
  /** Counted from 1 over the whole walk. */
  readonly n: number;
  readonly stage: string;
  readonly device?: string | undefined;
  readonly says: string;
  /** The step that stands for it: where it breaks, else where the packet changes, else the last. */
  readonly step: number;
  readonly verdict: TracedStep['verdict'];
  readonly seen: TracedStep['seen'];
  readonly breaks: boolean;
  /** After the break: predicted, but not reached. */
  readonly beyond: boolean;
  /** The packet after it, where it is not what it was before. */
  readonly header?: Header | undefined;
}

export interface Header {
  readonly packet: string;
  readonly envelope?: string | undefined;
}

/** What one node does, from the packet's coming to its going. */
export interface Visit {
  readonly node: string;
  readonly stations: readonly Station[];
}

const STRENGTH: readonly TracedStep['verdict'][] = ['unknown', 'contradicted', 'confirmed', 'predicted'];

const sameHeader = (a: Header | undefined, b: Header): boolean =>
  a !== undefined && a.packet === b.packet && a.envelope === b.envelope;

/** The walk as visits of nodes, and in each visit one station per run of steps of the same stage. */
export function visitsOf(walk: TracedWalk, breakAt: BreakAt | undefined): readonly Visit[] {
  const breaksAt = breakAt?.step;
  const visits: { node: string; stations: Station[] }[] = [];
  let n = 0;
  let header: Header | undefined;
  for (const run of runs(walk.steps)) {
    const before = header;
    const { steps, from } = run;
    const breaks = breaksAt !== undefined && breaksAt >= from && breaksAt < from + steps.length;
    const changed = steps.findIndex((s, i) => !sameHeader(i === 0 ? before : steps[i - 1], s));
    const chosen = breaks
      ? breaksAt - from
      : changed > 0 || before !== undefined
        ? changed < 0
          ? steps.length - 1
          : changed
        : steps.length - 1;
    const step = steps[chosen]!;
    const last = steps.at(-1)!;
    const verdict = STRENGTH.find((v) => steps.some((s) => s.verdict === v)) ?? 'predicted';
    header = { packet: last.packet, envelope: last.envelope };
    const station: Station = {
      n: ++n,
      stage: step.stage,
      device: step.device ?? steps.find((s) => s.device !== undefined)?.device,
      says: short(step.says, step.packet),
      step: from + chosen,
      verdict,
      seen: steps.flatMap((s) => s.seen),
      breaks,
      beyond: breaksAt !== undefined && breakAt?.how !== 'goes-wrong' && from > breaksAt,
      header: sameHeader(before, header) ? undefined : header,
    };
    const visit = visits.at(-1);
    if (visit === undefined || visit.node !== step.node || startsAnew(station, visit.stations)) {
      visits.push({ node: step.node, stations: [station] });
    } else visit.stations.push(station);
  }
  return visits;
}

/** The same node again, by way of the wire. */
const startsAnew = ({ stage }: Station, before: readonly Station[]): boolean =>
  stage === 'receive' && before.some((s) => s.stage === 'transmit');

interface Run {
  readonly from: number;
  readonly steps: readonly TracedStep[];
}

function runs(steps: readonly TracedStep[]): readonly Run[] {
  const out: { from: number; steps: TracedStep[] }[] = [];
  steps.forEach((step, i) => {
    const run = out.at(-1);
    const last = run?.steps.at(-1);
    if (run === undefined || last === undefined || last.node !== step.node || last.stage !== step.stage)
      out.push({ from: i, steps: [step] });
    else run.steps.push(step);
  });
  return out;
}

/** The header below says what the packet became; it need not be said twice. */
const short = (says: string, packet: string): string =>
  says.endsWith(`becomes ${packet}`) ? says.replace(/: .*$/, '') : says;
