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
  const rules = byPolicy(facts.networkPolicyRules);
  const peers = byPolicy(facts.networkPolicyPeers);
  const seen = new Set<string>();
  // Of several dumps the last counts, and an object more than the row of a table.
  const read = facts.networkPolicies.toReversed();
  return [...read.filter((row) => row.unread === undefined), ...read.filter((row) => row.unread !== undefined)]
    .flatMap((at): Policy[] => {
      const key = [at.maker, at.namespace ?? '', at.name].join(' ');
      if (seen.has(key)) return [];
      seen.add(key);
      const own = keyOf(at, at.name);
      return [
        {
          maker: at.maker === 'kubernetes' || at.maker === 'calico' ? at.maker : 'other',
          title: at.namespace === undefined ? at.name : `${at.namespace}/${at.name}`,
          namespace: at.namespace,
          understood: at.unread === undefined,
          at,
          rules: (direction) =>
            (rules.get(own) ?? [])
              .filter((rule) => rule.direction === direction)
              .sort((a, b) => a.rule - b.rule)
              .map((rule) =>
                ruleOf(
                  rule,
                  (peers.get(own) ?? []).filter((peer) => isOf(peer, rule)),
                ),
              ),
        },
      ];
    })
    .sort((a, b) => precedence(a) - precedence(b) || (a.title < b.title ? -1 : 1));
}

function byPolicy<R extends Parameters<typeof keyOf>[0] & { readonly policy: string }>(
  rows: readonly R[],
): ReadonlyMap<string, readonly R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const key = keyOf(row, row.policy);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** Rules and peers belong to the policy of the same dump. */
const keyOf = (
  row: { readonly source: number; readonly maker: string; readonly namespace?: string | undefined },
  policy: string,
): string => [row.source, row.maker, row.namespace ?? '', policy].join(' ');

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
