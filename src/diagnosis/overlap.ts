import type { Cite, Confidence, Remedy } from '../core/finding.js';
import type { Prefix } from '../core/prefix.js';
import type { Placed } from '../model/facts.js';
import type { Missing } from '../model/journey/missing.js';

/** A network as somebody gave it: what it is, in words, how it is written, and where. */
export interface Side {
  readonly what: string;
  readonly text: string;
  readonly at: Placed;
}

/** Two networks of which one contains addresses of the other. */
export interface Overlap {
  readonly one: Side;
  readonly other: Side;
  /** The addresses that mean two things. */
  readonly shared: Prefix;
  /** The node where it shows; then the one whose address is hidden. */
  readonly nodes: readonly string[];
  /** What happens; follows "so" in a sentence. */
  readonly effect: string;
  /** How sure it can be at most, whatever fails. */
  readonly most?: Confidence | undefined;
  /** What shows it, besides the two networks. */
  readonly shown?: readonly Cite[] | undefined;
  /** What would make it certain. */
  readonly wants?: readonly Missing[] | undefined;
  /** What helps at once. */
  readonly remedy?: Remedy | undefined;
}
