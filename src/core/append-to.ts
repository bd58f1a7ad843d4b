/** Adds an entry to the list of its key, without a copy of the list: the entries of one key may be a hundred thousand. */
export function appendTo<K, V>(lists: Map<K, V[]>, key: K, entry: V): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [entry]);
  else known.push(entry);
}
