/**
 * Does the work for each item, at most `lanes` (1 or more) of them at a time, begun in their order; so are the results. After an
 * error none is begun any more; it is thrown when those under way have ended, so that nothing runs on behind the caller's back.
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const left = items.entries();
  const errors: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const [i, item] of left) {
      if (errors.length > 0) return;
      try {
        results[i] = await work(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (errors.length > 0) throw errors[0];
  return results;
}

/** Waits for both to end; throws the error of the first that has one. */
export async function bothOf<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}
