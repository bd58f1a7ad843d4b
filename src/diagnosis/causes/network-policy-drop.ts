import { type Cause, found } from '../cause.js';
import { droppingRules } from '../dropping-rule.js';
import { isPolicyChain } from '../rule-words.js';

/**
 * A network policy drops the packets: Calico's workload and policy chains, kube-router's, Weave's.
 *
 * Physics: a pod that any policy selects accepts only what one of its policies allows; the chain of its interface ends with
 * DROP. The same holds for what it may send.
 *
 * Innocent: a policy that forbids what nobody tried, or what should not work: only a conversation that was tried and failed
 * counts, and whether the policy is right is its author's to say.
 *
 * Proven: the chain decides the walk and the packets are seen to come that far. Likely: the chain with the failed conversation.
 */
export const networkPolicyDrop: Cause = {
  code: 'network-policy-drop',
  diagnose: (given) =>
    found(
      droppingRules({ ...given, standing: [] }, (walk) => isPolicyChain(walk.by!.chain), {
        code: 'network-policy-drop',
        what: ({ last }) => `packets that no network policy allows (to ${last.packet.dst})`,
        explanation: ({ node }, rule) =>
          `${rule.chain} on ${node} is made from network policies: a pod that a policy selects accepts, or sends, only what one of its policies allows. The comments of the chain's rules name the policies that were asked. Whether the policy or the traffic is wrong is for their owners to say.`,
        remedy: ({ last }, rule) => ({
          command: `kubectl get networkpolicies -A -o yaml    # find the policies that select the pod with ${last.packet.dst} or ${last.packet.src}, and allow ${last.packet.src} -> ${last.packet.dst}${last.packet.dport === undefined ? '' : ` port ${last.packet.dport}`} in one of them`,
          why: `${rule.chain} is written by the policy engine and comes back: the policy must be changed, not the rule`,
          verify: 'try the connection again; the counter of the rule that drops stays as it is',
          rollback: 'kubectl apply -f POLICY_AS_IT_WAS.yaml',
        }),
      }),
    ),
};
