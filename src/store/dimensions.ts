import type { HostHow } from '../core/sink.js';
import type { CaptureFacts, Tap } from '../core/tap.js';

/** What is known of a source when it is opened; `node` is filled in after the last member. */
export interface SourceFacts {
  readonly artifact: number;
  readonly firstLine?: number | undefined;
  readonly command?: string | undefined;
  readonly format?: string | undefined;
  readonly host?: string | undefined;
  readonly netns?: string | undefined;
  /** The word of the framed heading that it stands beneath (`##### w1 #####`): a node's name, or anything. */
  readonly section?: string | undefined;
  readonly filtered: boolean;
}

/** A claim that a source belongs to a host, to be weighed after the last member. */
export interface HostClaim {
  readonly source: number;
  readonly host: string;
  readonly how: HostHow;
}

export interface SourceRow extends SourceFacts {
  readonly source: number;
  node?: string | undefined;
  host?: string | undefined;
  netns?: string | undefined;
  /** A later prompt or header shows that its command had ended. */
  finished?: boolean | undefined;
  /** Lines of it that its parser could not read: what is not in its rows may have stood there. */
  skipped?: SkippedLines | undefined;
}

/** First and last of a source's lines that were not understood, and how many there are; 1-based. */
export interface SkippedLines {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

export interface TapRow extends Omit<Tap, 'ifname'> {
  readonly tap: number;
  readonly source: number;
  /** Filled in after the last member where the source itself does not name it. */
  ifname?: string | undefined;
}

export interface ArtifactRow {
  readonly artifact: number;
  readonly file: string;
  kind: 'pcap' | 'pcapng' | 'text';
  lines?: number | undefined;
  frames?: number | undefined;
}

/** What a capture's header tells. */
export interface CaptureRow {
  readonly source: number;
  readonly facts: CaptureFacts;
}
