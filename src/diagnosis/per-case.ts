import type { Case } from './cause.js';

/** What several causes ask of one case, found once. */
export function perCase<T>(find: (given: Case) => Promise<T>): (given: Case) => Promise<T> {
  const known = new WeakMap<Case['failed'], Promise<T>>();
  return (given) => {
    let found = known.get(given.failed);
    if (found === undefined) {
      found = find(given);
      known.set(given.failed, found);
    }
    return found;
  };
}
