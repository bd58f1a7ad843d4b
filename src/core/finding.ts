import type { Code, SymptomCode } from './code.js';
import type { Exhibits } from './exhibits.js';

export type NonEmpty<T> = readonly [T, ...T[]];
export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];
export type Confidence = 'proven' | 'likely' | 'possible';

/** What a heuristic points at; the analysis turns it into Evidence with file, line or frame, and quote. */
export type Cite =
  | {
      readonly role: string;
      /** `printed` is what of the line is meant, where it holds other facts, too. */
      readonly at: { readonly source: number; readonly line: number; readonly printed?: string | undefined };
    }
  | { readonly role: string; readonly at: { readonly tap: number; readonly place: number } }
  | { readonly role: string; readonly absent: string; readonly searched: NonEmpty<number> };

/** What a reader gets: a quoted line, a summarised frame, or what was looked for in vain and where. */
export type Evidence =
  | { readonly role: string; readonly file: string; readonly line: number; readonly quote: string }
  | { readonly role: string; readonly file: string; readonly frame: number; readonly quote: string }
  | { readonly role: string; readonly absent: string; readonly searched: NonEmpty<string> };

export interface Remedy {
  readonly command: string;
  readonly why: string;
  readonly verify: string;
  readonly rollback: string;
}

/** A finding as a heuristic makes it. Without evidence it does not compile. */
export interface FindingDraft {
  readonly code: SymptomCode;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly title: string;
  readonly explanation: string;
  /** Nodes, addresses, prefixes, interfaces, sets that it is about; most important first. */
  readonly subjects: readonly string[];
  /** How many packets, attempts or lines it stands for. */
  readonly count: number;
  readonly evidence: NonEmpty<Cite>;
  /** Addresses and ports of the flows concerned, for `--about`. */
  readonly flows?: readonly FlowKey[];
  /** The same of flows of which some packets get through: a cause that takes all of a flow does not explain them. */
  readonly partly?: readonly FlowKey[];
  /** Where size decides: largest IP packet of these flows that got through, smallest that never did; bytes. */
  readonly sizes?: { readonly passed: number; readonly lost?: number | undefined } | undefined;
  readonly firstNs?: number | bigint | undefined;
  readonly lastNs?: number | bigint | undefined;
  readonly timeKind?: string | undefined;
}

export interface FlowKey {
  readonly src: string;
  readonly dst: string;
  readonly dport?: number | undefined;
}

export interface Finding {
  readonly code: Code;
  readonly kind: 'symptom' | 'cause';
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly title: string;
  readonly explanation: string;
  readonly subjects: readonly string[];
  readonly count: number;
  /** First and last time, as the source prints them (ISO 8601 when the date is known). */
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  readonly explainedBy?: Code | undefined;
  readonly evidence: readonly Evidence[];
  readonly remedy: readonly Remedy[];
}

export interface Verdict {
  readonly state: 'diagnosed' | 'suspected' | 'no-fault-found' | 'insufficient';
  readonly cause: Code | null;
  readonly confidence: Confidence | null;
  readonly summary: string;
  readonly subjects: readonly string[];
}

export interface RuledOut {
  readonly code: Code;
  readonly because: string;
  readonly evidence: readonly Evidence[];
}

export interface NotChecked {
  readonly code: Code;
  readonly missing: readonly string[];
  /** The one command that would settle it. */
  readonly collect: string;
  /** One of the handful that would tell most, given what the bundle shows; these stand first, by worth. */
  readonly first?: true | undefined;
}

export interface NotRead {
  readonly file: string;
  readonly reason: string;
  readonly count: number;
  readonly firstLine?: number | undefined;
}

/** What became of one check: an unread file or a skipped check never looks like a pass. */
export interface CheckOutcome {
  readonly code: Code;
  readonly outcome: 'fired' | 'quiet' | 'skipped' | 'crashed';
  readonly detail?: string | undefined;
}

/** What the bundle shows of the ticket's own complaint. */
export interface AboutOutcome {
  readonly complaint: string;
  readonly outcome: 'failing' | 'answered' | 'not-seen';
  readonly detail: string;
}

/** How far apart two nodes' clocks are, told by packets that both captured. */
export interface ClockDifference {
  readonly nodes: readonly [string, string];
  /** What the second node's clock shows more than the first's, milliseconds. */
  readonly offsetMs: number;
  /** Packets that both nodes captured. */
  readonly packets: number;
  /** True when packets of one direction alone were shared, so that their delay is in the offset. */
  readonly includesDelay: boolean;
}

/** Names of things of the cluster that the report mentions, so that `--redact` knows them for names. */
export interface Names {
  readonly nodes: readonly string[];
  readonly pods: readonly string[];
  readonly services: readonly string[];
  readonly namespaces: readonly string[];
  readonly policies: readonly string[];
  readonly others: readonly string[];
}

/** The contract `podtrail.report/1`. */
export interface Report {
  readonly schema: 'podtrail.report/1';
  readonly bundle: {
    readonly name: string;
    readonly files: number;
    readonly bytes: number;
    readonly packets: number;
    readonly nodes: readonly string[];
  };
  readonly verdict: Verdict;
  /** Pairs of nodes whose captures share packets. */
  readonly clocks: readonly ClockDifference[];
  /** What became of the complaint that `--about` named. */
  readonly about?: AboutOutcome | undefined;
  readonly findings: readonly Finding[];
  readonly ruledOut: readonly RuledOut[];
  readonly notChecked: readonly NotChecked[];
  readonly notRead: readonly NotRead[];
  readonly checks: readonly CheckOutcome[];
  /** What a page draws: journeys, ladders, the cluster, the time line. */
  readonly exhibits: Exhibits;
  readonly names?: Names | undefined;
  /** Addresses and names stand for others: they were replaced. */
  readonly redacted?: true | undefined;
}
