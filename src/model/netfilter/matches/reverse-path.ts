import { rpfilterMatch } from '../../host/rpfilter-match.js';
import { type Answer, answer, doubt, type MatchReader, negate } from '../sight.js';

/** `-m rpfilter`: the host would send the reply back by the device that the packet came in by; `--invert` asks the contrary. */
export const rpfilter: MatchReader = (options) => {
  const has = (name: string): boolean => options.some((option) => option.name === name);
  const wanted = { loose: has('loose'), validmark: has('validmark'), acceptLocal: has('accept-local') };
  const inverted = has('invert');
  return [
    ({ host, packet, crossing }): Answer => {
      // On the way back from the loopback and without a device there is nothing to check (rpfilter_mt).
      if (crossing.iif === undefined) return 'no';
      const judged = rpfilterMatch(host, packet, crossing.iif, wanted);
      const held: Answer =
        judged.answer === 'unknown'
          ? doubt(`rpfilter ${packet.src} ${crossing.iif}`, judged.missing.what, judged.missing.collect)
          : answer(judged.answer === 'yes', false);
      return inverted ? negate(held) : held;
    },
  ];
};
