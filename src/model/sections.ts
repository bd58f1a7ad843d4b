import type { SourceRow } from '../store/dimensions.js';
import type { NamingFacts, NodeNames } from './attribution.js';

/** A host's name has a number where there are several: `w1`, `node-2`, `ip-10-1-2-3`. */
const NUMBERED = /\d/;
/** Addresses that every host may have. */
const EVERYWHERE = /^(?:127\.|169\.254\.|172\.17\.0\.1$|::1$|fe80:)/i;

/**
 * The host of each source beneath a framed word (`##### w1 #####`), by source number, where the word is a host's: a node or pod that
 * the bundle knows; else what has exactly one listed node's address beneath the word; else a name with a number, where no address
 * beneath it, or as the source of the kernel's own routes, is also beneath another word of the file, and there is another such.
 *
 * Innocent: `--- routes ---`, `=== before ===` and `=== after ===`: words over dumps of one host or of several.
 */
export function hostsOfSections(
  sources: readonly SourceRow[],
  names: NodeNames,
  addressedNode: ReadonlyMap<number, string>,
  { addresses, routes = [] }: Pick<NamingFacts, 'addresses' | 'routes'>,
): ReadonlyMap<number, string> {
  const files = new Map<number, Map<string, SourceRow[]>>();
  for (const source of sources) {
    if (source.section === undefined) continue;
    const words = files.get(source.artifact) ?? new Map<string, SourceRow[]>();
    files.set(source.artifact, words.set(source.section, [...(words.get(source.section) ?? []), source]));
  }
  const hosts = new Map<number, string>();
  if (files.size === 0) return hosts;
  const shown = new Map<number, Set<string>>();
  const show = (source: number, address: string): void => {
    const own = sources[source - 1]?.section === undefined ? undefined : (shown.get(source) ?? new Set());
    if (own !== undefined && !EVERYWHERE.test(address)) shown.set(source, own.add(address));
  };
  for (const { source, address } of addresses) show(source, address);
  // The kernel's own routes have the host's addresses as their source.
  for (const { source, src, proto } of routes) if (src !== undefined && proto === 'kernel') show(source, src);
  for (const words of files.values()) {
    const beneath = new Map(
      [...words].map(([word, rows]) => [
        word,
        new Set(
          rows.filter(({ netns }) => netns === undefined).flatMap(({ source }) => [...(shown.get(source) ?? [])]),
        ),
      ]),
    );
    const holders = new Map<string, number>();
    for (const found of beneath.values())
      for (const address of found) holders.set(address, (holders.get(address) ?? 0) + 1);
    const apart = [...beneath].filter(
      ([word, found]) => NUMBERED.test(word) && found.size > 0 && [...found].every((one) => holders.get(one) === 1),
    );
    for (const [word, rows] of words) {
      const nodes = new Set(rows.flatMap(({ source }) => addressedNode.get(source) ?? []));
      const host = names.knows(word)
        ? word
        : nodes.size === 1
          ? [...nodes][0]
          : apart.length > 1 && apart.some(([other]) => other === word)
            ? word
            : undefined;
      if (host !== undefined) for (const { source } of rows) hosts.set(source, host);
    }
  }
  return hosts;
}
