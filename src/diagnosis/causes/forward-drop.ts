import type { Walk } from '../../model/journey/step.js';
import { type Cause, found } from '../cause.js';
import { droppingRules, prohibiting } from '../dropping-rule.js';
import { dropsBehind } from '../drops-behind.js';
import { isNativeRule } from '../native-rules.js';
import { iptables, isPolicyChain, isServiceChain, type RuleInWords } from '../rule-words.js';
import { withoutRules } from '../without-rules.js';

/** Chains that the CNI and kube-proxy write anew: other causes speak of them. */
const isOthers = (by: Pick<RuleInWords, 'chain' | 'table'>): boolean => isPolicyChain(by.chain) || isServiceChain(by);

/**
 * A rule for packets that conntrack cannot place, as kube-proxy, Calico and distributions have: it meets an answer of which the host has not
 * seen the question. That this comes by here at all is the fault.
 */
const dropsInvalid = ({ rule }: NonNullable<Walk['by']>): boolean =>
  rule !== undefined && /(?<!! )(?:--(?:ct)?state|ct state) [\w,]*\binvalid\b/i.test(rule.at.spec);

/**
 * FORWARD, by its policy or a rule of the host (docker, ufw, firewalld, an administrator), drops or rejects pod traffic.
 *
 * Physics: Docker sets the policy of FORWARD to DROP; distributions end the chain with REJECT icmp-host-prohibited. The CNI
 * has to accept the pod network in front of that; kubelet's and kube-proxy's rules accept only marked or known connections.
 *
 * Innocent: a chain made from a network policy (`network-policy-drop`); kube-proxy's, which refuse services; rules
 * that drop INVALID (`dropsInvalid`); rules for other traffic.
 *
 * Proven: the rule decides the walk and the packets are seen to come in and not to go out. Likely: the rules alone.
 */
export const forwardDrop: Cause = {
  code: 'forward-drop',
  async diagnose(given) {
    const ruled = droppingRules(
      given,
      (walk, last) => last.stage === 'forward' && !isOthers(walk.by!) && !dropsInvalid(walk.by!),
      {
        code: 'forward-drop',
        what: () => 'forwarded packets',
        explanation: ({ node }, rule) =>
          `Every packet between a pod and anything outside its node passes FORWARD of that node. ${rule.policy ? `No rule of ${rule.chain} accepts these, so its policy decides.` : 'The rule comes before any that accepts these.'} What ${node} sends itself does not pass FORWARD and works.`,
        remedy: (blame, rule, others) => {
          const { node, last } = blame;
          const tool = iptables(rule, last.packet.family);
          const behind = dropsBehind(given, blame);
          return rule.policy && behind.length === 0 && !isNativeRule(rule)
            ? {
                command: `${tool} -P ${rule.chain} ACCEPT    # on ${node}`,
                why: `nothing accepts the pods' packets before the policy of ${rule.chain}; to keep the policy, accept the pod network in front of it: ${tool} -I FORWARD -s POD_NETWORK -j ACCEPT and ${tool} -I FORWARD -d POD_NETWORK -j ACCEPT. Docker and ufw set the policy again at each start: change it there as well`,
                verify: `${tool} -S FORWARD | head -1    # on ${node}; then try the connection again`,
                rollback: `${tool} -P ${rule.chain} DROP    # on ${node}`,
              }
            : withoutRules(node, rule, { behind, others }, last.packet);
        },
      },
    );
    const told = await prohibiting(
      given,
      'forwarded',
      { code: 'forward-drop', what: () => 'forwarded packets', hook: 'FORWARD' },
      ruled,
    );
    return found([...ruled, ...told]);
  },
};
