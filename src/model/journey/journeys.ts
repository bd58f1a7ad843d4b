import type { Journey } from './step.js';

/** A connection whose first packet is to be walked. */
export interface Question {
  /** Source address; the node or pod that has it is found by the cluster. */
  readonly from: string;
  /** Where it starts, when the address alone does not tell. */
  readonly fromNode?: string | undefined;
  readonly to: string;
  /** IP protocol number. */
  readonly proto: number;
  readonly dport?: number | undefined;
  readonly sport?: number | undefined;
  /** IP length in bytes; 60 when absent. */
  readonly length?: number | undefined;
}

/** Journeys over the bundle's hosts, each walked once. */
export interface Journeys {
  between(question: Question): Journey;
}
