import type { Disposition } from '../../src/model/journey/step.js';

/** One walk that podtrail predicts, reduced to what the kernel can be asked about. */
export interface Prediction {
  readonly disposition: Disposition;
  /** First machine. */
  readonly start: string;
  /** Last machine, and the packet as it was there. */
  readonly node: string;
  readonly src: string;
  readonly dst: string;
  /** Source of what was on the wire last: the envelope's, in a tunnel. */
  readonly outerSrc: string;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  /** Device of the last step that has one. */
  readonly dev?: string | undefined;
  /** Which of several ways, as podtrail puts it. */
  readonly choice?: string | undefined;
  /** The way leads through a network that podtrail knows nothing of, and takes it to be in order. */
  readonly trusting: boolean;
  /** For the report of a mismatch. */
  readonly steps: readonly string[];
  readonly missing?: string | undefined;
  /** What became of the answer, when the request is delivered to a host that the bundle knows. */
  readonly reply?: Prediction | undefined;
}
