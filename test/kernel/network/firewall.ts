const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** Rules to be, of one back end: written down in any order, printed as `iptables-restore` wants them. */
export class Firewall {
  readonly #tables = new Map<
    string,
    { readonly policies: Map<string, string>; readonly rules: Map<string, string[]> }
  >();

  get empty(): boolean {
    return this.#tables.size === 0;
  }

  policy(table: string, chain: string, policy: 'ACCEPT' | 'DROP'): void {
    this.#table(table).policies.set(chain, policy);
  }

  chain(table: string, chain: string): void {
    this.#rules(table, chain);
  }

  append(table: string, chain: string, ...rules: readonly string[]): void {
    this.#rules(table, chain).push(...rules);
  }

  insert(table: string, chain: string, rule: string): void {
    this.#rules(table, chain).unshift(rule);
  }

  render(): string {
    let text = '';
    for (const [table, { policies, rules }] of this.#tables) {
      text += `*${table}\n`;
      for (const [chain, policy] of policies) text += `:${chain} ${policy} [0:0]\n`;
      for (const [chain, list] of rules) for (const rule of list) text += `-A ${chain} ${rule}\n`;
      text += 'COMMIT\n';
    }
    return text;
  }

  #table(name: string) {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = { policies: new Map(BUILT_IN[name]!.map((chain) => [chain, 'ACCEPT'])), rules: new Map() };
      this.#tables.set(name, table);
    }
    return table;
  }

  #rules(table: string, chain: string): string[] {
    const { policies, rules } = this.#table(table);
    if (!policies.has(chain)) policies.set(chain, '-');
    let list = rules.get(chain);
    if (list === undefined) {
      list = [];
      rules.set(chain, list);
    }
    return list;
  }
}
