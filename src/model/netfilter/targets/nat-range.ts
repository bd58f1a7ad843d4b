import { canonicalAddress } from '../../../core/address.js';
import { addressValue } from '../../../core/prefix.js';
import { portRange } from '../matches/numbers.js';

/** Where NAT may map to: addresses, and ports when they are given (`nf_nat_range2`). */
export interface NatRange {
  /** Empty when the address stays. */
  readonly addresses: readonly string[];
  /** True when the range is larger than what is listed. */
  readonly more: boolean;
  readonly ports?: readonly [number, number] | undefined;
}

/** Addresses of a range that are told apart; of a larger one nobody follows each. */
const MOST = 8;

function addressesBetween(from: string, to: string): Pick<NatRange, 'addresses' | 'more'> | undefined {
  const [low, high] = [addressValue(from), addressValue(to)];
  const first = canonicalAddress(from);
  if (low === undefined || high === undefined || first === undefined || low.family !== high.family) return undefined;
  if (low.value === high.value) return { addresses: [first], more: false };
  if (low.family === 6 || high.value - low.value >= BigInt(MOST)) return { addresses: [first], more: true };
  const addresses: string[] = [];
  for (let value = low.value; value <= high.value; value++)
    addresses.push([24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.'));
  return { addresses, more: false };
}

/** Reads `10.0.0.1-10.0.0.9:80-90`, `[fd00::1]:80`, `:80`, `10.0.0.1`; undefined when it is none of them. */
export function natRange(text: string): NatRange | undefined {
  const match =
    /^\[([0-9a-fA-F:.]+)(?:\]-\[|-)?([0-9a-fA-F:.]+)?\](?::(\S+))?$/.exec(text) ??
    /^((?:\d+\.){3}\d+)?(?:-((?:\d+\.){3}\d+))?(?::([\d-]+)(?:\/\d+)?)?$/.exec(text) ??
    /^([0-9a-fA-F]*:[0-9a-fA-F:.]+?)(?:-([0-9a-fA-F]*:[0-9a-fA-F:.]+))?()$/.exec(text);
  if (match === null) return undefined;
  const ports = match[3] ? portRange(match[3]) : undefined;
  if (match[3] && ports === undefined) return undefined;
  if (!match[1]) return ports === undefined ? undefined : { addresses: [], more: false, ports };
  const between = addressesBetween(match[1], match[2] ?? match[1]);
  return between === undefined ? undefined : { ...between, ports };
}
