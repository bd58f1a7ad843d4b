import type { Remedy } from '../core/finding.js';
import type { Packet } from '../model/journey/packet.js';
import { isFirewalld, isNativeRule, listNative, putNative, takeNative, whereHandles } from './native-rules.js';
import { iptables, isPolicyChain, isServiceChain, type RuleInWords } from './rule-words.js';

const toolOf = (rule: RuleInWords, { family }: Packet): string =>
  `${iptables(rule, family)}${rule.table === 'filter' ? '' : ` -t ${rule.table}`}`;

/** What takes one rule away, as often as it stands there; a policy is set to ACCEPT. */
const taking = (rule: RuleInWords, packet: Packet): readonly string[] => {
  const tool = toolOf(rule, packet);
  if (isNativeRule(rule)) return takeNative(rule);
  return rule.policy ? [`${tool} -P ${rule.chain} ACCEPT`] : rule.places.map(() => `${tool} -D ${rule.text.slice(3)}`);
};

/** What shows the chain as it is, with numbers or handles. */
const listing = (rule: RuleInWords, packet: Packet): string =>
  isNativeRule(rule) ? listNative(rule) : `${toolOf(rule, packet)} -nvL ${rule.chain}`;

/**
 * Puts rules back where they were, in the order of their places, also those of different rules in one chain: at the end of the chain a
 * rule would come after what accepts or drops before it.
 */
function putBack(rules: readonly RuleInWords[], packet: Packet, node: string): string {
  const each = rules.flatMap((rule) => {
    if (isNativeRule(rule))
      return (rule.policy ? [0] : rule.places).map((place) => ({ place, typed: putNative(rule, place) }));
    const tool = toolOf(rule, packet);
    const spec = rule.text.replace(/^-A \S+ ?/, '');
    return rule.policy
      ? [{ place: 0, typed: `${tool} -P ${rule.chain} DROP` }]
      : rule.places.map((place) => ({ place, typed: `${tool} -I ${rule.chain} ${place ?? 'NUMBER'} ${spec}` }));
  });
  const typed = each
    .sort((a, b) => (a.place ?? Number.POSITIVE_INFINITY) - (b.place ?? Number.POSITIVE_INFINITY))
    .map((one) => one.typed)
    .join(' && ');
  const lost = rules.filter(({ places }) => places.includes(undefined));
  if (lost.length === 0)
    return `${typed}    # on ${node}${rules.every((rule) => rule.policy) ? '' : `, where ${rules.length > 1 ? 'they were' : 'it was'}`}`;
  const looks = [
    ...new Set(
      lost.map((rule) =>
        isNativeRule(rule)
          ? `${listNative(rule)} (counted from 0, the one before it)`
          : `${toolOf(rule, packet)} -nL ${rule.chain} --line-numbers`,
      ),
    ),
  ];
  return `${typed}    # on ${node}; the bundle does not show which NUMBER it had: ${looks.join('; ')}, before anything is taken away`;
}

/** What else would drop the packets once a rule is gone, in the order in which they would meet it. */
export interface Behind {
  readonly behind: readonly RuleInWords[];
  /** Rules that have a remedy of their own: none is taken away twice. */
  readonly others: readonly RuleInWords[];
}

/**
 * The commands that take away a rule, or set a policy to ACCEPT, with those behind it that drop the same packets; and those that undo it.
 * What others write anew, or another finding takes away, is named.
 */
export function withoutRules(node: string, rule: RuleInWords, { behind, others }: Behind, packet: Packet): Remedy {
  if (isFirewalld(rule)) return trusted(node);
  const isTheirs = (one: RuleInWords): boolean => isPolicyChain(one.chain) || isServiceChain(one);
  const isElsewhere = (one: RuleInWords): boolean =>
    others.some((other) => other.table === one.table && other.text === one.text);
  const gone = behind.filter((one) => !isTheirs(one) && !isElsewhere(one));
  const rules = [rule, ...gone];
  const looks = [...new Set(rules.map((one) => listing(one, packet)))];
  const handles = whereHandles(rules);
  const notes = [
    ...(rule.places.length > 1
      ? [
          `it stands there ${rule.places.length} times, and each ${isNativeRule(rule) ? 'command' : '-D'} takes one away`,
        ]
      : []),
    ...(handles === '' ? [] : [`HANDLE stands at the end of its line: ${handles}`]),
    ...(gone.length > 0
      ? [
          `without it ${gone.map(named).join(', then ')} would drop them, so the command takes ${gone.length > 1 ? 'those' : 'that'} away as well`,
        ]
      : []),
    ...behind
      .filter(isElsewhere)
      .map((one) => `then ${named(one)} still drops them, until the remedy of its own finding is done as well`),
    ...behind
      .filter((one) => isTheirs(one) && !isElsewhere(one))
      .map(
        (one) =>
          `then ${named(one)} still drops them, and what wrote it would write it again: ${listing(one, packet)} shows it`,
      ),
  ].map((note) => `; ${note}`);
  return {
    command: `${rules.flatMap((one) => taking(one, packet)).join(' && ')}    # on ${node}`,
    why: rule.policy
      ? `nothing accepts these packets before the policy of ${rule.chain}${notes.join('')}; to keep the policy, accept them in front of it with ${isNativeRule(rule) ? `nft insert rule ${rule.table} ${rule.chain}` : `${toolOf(rule, packet)} -I ${rule.chain}`}`
      : `this rule takes the packets before any rule accepts them${notes.join('')}; find out who installs it (firewalld, ufw, a script), or it comes back`,
    verify: `${looks.join('; ')}    # on ${node}; then try the connection again`,
    rollback: putBack(rules, packet, node),
  };
}

/** firewalld lets through what comes from a network of its zone trusted (firewalld.zones(5)), and keeps that. */
const trusted = (node: string): Remedy => ({
  command: `firewall-cmd --permanent --zone=trusted --add-source=POD_NETWORK && firewall-cmd --reload    # on ${node}`,
  why: 'firewalld writes its table anew at each reload, so nothing is taken away by hand there. POD_NETWORK: the network of all pods (kubectl cluster-info dump | grep -m1 cluster-cidr); the service network and, for clients outside, their own networks need the same',
  verify: `firewall-cmd --zone=trusted --list-sources    # on ${node}; then try the connection again`,
  rollback: `firewall-cmd --permanent --zone=trusted --remove-source=POD_NETWORK && firewall-cmd --reload    # on ${node}`,
});

const named = ({ policy, chain, text }: RuleInWords): string =>
  policy ? `the policy of ${chain}` : `the rule ${text}`;
