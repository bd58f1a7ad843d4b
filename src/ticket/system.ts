import type { Block } from './markup/block.js';

/** A file to attach. */
export interface Attachment {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** A comment that an earlier run wrote. */
export interface OwnComment {
  readonly id: string;
  /** Its text, with the mark in it. */
  readonly text: string;
}

/** A file that a system did not take, and why. */
export interface Refusal {
  readonly name: string;
  readonly refused: string;
}

/** What a file that a system took is called there. */
export type Attached = { readonly name: string; readonly handle: string } | Refusal;

/**
 * One ticket of one system. `upload` comes before `comment`: a ticket never shows a comment about files that are not there, and
 * what a system refuses is said in the comment.
 */
export interface TicketSystem {
  /** `issue 12 at https://…`. */
  readonly where: string;
  /** Characters of a comment that the system takes for sure. */
  readonly room: number;
  /** `files`: it takes attachments. `none`: its interface has no way to attach; findings are told in the comment. */
  readonly attachments: 'files' | 'none';
  /** The requests that a run makes, in order, for people. */
  readonly calls: readonly string[];
  /** The comment as it is sent; for the dry run and the search for the mark. */
  write(blocks: readonly Block[], mark: string): string;
  /** The newest comment of this user that bears a mark. */
  own(): Promise<OwnComment | undefined>;
  upload(file: Attachment): Promise<Attached>;
  /** Adds a comment that refers to what was uploaded. Gives the files that the system said it took, and did not keep. */
  comment(blocks: readonly Block[], mark: string, files: readonly Attached[]): Promise<readonly Refusal[]>;
  /** Replaces the text of an own comment. Absent where the system cannot; false when this server cannot. */
  update?(own: OwnComment, blocks: readonly Block[], mark: string, files: readonly Attached[]): Promise<boolean>;
}
