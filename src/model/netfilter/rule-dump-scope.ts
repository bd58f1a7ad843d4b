/** What a dump of rules was asked for: by that an absence in it counts or does not. */
export interface RuleDumpScope {
  /** One chain was asked for (`iptables -S FORWARD`, `nft list chain …`): nothing is said of the table's others. */
  readonly oneChain: boolean;
  /**
   * Every table that is there is printed. iptables-save asks /proc/net/ip_tables_names, or nf_tables, for them (iptables
   * `iptables/iptables-save.c`, do_output): one that is not printed is not loaded, and takes no packet.
   */
  readonly allTables: boolean;
}

const LISTS = /^(?:-[a-zA-Z]*[SL]|--list|--list-rules)$/;

/** Reads the command of a dump; without one nobody knows what was asked for. */
export function ruleDumpScope(command: string | undefined): RuleDumpScope {
  const [tool = '', ...words] = command?.trim().split(/\s+/) ?? [];
  if (tool === 'nft') return { oneChain: /\slist\s+(?!ruleset|tables?\b|chains\b)/.test(command!), allTables: false };
  if (/^ip6?tables(?:-legacy|-nft)?-save$/.test(tool))
    return { oneChain: false, allTables: words.every((word) => /^(?:-c|--counters)$/.test(word)) };
  const chain = words[words.findIndex((word) => LISTS.test(word)) + 1];
  return {
    oneChain: words.some((word) => LISTS.test(word)) && chain !== undefined && !chain.startsWith('-'),
    allTables: false,
  };
}
