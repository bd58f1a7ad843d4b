import type { Frame } from '../core/frame.js';
import type { PcapngInterface } from './pcapng-interface.js';

/** Sets a frame's time from a 64-bit count of units, without an object for it. */
export function setTime(frame: Frame, one: PcapngInterface, high: number, low: number): void {
  if (one.units === 0) {
    setExactTime(frame, one, high, low);
    return;
  }
  // Long division by 16 bits at a time: every quotient and remainder is exact in a double.
  const units = one.units;
  const first = Math.floor(high / units);
  let rest = (high - first * units) * 65536 + (low >>> 16);
  const second = Math.floor(rest / units);
  rest = (rest - second * units) * 65536 + (low & 0xffff);
  const third = Math.floor(rest / units);
  frame.sec = first * 0x1_0000_0000 + second * 65536 + third + one.offset;
  frame.nsec = (rest - third * units) * one.unit;
}

/** Resolutions finer than a nanosecond or of a power of two: rare, so exactness may cost. */
function setExactTime(frame: Frame, one: PcapngInterface, high: number, low: number): void {
  const power = one.resolution & 0x7f;
  const units = (one.resolution & 0x80) !== 0 ? 1n << BigInt(power) : 10n ** BigInt(power);
  const ticks = (BigInt(high) << 32n) | BigInt(low);
  frame.sec = Number(ticks / units) + one.offset;
  frame.nsec = Number(((ticks % units) * 1_000_000_000n) / units);
}
