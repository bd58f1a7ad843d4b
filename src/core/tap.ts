import type { TimeKind } from './time.js';

/** Which way a packet passed the point where it was seen. */
export const DIRECTIONS = ['unknown', 'in', 'out', 'other-host'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/**
 * A place where packets were seen: an interface of a capture (with a direction, when the capture tells it), the
 * interface column of tcpdump text, or one netfilter LOG rule. Small: a bundle has some dozens.
 */
export interface Tap {
  readonly kind: 'capture' | 'text' | 'log';
  readonly timeKind: TimeKind;
  /** Interface that was captured on, if the source names it. `any` when only that is known. */
  readonly ifname?: string | undefined;
  /** Interface index of Linux cooked v2; the name is looked up in that node's `ip link` later. */
  readonly ifindex?: number | undefined;
  readonly direction: Direction;
  /** DLT/LINKTYPE value of a capture. */
  readonly linkType?: number | undefined;
  /** LOG lines: the prefix before `IN=`, and the devices of the line. */
  readonly prefix?: string | undefined;
  readonly inIf?: string | undefined;
  readonly outIf?: string | undefined;
  readonly physIn?: string | undefined;
  readonly physOut?: string | undefined;
  /** TRACE lines: `table:CHAIN:kind:n`. */
  readonly trace?: string | undefined;
}

/** What is known of a whole capture (file, or tcpdump run in a terminal). Stored as one row of table `capture`. */
export interface CaptureFacts {
  /** `pcap`, `pcap-ns`, `pcap-modified`, `pcapng`, `tcpdump-text`, `tshark-csv`. */
  readonly format: string;
  readonly linkType?: number | undefined;
  readonly ifname?: string | undefined;
  readonly snapLength?: number | undefined;
  /** Capture filter, when the file or the command line tells it. */
  readonly filter?: string | undefined;
  /** Packets that the kernel or interface dropped, when the file counts them. */
  readonly drops?: number | undefined;
  /** Packets that a tcpdump run in a terminal counted at its end, where the text holds every one of them; 0 or more. */
  readonly counted?: number | undefined;
  readonly os?: string | undefined;
  /** Command line, when it is in the text. */
  readonly command?: string | undefined;
}
