import type { probe } from '../core/event/log.js';
import type { Fact, Facts } from './facts.js';

/** What resolvers wait before they ask again: glibc's and BIND's default (resolv.conf(5), `timeout`; nslookup(1)). */
const TIME_OUT_MS = 5000;
/** Early by the clock, late by what the machine does besides. */
const [EARLY_MS, LATE_MS] = [50, 900];
const MOST_TRIES = 3;

/** Lookups that got their answer, as far as is shown, and took as long as one or more time-outs of the resolver. */
export const lateLookups = ({ probes }: Facts): readonly Fact<typeof probe>[] =>
  probes.filter(
    ({ tool, outcome, millis }) =>
      /^(?:nslookup|dig|host)$/.test(tool) &&
      /^(?:ok|partial)$/.test(outcome) &&
      millis !== undefined &&
      triesLost(millis) > 0,
  );

/** How many time-outs a lookup of so many milliseconds waited for; 0 for one that took any other time. */
export function triesLost(millis: number): number {
  const tries = Math.floor((millis + EARLY_MS) / TIME_OUT_MS);
  const rest = millis - tries * TIME_OUT_MS;
  return tries <= MOST_TRIES && rest <= LATE_MS * tries ? tries : 0;
}
