import type { CauseCode } from '../core/code.js';
import type { Cite, FindingDraft, Remedy, Severity } from '../core/finding.js';
import { contains, formatPrefix } from '../core/prefix.js';
import type { Missing } from '../model/journey/missing.js';
import type { Step, Walk } from '../model/journey/step.js';
import { type Blame, blames, concerns, confidenceOf, decidedBy, mayBeAccepted, routeBefore } from './blame.js';
import type { Case, CauseDraft } from './cause.js';
import { isNativeRule } from './native-rules.js';
import { type Prohibition, prohibitions } from './prohibited.js';
import { jumpsTo, type RuleInWords, ruleOf } from './rule-words.js';
import { evidence, shownBy, subjects } from './witness.js';

/** What a cause says of a rule that drops packets. */
export interface Telling {
  readonly code: CauseCode;
  readonly severity?: ((blame: Blame) => Severity) | undefined;
  /** The packets that die, in words: `forwarded packets`. */
  readonly what: (blame: Blame) => string;
  readonly explanation: (blame: Blame, rule: RuleInWords) => string;
  /** Names beside node, chain and addresses. */
  readonly subjects?: (blame: Blame) => readonly (string | undefined)[];
  /** Lines that say why the rule is there. */
  readonly reason?: (blame: Blame) => readonly Cite[];
  /** `others`: rules of the same node that have a finding, and so a remedy, of their own. */
  readonly remedy: (blame: Blame, rule: RuleInWords, others: readonly RuleInWords[]) => Remedy;
}

/** One draft per rule or policy that ends conversations where `mine` says so. */
export function droppingRules(
  given: Case,
  mine: (walk: Walk, last: Step) => boolean,
  telling: Telling,
): readonly CauseDraft[] {
  return blames(given, (walk, last) => {
    if (walk.disposition !== 'dropped-by-rule' && walk.disposition !== 'rejected-by-rule') return undefined;
    if (walk.by === undefined || !mine(walk, last)) return undefined;
    return `${last.node} ${walk.by.table} ${walk.by.chain} ${walk.by.rule?.at.line ?? 'policy'}`;
  })
    .filter((blame) => !mayBeAccepted(blame))
    .flatMap((blame) => {
      const rule = ruleOf(given, blame);
      return rule === undefined ? [] : [{ blame, rule }];
    })
    .map(({ blame, rule }, i, all): CauseDraft => {
      const others = all.filter((other, j) => j !== i && other.blame.node === blame.node).map((other) => other.rule);
      return { ...draft(blame, rule, telling, others), wants: rulesOf(given, blame.node) };
    });
}

function draft(blame: Blame, rule: RuleInWords, telling: Telling, others: readonly RuleInWords[]): CauseDraft {
  const { node, last } = blame;
  const packet = last.outer ?? last.packet;
  const inner = last.packet;
  const by = !rule.policy
    ? `${rule.chain}${isNativeRule(rule) ? ` of table ${rule.table}` : ''} has the rule ${rule.text}`
    : last.says.startsWith('the policy of')
      ? `the policy of ${rule.chain} is DROP`
      : last.says;
  const verb = blame.walk.disposition === 'rejected-by-rule' ? 'rejects' : 'drops';
  const carrying = last.outer === undefined ? '' : ` (carrying ${inner.src} to ${inner.dst})`;
  return {
    code: telling.code,
    severity: telling.severity?.(blame) ?? 'critical',
    confidence: confidenceOf(blame),
    title: `${node} ${verb} ${telling.what(blame)}: ${by}`,
    summary: `On ${node}, ${by}, which ${verb} ${telling.what(blame)} such as ${packet.src} to ${packet.dst}${packet.dport === undefined ? '' : ` port ${packet.dport}`}${carrying}.`,
    explanation: telling.explanation(blame, rule),
    subjects: subjects(
      node,
      rule.chain,
      packet.dst,
      packet.src,
      ...prefixesOf(rule),
      ...(telling.subjects?.(blame) ?? []),
      ...(last.outer === undefined ? [] : [inner.dst, inner.src]),
      last.dev,
    ),
    count: blame.conversations.length,
    evidence: evidence(
      ...decidedBy(blame, rule.policy ? 'the policy that drops' : 'the rule that drops'),
      ...jumpsTo(blame),
      ...(telling.reason?.(blame) ?? []),
      ...meant(routeBefore(blame.walk)),
      ...shownBy(blame.symptoms),
      ...blame.ground,
    ),
    remedy: [telling.remedy(blame, rule, others)],
    explains: (symptom) => concerns(blame, symptom),
  };
}

/** The rules themselves, where only ufw, firewalld or an ICMP error tells of them. */
const rulesOf = ({ hosts }: Case, node: string): readonly Missing[] =>
  (hosts.get(node)?.rulesets.length ?? 0) > 0
    ? []
    : [{ what: `the rules of ${node}`, collect: `iptables-save -c; nft list ruleset    # on ${node}` }];

/** Where the packets should have gone: by a route; or to the node itself, as its address tells. */
const meant = (route: Step | undefined): readonly Cite[] =>
  (route?.at ?? []).map((at) => ({ role: `where it should have gone: ${route!.says}`, at }));

/** The networks that a rule is for; a host of its own is named without its length. */
const prefixesOf = ({ text }: RuleInWords): readonly string[] =>
  [...text.matchAll(/(?<!!) -[sd] (\S+)/g)].map(([, prefix]) => prefix!.replace(/\/(?:32|128)$/, ''));

/**
 * Drafts for nodes that say themselves that a rule of theirs rejects packets, where no rule that was read explains it:
 * likely, for the error leaves no doubt about who rejects, but the rule is not known.
 */
export async function prohibiting(
  given: Case,
  kind: Prohibition['kind'],
  telling: Pick<Telling, 'code'> & { readonly what: (p: Prohibition) => string; readonly hook: string },
  known: readonly CauseDraft[],
): Promise<readonly CauseDraft[]> {
  const byNode = new Map<string, Prohibition[]>();
  for (const p of await prohibitions(given)) {
    if (p.kind === kind && !known.some((draft) => draft.subjects.includes(p.node)))
      byNode.set(p.node, [...(byNode.get(p.node) ?? []), p]);
  }
  return [...byNode].map(([node, all]): CauseDraft => {
    const [first] = all as [Prohibition, ...Prohibition[]];
    const concerned = (symptom: FindingDraft): boolean =>
      (symptom.flows?.length ?? 0) > 0 &&
      symptom.flows!.every((flow) =>
        kind === 'envelope'
          ? given.cluster.owner(flow.dst).node === node || given.cluster.owner(flow.src).node === node
          : all.some((p) => p.src === flow.src && p.dst === flow.dst),
      );
    return {
      code: telling.code,
      severity: 'critical',
      confidence: 'likely',
      title: `${node} rejects ${telling.what(first)}`,
      summary: `${node} answers ${telling.what(first)} from ${first.src} to ${first.dst}${first.dport === undefined ? '' : ` port ${first.dport}`} with ICMP administratively prohibited: a rule in its ${telling.hook} rejects them.`,
      explanation: `The error comes from an address of ${node} itself, so the packets get there, and a firewall rule on ${node} rejects them. Its rules are not in the bundle, or those that are do not explain it; usually REJECT --reject-with icmp-host-prohibited at the end of ${telling.hook} (firewalld, or the default rules of RHEL and CentOS).`,
      subjects: subjects(node, first.dst, first.src, first.dport?.toString(), telling.hook),
      count: all.reduce((sum, p) => sum + p.count, 0),
      evidence: evidence(...first.cites, ...all.slice(1).flatMap((p) => p.cites)),
      remedy: withoutRejection(given, first, telling.hook),
      wants: rulesOf(given, node),
      explains: concerned,
    };
  });
}

/** The rule by its effect, where its line is not in the bundle; for what is for the node itself, a rule in front of it. */
function withoutRejection(given: Case, p: Prohibition, hook: string): readonly Remedy[] {
  const { node, dst, src, dport, rejectWith } = p;
  const tool = src.includes(':') ? 'ip6tables' : 'iptables';
  const see = `${tool} -nvL ${hook} --line-numbers    # on ${node}: the counter of the rule that rejects stands still; then try the connection again`;
  if (p.kind === 'forwarded') {
    return [
      {
        command: `${tool} -D ${hook} -j REJECT --reject-with ${rejectWith}    # on ${node}`,
        why: `that is the rule by its effect; ${tool} -nL ${hook} --line-numbers shows it as it is, with its number: note it, the undo needs it. Find out who installs it (firewalld, the default rules of RHEL), or it comes back`,
        verify: see,
        rollback: `${tool} -I ${hook} NUMBER -j REJECT --reject-with ${rejectWith}    # on ${node}; the bundle does not show which NUMBER it had: ${tool} -nL ${hook} --line-numbers, before it is taken away`,
      },
    ];
  }
  const port = dport === undefined ? '' : ` -p ${p.tcp ? 'tcp' : 'udp'} --dport ${dport}`;
  const accept = `${networkOf(given, node, src)}${port} -j ACCEPT`;
  return [
    {
      command: `${tool} -I ${hook} 1 -s ${accept}    # on ${node}; with firewalld: firewall-cmd --permanent --add-port=${dport ?? 'PORT'}/${p.tcp ? 'tcp' : 'udp'} && firewall-cmd --reload`,
      why: `the rule that rejects (--reject-with ${rejectWith}) is not in the bundle; this accepts the nodes' own network in front of it`,
      verify: see,
      rollback: `${tool} -D ${hook} -s ${accept}    # on ${node}`,
    },
    {
      command: `${tool} -S ${hook} | grep -n REJECT    # on ${node}`,
      why: `to see the rule itself; what rejects at ${dst} may be meant for others`,
      verify: see,
      rollback: 'none needed: it only looks',
    },
  ];
}

/** The network of the node's that a peer's address is in, so that the peers' rule is one; else the address itself. */
export function networkOf(given: Case, node: string, address: string): string {
  const host = given.hosts.get(node);
  const family = address.includes(':') ? 6 : 4;
  const own = host?.addresses[family].value.find(
    (a) => host.devices.get(a.ifname)?.role === 'uplink' && a.prefix.length > 0 && contains(a.prefix, address),
  );
  return own === undefined ? address : formatPrefix(own.prefix);
}
