import type { Cite } from '../core/finding.js';
import type { Host } from '../model/host/host.js';
import type { Walk } from '../model/journey/step.js';
import type { NfRule } from '../model/netfilter/ruleset.js';
import type { Blame } from './blame.js';
import type { Case } from './cause.js';
import { isNativeRule } from './native-rules.js';

/** The rule or policy that ended a walk, in words, and the command that takes it away. */
export interface RuleInWords {
  readonly chain: string;
  readonly table: string;
  /** The rule as iptables-save prints it, of nft's own tables as nft does; `-P CHAIN DROP` for a policy. */
  readonly text: string;
  readonly policy: boolean;
  /** Packets that the rule or policy counted, when the dump shows counters. */
  readonly packets?: bigint | number | undefined;
  readonly backend: 'legacy' | 'nft' | 'unknown';
  /**
   * Its places in the chain, from 1, as `iptables -I CHAIN NUMBER` takes them, in their order: a rule may stand there more than
   * once, and `iptables -D` takes away only the first. Undefined for places that an excerpt of the chain does not tell; empty
   * for a policy.
   */
  readonly places: readonly (number | undefined)[];
}

/** Words for what dropped the packets of a blame; undefined when no rule did. */
export function ruleOf(
  { hosts }: Pick<Case, 'hosts'>,
  { node, walk }: Pick<Blame, 'node' | 'walk'>,
): RuleInWords | undefined {
  const { by } = walk;
  if (by === undefined) return undefined;
  const row = by.rule?.at;
  return {
    chain: by.chain,
    table: by.table,
    text:
      row === undefined
        ? `-P ${by.chain} DROP`
        : isNativeRule(by)
          ? row.spec.replace(/^nft /, '')
          : `-A ${by.chain} ${row.spec}`,
    policy: row === undefined,
    packets: row?.packets,
    places: by.rule === undefined ? [] : placesOf(hosts.get(node), by.table, by.chain, by.rule),
    backend:
      row === undefined ? 'unknown' : row.backend === 'legacy' || row.backend === 'nft' ? row.backend : 'unknown',
  };
}

/** Where rules stand in the chain that read as this one. */
function placesOf(host: Host | undefined, table: string, name: string, rule: NfRule): readonly (number | undefined)[] {
  const chain = host?.rulesets
    .map(({ tables }) => tables.get(table)?.chains.get(name))
    .find((one) => one?.rules.includes(rule) === true);
  if (chain === undefined) return [undefined];
  return chain.rules.flatMap(({ at }, i) =>
    at.spec !== rule.at.spec ? [] : [chain.shown === 'whole' ? i + 1 : undefined],
  );
}

/** Chains that a network policy's engine makes: Calico's workload and policy chains, kube-router's, Cilium's, Weave's, Antrea's. */
export const isPolicyChain = (chain: string): boolean =>
  /^(cali-(pi|po|fw|tw|pro|pri)-|KUBE-(NWPLCY|POD-FW)-|CILIUM_|WEAVE-NPC|ANTREA-POL)/.test(chain);

/**
 * Chains in which kube-proxy refuses services: of iptables these, of nft all in its own table (kubernetes
 * `pkg/proxy/iptables/proxier.go`, `pkg/proxy/nftables/proxier.go`).
 */
export const isServiceChain = ({ chain, table }: Pick<RuleInWords, 'chain' | 'table'>): boolean =>
  /^ip6? kube-proxy$/.test(table) || /^KUBE-((EXTERNAL-)?SERVICES|NODEPORTS|PROXY-FIREWALL)$/.test(chain);

/**
 * A rule for packets whose source does not fit the device they came by (iptables-extensions(8) rpfilter, nft(8) fib): it is a
 * reverse-path filter, and what is wrong is the source or the way.
 */
export const asksReversePath = ({ rule }: NonNullable<Walk['by']>): boolean =>
  rule !== undefined && /-m rpfilter|\bfib\b/.test(rule.at.spec);

/** The tool's name for the rule's back end. */
export const iptables = (rule: Pick<RuleInWords, 'backend'>, family: 4 | 6): string =>
  `${family === 6 ? 'ip6tables' : 'iptables'}${rule.backend === 'legacy' ? '-legacy' : ''}`;

/** Lines of the chain jumps that led to the rule, nearest last. */
export function jumpsTo({ walk, last }: Blame): readonly Cite[] {
  return walk.steps
    .filter((step) => step.stage === last.stage && step.node === last.node && step.jumpsTo !== undefined)
    .slice(-3)
    .flatMap((step) => step.at.map((at): Cite => ({ role: 'the way to that rule', at })));
}
