import type { networkPolicy, policyPeer, policyRule } from '../../core/event/policy.js';
import type { Cluster } from '../cluster.js';
import type { Fact } from '../facts.js';

export type Direction = 'Ingress' | 'Egress';

export interface PolicyRule {
  readonly action: 'Allow' | 'Deny' | 'Log' | 'other';
  /** Absent: everybody. */
  readonly peers: readonly Fact<typeof policyPeer>[] | undefined;
  /** Absent: all protocols and ports. */
  readonly ports: readonly string[] | undefined;
  readonly understood: boolean;
  readonly at: Fact<typeof policyRule>;
}

export interface Policy {
  readonly maker: 'kubernetes' | 'calico' | 'other';
  /** `namespace/name`, or the name of a policy of the whole cluster. */
  readonly title: string;
  readonly namespace: string | undefined;
  readonly understood: boolean;
  readonly at: Fact<typeof networkPolicy>;
  /** In the order in which they are asked. */
  rules(direction: Direction): readonly PolicyRule[];
}

/** Calico asks Kubernetes' policies at this place among its own (libcalico-go lib/backend/k8s/conversion, 1000). */
const KUBERNETES_PRECEDENCE = 1000;

/** All policies of the bundle, in the order in which Calico asks them; to Kubernetes' own the order means nothing. */
export function policiesOf({ facts }: Cluster): readonly Policy[] {
  const precedence = ({ at, maker }: Policy): number =>
    maker === 'calico' ? (at.precedence ?? Number.POSITIVE_INFINITY) : KUBERNETES_PRECEDENCE;
  const seen = new Set<string>();
  // Of several dumps the last counts, and an object more than the row of a table.
  const read = facts.networkPolicies.toReversed();
  return [...read.filter((row) => row.unread === undefined), ...read.filter((row) => row.unread !== undefined)]
    .flatMap((at): Policy[] => {
      const key = [at.maker, at.namespace ?? '', at.name].join(' ');
      if (seen.has(key)) return [];
      seen.add(key);
      const mine = (row: { source: number; maker: string; namespace?: string | undefined; policy: string }): boolean =>
        row.source === at.source &&
        row.maker === at.maker &&
        row.policy === at.name &&
        (row.namespace ?? '') === (at.namespace ?? '');
      return [
        {
          maker: at.maker === 'kubernetes' || at.maker === 'calico' ? at.maker : 'other',
          title: at.namespace === undefined ? at.name : `${at.namespace}/${at.name}`,
          namespace: at.namespace,
          understood: at.unread === undefined,
          at,
          rules: (direction) =>
            facts.networkPolicyRules
              .filter((rule) => mine(rule) && rule.direction === direction)
              .sort((a, b) => a.rule - b.rule)
              .map((rule) =>
                ruleOf(
                  rule,
                  facts.networkPolicyPeers.filter((p) => mine(p) && isOf(p, rule)),
                ),
              ),
        },
      ];
    })
    .sort((a, b) => precedence(a) - precedence(b) || (a.title < b.title ? -1 : 1));
}

const isOf = (peer: Fact<typeof policyPeer>, { direction, rule }: Fact<typeof policyRule>): boolean =>
  peer.direction === direction && peer.rule === rule;

function ruleOf(at: Fact<typeof policyRule>, peers: readonly Fact<typeof policyPeer>[]): PolicyRule {
  return {
    action: at.action === 'Allow' || at.action === 'Deny' || at.action === 'Log' ? at.action : 'other',
    peers: at.peers === 0 ? undefined : peers,
    ports: at.ports,
    // A peer whose line was lost must not make the rule stricter than it is.
    understood: at.unread === undefined && (at.peers === 0 || peers.length === at.peers),
    at,
  };
}
