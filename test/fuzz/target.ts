import type { Random } from './random.js';

/** What is fuzzed. A case is its seed: the same seed makes the same input. */
export interface Target {
  readonly name: 'parser' | 'decoder' | 'bundle' | 'beside' | 'line';
  /** What the failing input's file is called. */
  readonly file: string;
  make(random: Random): Buffer;
  /** Throws when the input does what no input may do. */
  check(input: Buffer, random: Random): Promise<void>;
}
