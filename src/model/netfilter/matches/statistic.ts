import { answer, type Doubt, type MatchReader } from '../sight.js';
import { matchWords, unreadable } from './unread.js';

const chance = (words: string): Doubt => ({
  question: words,
  holdsIf: true,
  what: `the chance in \`${words}\``,
  collect: 'iptables-save -c',
  choice: true,
  ofRule: true,
});

/** `-m statistic`: chance or turn decides, for every connection anew (xt_statistic.c). */
export const statistic: MatchReader = (options) => {
  const value = (name: string) => options.find((option) => option.name === name);
  const words = matchWords('statistic', options);
  const probability = value('probability');
  const every = value('every');
  const certain =
    probability !== undefined
      ? { '0': false, '1': true }[String(Number(probability.values[0]))]
      : every?.values[0] === '1'
        ? true
        : undefined;
  const negated = (probability ?? every)?.negated ?? false;
  if (certain !== undefined) return [() => answer(certain, negated)];
  return [() => chance(words)];
};

/**
 * `-m recent`: `--set` always holds; the others hang on who came before. In the nat table they keep a client at its
 * endpoint, which is a choice like any other.
 */
export const recent: MatchReader = (options) => {
  if (options.some((option) => option.name === 'set')) {
    const negated = options.some((option) => option.name === 'set' && option.negated);
    return [() => answer(true, negated)];
  }
  const words = matchWords('recent', options);
  const unknown = unreadable('recent', options);
  return [(sight) => (sight.table === 'nat' ? chance(words) : unknown(sight))];
};
