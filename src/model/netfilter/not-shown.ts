import type { Host } from '../host/host.js';
import type { Missing } from '../journey/missing.js';
import type { Packet } from '../journey/packet.js';
import { tablesAt } from './base-chains.js';
import type { Literal } from './conditions.js';
import type { Crossing } from './passage.js';
import { isNative } from './ruleset.js';

const saveOf = (family: 4 | 6): string =>
  family === 6
    ? 'ip6tables-save; ip6tables-legacy-save; nft list ruleset'
    : 'iptables-save; iptables-legacy-save; nft list ruleset';

/** What is missing when no dump of the family is there at all. */
export const noDump = (host: Host, family: 4 | 6): Missing => ({
  what: `the ${family === 6 ? 'IPv6 ' : ''}netfilter rules of ${host.name}`,
  collect: `${saveOf(family)}    # on ${host.name}`,
});

/** What is taken for granted at a hook: tables that no dump shows (one of several tables would have), chains that are cut. */
export function tablesNotShown(host: Host, { hook, packet }: Crossing): readonly Literal[] {
  const rulesets = host.rulesets.filter((ruleset) => ruleset.family === packet.family);
  const tables = rulesets.flatMap((ruleset) => [...ruleset.tables.values()]).filter((table) => !isNative(table));
  const hidden = rulesets
    .filter((ruleset) => ruleset.tables.size === 0)
    .map(({ backend, family }) => {
      const save = `${family === 6 ? 'ip6tables' : 'iptables'}-${backend}-save    # on ${host.name}`;
      return notShown(host, family, `the ${backend} tables of iptables`, save);
    });
  if (hidden.length > 0) return [...hidden, ...missingChains(host, hook, packet)];
  if (rulesets.some((ruleset) => ruleset.allTables)) return missingChains(host, hook, packet);
  const perSource = new Map<number, number>();
  for (const table of tables.filter((one) => one.shown === 'whole'))
    for (const source of table.sources) perSource.set(source, (perSource.get(source) ?? 0) + 1);
  if ([...perSource.values()].some((count) => count > 1)) return missingChains(host, hook, packet);
  if (tables.length === 0) return [notShown(host, packet.family, "iptables' own tables")];
  return [
    ...missingChains(host, hook, packet),
    ...tablesAt(hook)
      .filter((name) => !tables.some((table) => table.name === name))
      .map((name) => notShown(host, packet.family, `the ${name} table`)),
  ];
}

/** Tables that are shown in part, without this hook's chain. */
function missingChains(host: Host, hook: Crossing['hook'], { family }: Packet): readonly Literal[] {
  return host.rulesets
    .filter((ruleset) => ruleset.family === family)
    .flatMap((ruleset) => [...ruleset.tables.values()])
    .filter((table) => table.shown === 'part' && tablesAt(hook).includes(table.name) && !table.chains.has(hook))
    .map((table) => notShown(host, family, `chain ${hook} of the ${table.name} table`));
}

const notShown = (
  host: Host,
  family: 4 | 6,
  what: string,
  collect = `${saveOf(family)}    # on ${host.name}`,
): Literal => ({
  id: `not shown: ${what}`,
  yes: true,
  missing: { what: `${what} of ${host.name}`, collect },
  choice: false,
});
