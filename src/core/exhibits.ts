import type { Evidence } from './finding.js';
import type { TracedWalk } from './trace.js';

/**
 * What a report draws beside the verdict: derived from the same model and the same packets, complete enough to be drawn
 * without the bundle. Part of `podtrail.report/1` as `exhibits`.
 */
export interface Exhibits {
  /** The conversations that failed, the one that the verdict is about first; at most 6. */
  readonly conversations: readonly ConversationExhibit[];
  readonly cluster: ClusterMap;
  readonly timeline: Timeline;
}

/** One conversation: its predicted way, what was seen of it, and where the two part. */
export interface ConversationExhibit {
  /** In words: `tcp 10.244.1.5 (pod web-1 on node-1) -> 10.96.0.10:53`. */
  readonly title: string;
  /** Places in `findings` of the symptoms that are about it. */
  readonly findings: readonly number[];
  /**
   * drop: the model says drop and the packets stop there. vanished: it should pass, and packets are lost between two places.
   * contradicted: packets pass where the model says drop. agrees: seen to get through. cannot-tell: an input is missing.
   * predicted: nobody captured it.
   */
  readonly parting: 'drop' | 'vanished' | 'contradicted' | 'agrees' | 'cannot-tell' | 'predicted';
  /** One sentence: where prediction and sighting part, or why nobody can tell. */
  readonly says: string;
  readonly request: TracedWalk;
  readonly reply?: TracedWalk | undefined;
  readonly breaksAt?: BreakAt | undefined;
  /** One sentence: why no hop is marked, though the verdict names a cause. */
  readonly unmarked?: string | undefined;
  readonly ladder?: Ladder | undefined;
}

/** The first hop where a conversation breaks. */
export interface BreakAt {
  readonly walk: 'request' | 'reply';
  /** Index into the steps of that walk. */
  readonly step: number;
  /**
   * stops: it comes no further. goes-wrong: it goes on with a wrong address or by a wrong way, and nothing comes back. lost:
   * it was sent, and does not come there.
   */
  readonly how: 'stops' | 'goes-wrong' | 'lost';
  /** Place in `findings` of the cause that names this hop, where the walk alone does not. */
  readonly finding?: number | undefined;
}

/** Packets of one conversation over the points where they were captured, on one time axis. */
export interface Ladder {
  /** Lifelines, in the order of the way from client to server. */
  readonly taps: readonly LadderTap[];
  /** In order of time; at most 60. */
  readonly packets: readonly LadderPacket[];
  /** Packets that are not among `packets`. */
  readonly more: number;
}

export interface LadderTap {
  readonly label: string;
  readonly node?: string | undefined;
  readonly device?: string | undefined;
  /** In a text or a log the numbers of `sightings` are lines. */
  readonly kind: 'capture' | 'text' | 'log';
  readonly file: string;
  /** What was taken off this tap's clock to fit the first tap's, milliseconds. */
  readonly clockMs: number;
}

/** One packet, wherever it was seen. */
export interface LadderPacket {
  /** In a few words: `SYN`, `SYN-ACK`, `echo request 1`, `UDP 48 bytes`. */
  readonly label: string;
  readonly direction: 'request' | 'answer' | 'error';
  /** The same TCP segment (or the same query, echo number) was sent before. */
  readonly repeated: boolean;
  /** By time; never empty. */
  readonly sightings: readonly {
    /** Place in `taps`. */
    readonly tap: number;
    /** Milliseconds since the first sighting of the ladder, clocks made equal. */
    readonly ms: number;
    /** Frame, or line where the tap is a text or a log. */
    readonly frame: number;
    /** One-line summary of that frame, envelope included. */
    readonly quote: string;
  }[];
}

/** The nodes as the bundle shows them, and how each reaches the pods of the others. */
export interface ClusterMap {
  readonly nodes: readonly MapNode[];
  readonly ways: readonly MapWay[];
}

export interface MapNode {
  readonly name: string;
  readonly addresses: readonly { readonly address: string; readonly device?: string | undefined }[];
  readonly podCidrs: readonly string[];
  readonly vteps: readonly {
    readonly device: string;
    readonly address?: string | undefined;
    readonly mac?: string | undefined;
    readonly local?: string | undefined;
  }[];
  /** What causes that stand blame it for, in a few words each. */
  readonly odd: readonly string[];
  /** In what it differs, or what else is found on it, without being blamed for it. */
  readonly differs: readonly string[];
  /** Nothing of its own was collected: only others name it. */
  readonly collected: boolean;
}

/** How one node sends to a pod prefix of another. */
export interface MapWay {
  readonly from: string;
  readonly to: string;
  readonly prefix: string;
  /** `vxlan flannel.1 -> 192.168.1.2`, `via 192.168.1.2 dev eth0`, `default gateway 192.168.1.1`, `no route`. */
  readonly says: string;
  /** unknown: that node's routes are not in the bundle. */
  readonly state: 'right' | 'wrong' | 'unknown';
  readonly evidence: readonly Evidence[];
}

/** What happened when, over nodes, captures and logs. */
export interface Timeline {
  /** In order of time; at most 500. */
  readonly events: readonly TimelineEvent[];
  /** Events that are not among `events`. */
  readonly more: number;
}

export interface TimelineEvent {
  /** ISO 8601 in UTC when the date is known, else as the source prints it. */
  readonly time: string;
  /** False when year, date or zone were guessed, or when it counts since boot. */
  readonly exact: boolean;
  /** Table or kind of the event: `packet`, `log`, `flannel`, `kubernetes-event`, `ping`. */
  readonly kind: string;
  readonly node?: string | undefined;
  readonly says: string;
  readonly file: string;
  readonly line?: number | undefined;
  readonly frame?: number | undefined;
  /** Codes of the findings that cite it. */
  readonly codes: readonly string[];
}
