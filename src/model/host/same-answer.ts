import type { RouteAnswer } from './answer.js';

/** Two answers that send the packet the same way. */
export function sameAnswer(a: RouteAnswer, b: RouteAnswer): boolean {
  if (a.kind === 'unicast' && b.kind === 'unicast') {
    const way = (answer: typeof a): string =>
      [answer.route.src, ...answer.hops.map((hop) => `${hop.dev} ${hop.via}`).sort()].join(', ');
    return way(a) === way(b);
  }
  return a.kind === b.kind && a.kind !== 'unknown';
}
