import { type Peer, peerWith } from '../model/policies/peer.js';
import { type Direction, type Policy, policiesOf } from '../model/policies/policies.js';
import type { Blame } from './blame.js';
import type { Case } from './cause.js';

/** The policies that a pod's chain asked before it dropped the packets, and whom they were asked about. */
export interface AskedPolicies {
  readonly direction: Direction;
  readonly by: readonly [Policy, ...Policy[]];
  readonly peer: Peer;
}

/** Felix writes the policy's name on each of its rules (felix rules/policy.go, since Calico 3.20). */
const NAMED = /--comment "Policy (\S+) (ingress|egress)"/;

/** What Calico calls a Kubernetes policy: `NAMESPACE/knp.default.NAME`; its own are `[NAMESPACE/]default.NAME`, or without `default.`. */
const titleOf = (name: string): string => name.replace(/^([^/]+\/)?(?:knp\.default\.|default\.)/, '$1');

/**
 * Calico's chain of a pod's device jumps to one chain per policy, whose rules name it. Undefined where no policy object of that name is
 * in the bundle.
 */
export function policiesAsked({ cluster, facts }: Case, { walk, last, node }: Blame): AskedPolicies | undefined {
  const chain = walk.by?.chain;
  const here = facts.rules.filter((rule) => cluster.nodeOf(rule) === node);
  const asked = new Set(
    here.flatMap(({ chain: of, target }) =>
      of === chain && target !== undefined && /^cali-p[io]-/.test(target) ? [target] : [],
    ),
  );
  const names = here.flatMap((rule) => {
    const [, name, direction] = asked.has(rule.chain) ? (NAMED.exec(rule.spec) ?? []) : [];
    return name === undefined ? [] : [{ title: titleOf(name), direction }];
  });
  const [first] = names;
  if (first === undefined) return undefined;
  const [policy, ...others] = policiesOf(cluster).filter((p) => names.some(({ title }) => title === titleOf(p.title)));
  if (policy === undefined) return undefined;
  const direction = first.direction === 'ingress' ? 'Ingress' : 'Egress';
  const far = direction === 'Ingress' ? last.packet.src : last.packet.dst;
  return { direction, by: [policy, ...others], peer: peerWith(cluster, far) };
}
