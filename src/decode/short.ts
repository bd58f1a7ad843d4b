import { type Frame, Stop } from '../core/frame.js';

/**
 * Every layer is a function of (bytes, at, end, wire): the layer starts at `at`, captured bytes end at `end`, and by
 * the length fields so far the packet ended at `wire` (at or beyond `end`). This notes why a header is not complete.
 */
export function short(frame: Frame, end: number, wire: number): void {
  frame.stop = wire > end ? Stop.snaplen : Stop.length;
}
