import type { Evidence } from './finding.js';

/** The result of `podtrail trace`: the predicted way of one packet and of the answer to it (`podtrail.trace/1`). */
export interface Trace {
  readonly schema: 'podtrail.trace/1';
  readonly bundle: string;
  /** The question in words: `tcp pod web-1 (10.244.1.5) -> 10.96.0.10:53`. */
  readonly question: string;
  readonly outcome: 'pass' | 'drop' | 'mixed' | 'unknown';
  readonly summary: string;
  readonly ways: readonly TracedWay[];
}

/**
 * One way that the packet may take; several when endpoints or next hops are chosen at random. Those that rest on nothing that
 * had to be taken for granted come first, and among them those that fail.
 */
export interface TracedWay {
  readonly choice?: string | undefined;
  readonly request: TracedWalk;
  readonly reply?: TracedWalk | undefined;
}

export interface TracedWalk {
  readonly disposition: string;
  readonly steps: readonly TracedStep[];
  /** What was taken for granted, because the bundle does not tell, and the command that would tell. */
  readonly assumed: readonly Collect[];
  readonly missing?: Collect | undefined;
}

export interface Collect {
  readonly what: string;
  readonly collect: string;
}

export interface TracedStep {
  readonly node: string;
  readonly stage: string;
  readonly device?: string | undefined;
  readonly says: string;
  /** The chain that a rule jumps to, when the step is no more than that. */
  readonly jumpsTo?: string | undefined;
  /** The packet after the step, and its envelope. */
  readonly packet: string;
  readonly envelope?: string | undefined;
  /** The lines that decide it. */
  readonly because: readonly Evidence[];
  /** What captures and LOG lines at this place show of it. */
  readonly seen: readonly Evidence[];
  /**
   * confirmed: seen there. contradicted: a tap stands there and does not show it, though others show this conversation.
   * predicted: no tap is there, or none shows anything of it. unknown: nobody can tell.
   */
  readonly verdict: 'confirmed' | 'contradicted' | 'predicted' | 'unknown';
}
