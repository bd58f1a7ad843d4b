import type { AddressTable } from './address.js';
import type { Frame } from './frame.js';
import type { RowOf, Table } from './table.js';
import type { CaptureFacts, Tap } from './tap.js';

/** A line of a text member. `number` is 1-based, `offset` the byte where it starts in the (decompressed) member. */
export interface Line {
  readonly text: string;
  readonly number: number;
  readonly offset: number;
}

/** How a host name was learnt; the surest way wins when they disagree (bundle layouts, 2.1). */
export type HostHow = 'path' | 'hostname-file' | 'uname' | 'sysctl' | 'syslog' | 'prompt';

/** Where decoders put packets. One sink belongs to one source (a member, or one command within it). */
export interface PacketSink {
  readonly addresses: AddressTable;
  /** Number of a tap; call once per distinct tap and remember it. */
  tap(tap: Tap): number;
  /** Copies the frame into the store. `place` is the 1-based frame number in its file. */
  packet(frame: Frame, tap: number, place: number): void;
  /** For those that copy frames: where the captured bytes lie of the packet that comes next. They are gone after it. */
  raw?(bytes: Uint8Array, at: number, end: number): void;
  /** Facts about the whole capture; call at most once per interface, any time. */
  capture(facts: CaptureFacts): void;
  /** Something that could not be read. `place` is the line or frame, if there is one. */
  note(reason: string, place?: number): void;
}

/** Where parsers put facts. Every row remembers its line, and the line's text is kept for quoting. */
export interface Sink extends Omit<PacketSink, 'packet'> {
  emit<T extends Table>(table: T, row: RowOf<T>, at: Line): void;
  /** A packet seen on a line of text. */
  packet(frame: Frame, tap: number, at: Line): void;
  /**
   * The same for line `number` in bytes [from, to), which was not made text: ASCII without line end, escape and secret. They are
   * gone after it.
   */
  packetIn(bytes: Uint8Array, from: number, to: number, number: number, frame: Frame, tap: number): void;
  /** The text itself says whose it is (hostname, uname, kernel.hostname). */
  host(name: string, how: HostHow): void;
  /** A sink for rows of another host in the same member (syslog lines of many hosts). */
  of(host: string): Sink;
}
