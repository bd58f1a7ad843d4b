import type { Host } from '../host/host.js';
import type { Packet } from '../journey/packet.js';
import type { Crossing } from './passage.js';
import type { NfOption } from './ruleset.js';

/** What a rule sees: the packet as it is now, where it is, and the host around it. */
export interface Sight {
  readonly packet: Packet;
  readonly crossing: Crossing;
  readonly host: Host;
  /** raw, mangle, nat, …, or the full name of a table of nft. */
  readonly table: string;
  /** False in the raw table: conntrack has not seen the packet yet. */
  readonly tracked: boolean;
}

/** What a match answers. */
export type Answer = 'yes' | 'no' | Doubt;

/** The bundle does not tell, or chance decides. */
export interface Doubt {
  /** Names the question, so that two rules that ask the same get the same answer. */
  readonly question: string;
  /** The answer that makes the match hold. */
  readonly holdsIf: boolean;
  /** Noun phrase: what is not known. */
  readonly what: string;
  readonly collect: string;
  readonly choice: boolean;
  /** Every rule asks it anew (`-m limit`): the same words elsewhere are another question. */
  readonly ofRule: boolean;
}

/** A test of one option of a match. */
export type Predicate = (sight: Sight) => Answer;

/** Reads the options of a match once; the predicates must all hold. */
export type MatchReader = (options: readonly NfOption[]) => readonly Predicate[];

export const doubt = (question: string, what: string, collect: string): Doubt => ({
  question,
  holdsIf: true,
  what,
  collect,
  choice: false,
  ofRule: false,
});

/** An answer under `!`. */
export function negate(answer: Answer): Answer {
  if (answer === 'yes') return 'no';
  if (answer === 'no') return 'yes';
  return { ...answer, holdsIf: !answer.holdsIf };
}

/** An answer from a boolean, turned round when the option is negated. */
export const answer = (holds: boolean, negated: boolean): Answer => (holds !== negated ? 'yes' : 'no');

/** A predicate under `!` when `negated`. */
export const under = (negated: boolean, predicate: Predicate): Predicate =>
  negated ? (sight) => negate(predicate(sight)) : predicate;
