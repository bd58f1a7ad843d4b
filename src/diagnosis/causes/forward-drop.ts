import type { Remedy } from '../../core/finding.js';
import type { Packet } from '../../model/journey/packet.js';
import { type Blame, blames, concerns, confidenceOf, decidedBy, routeBefore } from '../blame.js';
import { type Cause, type CauseDraft, found } from '../cause.js';
import { iptables, isPolicyChain, jumpsTo, type RuleInWords, ruleOf } from '../rule-words.js';
import { evidence, shownBy, subjects } from '../witness.js';

/**
 * FORWARD, by its policy or a rule of the host (docker, ufw, firewalld, an administrator), drops or rejects pod traffic.
 *
 * Physics: Docker sets the policy of FORWARD to DROP; distributions end the chain with REJECT icmp-host-prohibited. The CNI
 * has to accept the pod network in front of that; kubelet's and kube-proxy's rules accept only marked or known connections.
 *
 * Innocent: a chain made from a network policy (`network-policy-drop`); rules that drop INVALID; rules for other traffic.
 *
 * Proven: the rule decides the walk and the packets are seen to come in and not to go out. Likely: the rules alone.
 */
export const forwardDrop: Cause = {
  code: 'forward-drop',
  diagnose(given) {
    const drafts = blames(given, (walk, last) => {
      if (walk.disposition !== 'dropped-by-rule' && walk.disposition !== 'rejected-by-rule') return undefined;
      if (last.stage !== 'forward' || walk.by === undefined || isPolicyChain(walk.by.chain)) return undefined;
      return `${last.node} ${walk.by.table} ${walk.by.chain} ${walk.by.rule?.at.line ?? 'policy'}`;
    }).flatMap((blame): CauseDraft[] => {
      const rule = ruleOf(blame);
      return rule === undefined ? [] : [draft(blame, rule)];
    });
    return found(drafts);
  },
};

function draft(blame: Blame, rule: RuleInWords): CauseDraft {
  const { node, last } = blame;
  const { packet } = last;
  const what = rule.policy ? `the policy of ${rule.chain} is DROP` : `${rule.chain} has the rule ${rule.text}`;
  const rejects = blame.walk.disposition === 'rejected-by-rule';
  return {
    code: 'forward-drop',
    severity: 'critical',
    confidence: confidenceOf(blame),
    title: `${node} ${rejects ? 'rejects' : 'drops'} forwarded packets: ${what}`,
    summary: `On ${node}, ${what}, and nothing before it accepts packets such as ${packet.src} to ${packet.dst}, so pod traffic through ${node} is ${rejects ? 'rejected' : 'dropped'}.`,
    explanation: `Every packet between a pod and anything outside its node passes FORWARD of that node. ${rule.policy ? `No rule of ${rule.chain} accepts these, so its policy decides.` : 'The rule comes before any that accepts these.'} What ${node} sends itself does not pass FORWARD and works.`,
    subjects: subjects(node, rule.chain, packet.dst, packet.src, last.dev),
    count: blame.conversations.length,
    evidence: evidence(
      ...decidedBy(blame, rule.policy ? 'the policy that drops' : 'the rule that drops'),
      ...jumpsTo(blame),
      ...(routeBefore(blame.walk)?.at ?? []).map((at) => ({ role: 'where it should have gone', at })),
      ...shownBy(blame.symptoms),
    ),
    remedy: [remedyOf(node, rule, packet)],
    explains: (symptom) => concerns(blame, symptom),
  };
}

function remedyOf(node: string, rule: RuleInWords, packet: Packet): Remedy {
  const tool = iptables(rule, packet.family);
  return rule.policy
    ? {
        command: `${tool} -P ${rule.chain} ACCEPT    # on ${node}`,
        why: `nothing accepts the pods' packets before the policy of ${rule.chain}; to keep the policy, accept the pod network in front: ${tool} -I FORWARD -s POD_NETWORK -j ACCEPT; ${tool} -I FORWARD -d POD_NETWORK -j ACCEPT. Docker and ufw set the policy again at each start: make it lasting there`,
        verify: `${tool} -S FORWARD | head -1    # on ${node}; then try the connection again`,
        rollback: `${tool} -P ${rule.chain} DROP    # on ${node}`,
      }
    : {
        command: `${tool} -t ${rule.table} -D ${rule.text.slice(3)}    # on ${node}`,
        why: 'this rule takes the packets before any rule accepts them; find out who installs it (firewalld, ufw, a script), or it comes back',
        verify: `${tool} -t ${rule.table} -nvL ${rule.chain}    # on ${node}; then try the connection again`,
        rollback: `${tool} -t ${rule.table} -A ${rule.text.slice(3)}    # on ${node}`,
      };
}
