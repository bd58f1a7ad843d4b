import type { Missing } from './missing.js';
import type { Journey, Origin } from './step.js';

/** A connection whose first packet is to be walked. */
export interface Question {
  readonly from: Origin;
  readonly to: string;
  /** IP protocol number. */
  readonly proto: number;
  readonly dport?: number | undefined;
  readonly sport?: number | undefined;
  /** IP length in bytes; 60 when absent, so that nothing is too big. */
  readonly length?: number | undefined;
}

/** Journeys over the bundle's hosts, each walked once. */
export interface Journeys {
  /** The way of a connection's first packet, and of the answer to it. */
  between(question: Question): Journey;
  /**
   * The same from the receiver's node on, where the sender's is not in the bundle and the destination is a pod or a node: what
   * happens there, if the packet gets there. Undefined in all other cases.
   */
  arriving(question: Question): Journey | undefined;
  /** What an address, or the name of a node or pod, means as a start; a Missing when the bundle does not tell. */
  origin(name: string): Origin | Missing;
  /** The address that a name means as a destination: of a pod, a node, a service. */
  destination(name: string): { readonly address: string; readonly says: string } | Missing;
}
