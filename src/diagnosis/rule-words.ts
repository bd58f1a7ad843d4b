import type { Cite } from '../core/finding.js';
import type { Host } from '../model/host/host.js';
import type { NfRule } from '../model/netfilter/ruleset.js';
import type { Blame } from './blame.js';
import type { Case } from './cause.js';

/** The rule or policy that ended a walk, in words, and the command that takes it away. */
export interface RuleInWords {
  readonly chain: string;
  readonly table: string;
  /** The rule as iptables-save prints it; `-P CHAIN DROP` for a policy. */
  readonly text: string;
  readonly policy: boolean;
  /** Packets that the rule or policy counted, when the dump shows counters. */
  readonly packets?: bigint | number | undefined;
  readonly backend: 'legacy' | 'nft' | 'unknown';
  /** Its number in the chain, from 1, as `iptables -I CHAIN NUMBER` takes it; absent where the chain is not shown as a whole. */
  readonly number?: number | undefined;
}

/** Words for what dropped the packets of a blame; undefined when no rule did. */
export function ruleOf({ hosts }: Pick<Case, 'hosts'>, { node, walk }: Blame): RuleInWords | undefined {
  const { by } = walk;
  if (by === undefined) return undefined;
  const row = by.rule?.at;
  return {
    chain: by.chain,
    table: by.table,
    text: row === undefined ? `-P ${by.chain} DROP` : `-A ${by.chain} ${row.spec}`,
    policy: row === undefined,
    packets: row?.packets,
    number: by.rule === undefined ? undefined : numberOf(hosts.get(node), by.table, by.chain, by.rule),
    backend:
      row === undefined ? 'unknown' : row.backend === 'legacy' || row.backend === 'nft' ? row.backend : 'unknown',
  };
}

/** The place of the first rule of the chain that reads as this one: the one that `iptables -D` takes away. */
function numberOf(host: Host | undefined, table: string, name: string, rule: NfRule): number | undefined {
  const chain = host?.rulesets
    .map(({ tables }) => tables.get(table)?.chains.get(name))
    .find((one) => one?.rules.includes(rule) === true);
  if (chain === undefined || chain.shown !== 'whole') return undefined;
  return chain.rules.findIndex(({ at }) => at.spec === rule.at.spec) + 1;
}

/** Chains that a network policy's engine makes: Calico's workload and policy chains, kube-router's, Cilium's, Weave's, Antrea's. */
export const isPolicyChain = (chain: string): boolean =>
  /^(cali-(pi|po|fw|tw|pro|pri)-|KUBE-(NWPLCY|POD-FW)-|CILIUM_|WEAVE-NPC|ANTREA-POL)/.test(chain);

/** Chains in which kube-proxy refuses services (kubernetes `pkg/proxy/iptables/proxier.go`, `pkg/proxy/nftables/proxier.go`). */
export const isServiceChain = (chain: string): boolean =>
  /^(KUBE-(EXTERNAL-)?SERVICES|KUBE-NODEPORTS|KUBE-PROXY-FIREWALL|service-endpoints-check|nodeport-endpoints-check|reject-chain)$/.test(
    chain,
  );

/** The tool's name for the rule's back end. */
export const iptables = (rule: RuleInWords, family: 4 | 6): string =>
  `${family === 6 ? 'ip6tables' : 'iptables'}${rule.backend === 'legacy' ? '-legacy' : ''}`;

/** Lines of the chain jumps that led to the rule, nearest last. */
export function jumpsTo({ walk, last }: Blame): readonly Cite[] {
  return walk.steps
    .filter((step) => step.stage === last.stage && step.node === last.node && step.jumpsTo !== undefined)
    .slice(-3)
    .flatMap((step) => step.at.map((at): Cite => ({ role: 'the way to that rule', at })));
}
