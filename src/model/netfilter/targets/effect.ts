import type { Missing } from '../../journey/missing.js';
import type { Packet } from '../../journey/packet.js';
import type { NfOption } from '../ruleset.js';
import type { Sight } from '../sight.js';

/** What a target does with a packet that matched. */
export type Effect =
  /** Nothing that a later rule could see: logs, counts, changes fields that no match here looks at. */
  | { readonly kind: 'continue' }
  /** The next rule sees another packet. */
  | { readonly kind: 'rewrite'; readonly packet: Packet; readonly says: string }
  /** A NAT mapping is set up: the table is over. Several packets when the kernel picks one by hash. */
  | { readonly kind: 'translate'; readonly packets: readonly [Packet, ...Packet[]]; readonly says: string }
  | { readonly kind: 'drop'; readonly says: string }
  /** Nobody can tell what comes after this rule. */
  | { readonly kind: 'unknown'; readonly missing: Missing };

/** Reads the options of a target once. */
export type TargetReader = (options: readonly NfOption[]) => (sight: Sight) => Effect;

export const CONTINUE: Effect = { kind: 'continue' };

/** The value of an option, or undefined. */
export const optionValue = (options: readonly NfOption[], ...names: readonly string[]): string | undefined =>
  options.find((option) => names.includes(option.name))?.values[0];

/** True when the option stands there. */
export const has = (options: readonly NfOption[], name: string): boolean =>
  options.some((option) => option.name === name);
