import type { NonEmpty } from '../finding.js';

/** The usual remedy: in words, then as commands; capitals stand for names to fill in. */
export interface Fix {
  readonly words: string;
  readonly commands: NonEmpty<string>;
}

/** What `podtrail explain` says of a cause. */
export interface CauseText {
  /** The thing that is wrong. */
  readonly says: string;
  /** Why that stops packets on Linux or with the CNI. */
  readonly physics: string;
  /** What proves it, and what lowers the confidence. */
  readonly proof: string;
  /** Codes that look alike, and how to tell. */
  readonly instead: string;
  readonly fix: Fix;
}
