import { endOf, type Parting } from '../model/journey/compare.js';
import { PASSING, type RoundTrip, type Step } from '../model/journey/step.js';

/** Where prediction and sighting part, or why nobody can tell: one sentence. */
export function partingWords(trip: RoundTrip, parting: Parting | undefined): string {
  const end = endOf(trip);
  const what = end === trip.reply ? 'The answer' : 'The packet';
  const last = end.steps.at(-1);
  const fate = last === undefined ? end.disposition : `${where(last)}: ${last.says}`;
  switch (parting?.kind) {
    case 'drop': {
      const seen =
        parting.last === undefined ? 'no capture shows it' : `captures show it as far as ${where(parting.last.step)}`;
      return `${what} ends as ${end.disposition} at ${fate}; ${seen}.`;
    }
    case 'vanished':
      return `${PASSING.has(end.disposition) ? 'Nothing in the configuration stops it' : `The configuration would stop it only later, at ${fate}`}; it is seen at ${where(parting.after.step)} (${leg(parting.after.leg)}) and not at ${where(parting.before.step)} (${leg(parting.before.leg)}).`;
    case 'contradicted': {
      const [first] = parting.beyond;
      const seen = first === undefined ? 'further on' : `in ${first.tap.file}, frame ${first.place}`;
      return `The configuration says ${end.disposition} at ${fate}; yet it is seen ${seen}, so it was written down at another time than the capture.`;
    }
    case 'agrees':
      return 'The configuration lets its first packet through, and no capture says otherwise.';
    case 'cannot-tell':
      return end.missing === undefined
        ? 'The configuration lets it through, and no capture shows its first packet where that would tell.'
        : `Nobody can tell from here on. Not in the bundle: ${end.missing.what}.`;
    default:
      if (end.disposition === 'unknown')
        return `Nobody captured it, and nobody can tell. Not in the bundle: ${end.missing?.what ?? 'an input'}.`;
      return PASSING.has(end.disposition)
        ? 'Nobody captured it; by the configuration it gets through.'
        : `Nobody captured it; by the configuration ${what.toLowerCase()} ends as ${end.disposition} at ${fate}.`;
  }
}

const leg = (name: 'request' | 'reply'): string => (name === 'reply' ? 'the answer' : 'the request');

const where = (step: Step): string => (step.dev === undefined ? step.node : `${step.node}, ${step.dev}`);
