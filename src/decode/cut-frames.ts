import { AddressTable } from '../core/address.js';
import type { PacketSink } from '../core/sink.js';
import type { Tap } from '../core/tap.js';
import { decodeCapture } from './capture.js';
import { Link } from './link.js';

/** A frame as its capture holds it. */
export interface CutFrame {
  /** 1-based number in its file. */
  readonly number: number;
  /** Nanoseconds since 1970; absent where the file has no times. */
  readonly timeNs: bigint | undefined;
  /** LINKTYPE value. */
  readonly linkType: number;
  /** Interface, where the file names it. */
  readonly ifname: string | undefined;
  readonly bytes: Uint8Array;
  /** Length on the wire. */
  readonly wireLength: number;
}

/**
 * Copies some frames out of a capture, by number, and stops reading behind the last of them. `take` may be told of fewer than
 * were wanted: a file may be cut or damaged before. An error of the stream itself is thrown on.
 */
export async function cutFrames(
  bytes: AsyncIterable<Uint8Array>,
  wanted: ReadonlySet<number>,
  take: (frame: CutFrame) => void,
): Promise<void> {
  const last = Math.max(...wanted);
  const taps: Tap[] = [];
  let here: Uint8Array = new Uint8Array(0);
  let from = 0;
  let to = 0;
  let seen = 0;
  const sink: PacketSink = {
    addresses: new AddressTable(),
    tap: (tap) => taps.push(tap) - 1,
    raw: (chunk, at, end) => {
      here = chunk;
      from = at;
      to = end;
    },
    packet: (frame, tap, number) => {
      seen = number;
      if (!wanted.has(number)) return;
      const { linkType = -1, ifname } = taps[tap]!;
      const cooked = linkType === Link.sll || linkType === Link.sll2;
      take({
        number,
        timeNs: frame.sec < 0 ? undefined : BigInt(frame.sec) * 1_000_000_000n + BigInt(frame.nsec),
        linkType,
        // Only a capture on all devices is a cooked one, as a rule.
        ifname: ifname ?? (cooked ? 'any' : undefined),
        bytes: here.slice(from, to),
        wireLength: frame.wireLen,
      });
    },
    capture: () => undefined,
    note: () => undefined,
  };
  await decodeCapture(bytes, sink, () => seen >= last);
}
