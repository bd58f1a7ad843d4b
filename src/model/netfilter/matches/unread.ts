import type { NfOption } from '../ruleset.js';
import { doubt, type MatchReader, type Predicate } from '../sight.js';

/** A match as it is written. */
export const matchWords = (name: string, options: readonly NfOption[]): string =>
  [`-m ${name}`, ...options.map((o) => `${o.negated ? '! ' : ''}--${o.name} ${o.values.join(' ')}`.trimEnd())].join(
    ' ',
  );

/** A match whose text was not understood, or whose answer no bundle holds: it may hold, negated or not. */
export function unreadable(name: string, options: readonly NfOption[]): Predicate {
  const words = matchWords(name, options);
  return ({ host }) => ({
    ...doubt(
      words,
      `whether \`${words}\` holds for the packet`,
      `iptables-save -c    # on ${host.name}, before and after`,
    ),
    ofRule: true,
  });
}

/** What a listing hides (`interfaces` of `iptables -L` without -v), or what the parser could not read. */
export const unread: MatchReader = (options) => {
  const text = options[0]?.values[0] ?? '';
  return [
    ({ host }) => ({
      ...doubt(
        `unread ${text}`,
        `the ${text} of a rule that the listing does not show`,
        `iptables-save    # on ${host.name}`,
      ),
      ofRule: true,
    }),
  ];
};

/** Depends on what happened before, on time, on content, or on state that is not collected: it may hold. */
export const undecidable =
  (name: string): MatchReader =>
  (options) => [unreadable(name, options)];
