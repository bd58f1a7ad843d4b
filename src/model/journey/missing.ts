import type { Placed } from '../facts.js';

/** Why nobody can tell: the input that is not in the bundle (or not readable), and the one command that would fetch it. */
export interface Missing {
  /** A noun phrase: `the routes of node-2`. */
  readonly what: string;
  readonly collect: string;
  /** Lines that were there and could not be used, such as a rule with a match that is not understood. */
  readonly at?: readonly Placed[] | undefined;
}
