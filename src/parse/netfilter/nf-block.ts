import { parseIpv6 } from '../../core/address.js';
import { log } from '../../core/event/log.js';
import { nfChain, nfRule } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';
import type { Section } from '../parser.js';

/** What is known of an iptables dump before its rows are read. */
export interface DumpOrigin {
  backend?: 'legacy' | 'nft' | undefined;
  family?: 4 | 6 | undefined;
  /** The table as the text or an explicit `-t` names it. */
  table?: string | undefined;
  /** The command defaults to the filter table. */
  filterByDefault?: boolean | undefined;
  /** The table that the member's path suggests. */
  pathTable?: string | undefined;
}

export interface ChainRow {
  readonly chain: string;
  readonly policy?: string | undefined;
  readonly packets?: bigint | undefined;
  readonly bytes?: bigint | undefined;
  readonly at: Line;
}

export interface RuleRow {
  readonly chain: string;
  readonly spec: string;
  readonly target?: string | undefined;
  readonly goto: boolean;
  readonly comment?: string | undefined;
  readonly packets?: bigint | undefined;
  readonly bytes?: bigint | undefined;
  readonly at: Line;
}

const TABLE = /(filter|nat|mangle|raw|security)/;

/** Reads backend, family and table off the command line and the path of a dump. */
export function dumpOrigin(section: Section): DumpOrigin {
  const command = section.command ?? '';
  const file = section.path.slice(section.path.lastIndexOf('/') + 1);
  const both = `${command} ${file}`;
  const named = new RegExp(`(?:-t|--table)[ =_]*${TABLE.source}\\b`).exec(command.replaceAll('_', ' '))?.[1];
  return {
    backend: /tables6?-nft|nft-save/.test(both)
      ? 'nft'
      : /tables6?-legacy|legacy-save/.test(both)
        ? 'legacy'
        : undefined,
    family: /ip6tables|iptables6|ipv6.?tables/.test(both)
      ? 6
      : /\biptables/.test(command) || /ipv4.?tables/.test(file)
        ? 4
        : undefined,
    table: named,
    filterByDefault: named === undefined && /tables(-legacy|-nft)?\s/.test(`${command} `) && !/-save/.test(command),
    pathTable: /tables/.test(file) ? TABLE.exec(file.replace(/ip6?tables/, ''))?.[1] : undefined,
  };
}

/** Reads the warning that the nf_tables tools print when the legacy ones hold rules, too. */
export function readWarning(sink: Sink, text: string, at: Line): boolean {
  if (!/^# Warning: ip6?tables(-legacy)? tables present/.test(text)) return false;
  const message = text.slice(2);
  sink.emit(
    log,
    { component: 'iptables', level: 'warning', code: 'legacy-tables-present', time_kind: 'none', message },
    at,
  );
  return true;
}

/** Targets that the kernel or libxtables allows in one table only. */
const TARGET_TABLE = wordTable<string>({
  MASQUERADE: 'nat',
  SNAT: 'nat',
  DNAT: 'nat',
  REDIRECT: 'nat',
  NETMAP: 'nat',
  REJECT: 'filter',
  TPROXY: 'mangle',
  CHECKSUM: 'mangle',
  TTL: 'mangle',
  HL: 'mangle',
  DSCP: 'mangle',
  TOS: 'mangle',
  ECN: 'mangle',
  CLASSIFY: 'mangle',
  CT: 'raw',
  NOTRACK: 'raw',
  TRACE: 'raw',
});

/** Chains that network components create in one table only (their names are part of their interface). */
const CHAIN_TABLE: readonly (readonly [RegExp, string])[] = [
  [
    /^(KUBE-(POSTROUTING|MARK-MASQ|MARK-DROP|SVC-|SVL-|SEP-|EXT-|XLB-|FW-)|FLANNEL-POSTRTG$|CNI-|OLD_CILIUM_\w+_nat$|CILIUM_\w+_nat$|AWS-SNAT-CHAIN|AWS-CONNMARK-CHAIN)/,
    'nat',
  ],
  [/^(cali-(nat-outgoing|fip-[ds]nat)$|WEAVE$|IP-MASQ|KUBE-LOAD-BALANCER$)/, 'nat'],
  [
    /^(KUBE-(FORWARD|FIREWALL|EXTERNAL-SERVICES|PROXY-FIREWALL|ROUTER-|POD-FW-|NWPLCY-|IPVS-FILTER)|FLANNEL-FWD$|ufw6?-)/,
    'filter',
  ],
  [
    /^(DOCKER-(USER|ISOLATION|FORWARD|CT|BRIDGE|INGRESS$)|WEAVE-NPC|cali-(FORWARD|INPUT|wl-to-host|from-wl-dispatch|to-wl-dispatch|[ft]w-))/,
    'filter',
  ],
  [/^(OLD_)?CILIUM_\w+_mangle$/, 'mangle'],
  [/^((OLD_)?CILIUM_\w+_raw$|cali-rpf-skip$)/, 'raw'],
];

const BUILTIN = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const;

/** The table that has exactly these built-in chains (nat had no INPUT before Linux 2.6.34). */
function tableOfBuiltins(chains: ReadonlySet<string>): string | undefined {
  const signature = BUILTIN.map((name) => (chains.has(name) ? name[0]! + name[1]! : '')).join('');
  const known = wordTable<string>({
    INFOOU: 'filter',
    PRINOUPO: 'nat',
    PROUPO: 'nat',
    PRINFOOUPO: 'mangle',
    PROU: 'raw',
  });
  return known[signature];
}

function tableOfRule(rule: RuleRow): string | undefined {
  if (rule.target !== undefined && TARGET_TABLE[rule.target] !== undefined) return TARGET_TABLE[rule.target];
  for (const name of [rule.chain, rule.target ?? ''])
    for (const [pattern, table] of CHAIN_TABLE) if (pattern.test(name)) return table;
  return undefined;
}

function isIpv6(rule: RuleRow): boolean {
  if (/ipv6-icmp|icmpv6|icmp6/.test(rule.spec)) return true;
  return rule.spec.split(' ').some((word) => word.includes(':') && parseIpv6(word.replace(/\/.*/, '')) !== undefined);
}

/**
 * The rows of one table of an iptables dump, kept until the table is over: which table and family an excerpt belongs
 * to may only be told from all of its rows. What stays uncertain is said so: table `unknown`.
 */
export class NetfilterBlock {
  readonly #chains: ChainRow[] = [];
  readonly #rules: RuleRow[] = [];
  readonly #builtins = new Set<string>();
  #userChains = false;

  chain(row: ChainRow): void {
    if ((BUILTIN as readonly string[]).includes(row.chain)) this.#builtins.add(row.chain);
    else this.#userChains = true;
    this.#chains.push(row);
  }

  rule(row: RuleRow): void {
    this.#rules.push(row);
  }

  /** Built-in chains come first and in hook order: true when a chain of this name belongs to the next table. */
  isOver(chain: string): boolean {
    const hook = (BUILTIN as readonly string[]).indexOf(chain);
    return hook >= 0 && (this.#userChains || BUILTIN.slice(hook).some((name) => this.#builtins.has(name)));
  }

  get hasRules(): boolean {
    return this.#rules.length > 0;
  }

  get empty(): boolean {
    return this.#chains.length + this.#rules.length === 0;
  }

  /** Emits the rows and forgets them. */
  flush(sink: Sink, origin: DumpOrigin): void {
    const backend = origin.backend ?? 'unknown';
    const family = origin.family ?? (this.#rules.some(isIpv6) ? 6 : 4);
    const known =
      origin.table ??
      tableOfBuiltins(this.#builtins) ??
      (origin.filterByDefault ? 'filter' : undefined) ??
      origin.pathTable;
    const guessed = known === undefined ? this.#guess() : undefined;
    const tableOf = (chain: string, rule?: RuleRow) =>
      known ??
      (rule === undefined ? undefined : tableOfRule(rule)) ??
      guessed?.get(chain) ??
      guessed?.get(rule?.target ?? '') ??
      'unknown';
    for (const { at, ...row } of this.#chains)
      sink.emit(nfChain, { backend, family, table: tableOf(row.chain), ...row }, at);
    const positions = new Map<string, number>();
    for (const rule of this.#rules) {
      const { at, chain, ...row } = rule;
      const table = tableOf(chain, rule);
      const key = `${table} ${chain}`;
      const position = (positions.get(key) ?? 0) + 1;
      positions.set(key, position);
      sink.emit(nfRule, { backend, family, table, chain, position, ...row }, at);
    }
    this.#chains.length = 0;
    this.#rules.length = 0;
    this.#builtins.clear();
    this.#userChains = false;
  }

  /**
   * Excerpts: a user chain belongs to the table of its rules, and chains that jump to each other share a table.
   * Built-in chains are never guessed from a neighbour: a grep may have mixed tables.
   */
  #guess(): Map<string, string> {
    const tables = new Map<string, string>();
    const learn = (chain: string, table: string | undefined): boolean => {
      if (table === undefined || tables.has(chain) || (BUILTIN as readonly string[]).includes(chain)) return false;
      tables.set(chain, table);
      return true;
    };
    for (const { chain } of this.#chains) learn(chain, CHAIN_TABLE.find(([pattern]) => pattern.test(chain))?.[1]);
    for (const rule of this.#rules) learn(rule.chain, tableOfRule(rule));
    const declared = new Set([...this.#chains, ...this.#rules].map((row) => row.chain));
    for (let changed = true, rounds = 0; changed && rounds < 32; rounds++) {
      changed = false;
      for (const { chain, target } of this.#rules) {
        if (target === undefined || !declared.has(target)) continue;
        if (learn(chain, tables.get(target))) changed = true;
        if (learn(target, tables.get(chain))) changed = true;
      }
    }
    return tables;
  }
}
