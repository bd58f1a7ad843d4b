import type { Remedy } from '../core/finding.js';
import type { Packet } from '../model/journey/packet.js';
import type { RuleInWords } from './rule-words.js';

/**
 * Commands for rules in tables of nft's own language, which `iptables` neither shows nor takes away (nft(8), sections Rules and
 * Chains). A rule is taken away by its handle only, which `nft list` leaves out without `-a`.
 */

/** True for a rule in a table of nft's own language: those are named with their family (`inet firewalld`). */
export const isNativeRule = ({ table }: Pick<RuleInWords, 'table'>): boolean => table.includes(' ');

/** firewalld writes its table anew at each reload, so what is done by nft there is gone with it. */
export const isFirewalld = ({ table }: Pick<RuleInWords, 'table'>): boolean => /^(?:inet|ip6?) firewalld$/.test(table);

/** What shows the chain, with the handles of its rules. */
export const listNative = ({ table, chain }: RuleInWords): string => `nft -a list chain ${table} ${chain}`;

/** What takes a rule away, as often as it stands there; a policy is set to accept. */
export const takeNative = (rule: RuleInWords): readonly string[] =>
  rule.policy
    ? [policy(rule, 'accept')]
    : rule.places.map(() => `nft delete rule ${rule.table} ${rule.chain} handle HANDLE`);

/** What puts a rule back at a place of its chain, counted from 1; a policy is set to drop. */
export function putNative(rule: RuleInWords, place: number | undefined): string {
  if (rule.policy) return policy(rule, 'drop');
  const { table, chain, text } = rule;
  // `index` counts from 0, and `add` puts the rule behind the one that it names.
  return place === 1
    ? `nft 'insert rule ${table} ${chain} ${text}'`
    : `nft 'add rule ${table} ${chain} index ${place === undefined ? 'NUMBER' : place - 2} ${text}'`;
}

const policy = ({ table, chain }: RuleInWords, to: 'accept' | 'drop'): string =>
  `nft 'chain ${table} ${chain} { policy ${to} ; }'`;

/** Where a HANDLE of these commands is to be read. */
export const whereHandles = (rules: readonly RuleInWords[]): string =>
  [...new Set(rules.filter((rule) => isNativeRule(rule) && !rule.policy).map(listNative))].join('; ');

/** What a rule in front of one that drops is for. Whether a client from outside is meant to be served, no bundle tells. */
export const accepting = (stranger: string | undefined): string =>
  stranger === undefined
    ? "accepts the cluster's own traffic"
    : `if ${stranger} is meant to be served (else the firewall does its work, and nothing is wrong), this accepts it`;

/**
 * Accepts packets for a port of the node in front of a rule or policy that drops them: in that very chain, since every table of nft
 * has its say, whatever another one accepted. `peers` is a network or an address; undefined for all.
 */
export function acceptNatively(
  rule: RuleInWords,
  node: string,
  { family, proto }: Packet,
  to: {
    readonly peers: string | undefined;
    readonly side: 'saddr' | 'daddr';
    readonly port: string | undefined;
    readonly stranger?: string | undefined;
  },
): Remedy {
  const name = proto === 6 ? 'tcp' : proto === 17 ? 'udp' : undefined;
  const matches = [
    to.peers === undefined ? '' : `${family === 6 ? 'ip6' : 'ip'} ${to.side} ${to.peers} `,
    name === undefined
      ? `meta l4proto ${proto} `
      : to.port === undefined
        ? `meta l4proto ${name} `
        : `${name} ${to.port} `,
  ].join('');
  return {
    command: `nft 'insert rule ${rule.table} ${rule.chain} ${matches}accept'    # on ${node}`,
    why: `${accepting(to.stranger)} in front of ${rule.policy ? 'the policy' : `the rule ${rule.text}`}, in the table ${rule.table} itself: what iptables accepts is dropped there all the same. Write it down where that table comes from (/etc/nftables.conf, a script), or it is gone after the next start`,
    verify: `${listNative(rule)}    # on ${node}: the new rule comes first; then try the connection again`,
    rollback: `nft delete rule ${rule.table} ${rule.chain} handle HANDLE    # on ${node}; HANDLE: ${listNative(rule)}`,
  };
}
