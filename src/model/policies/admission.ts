import { wordTable } from '../../core/word-table.js';
import type { Cluster } from '../cluster.js';
import { type PolicyPod, podWithAddress } from './labels.js';
import { means, namespaceSelected, type Peer, peerWith, podSelected } from './peer.js';
import type { Direction, Policy, PolicyRule } from './policies.js';
import { both, either, type Match } from './selector.js';

/** A connection as the policies of one of its ends see it. */
export interface Approach {
  /** Ingress: the pod is asked. Egress: the pod asks. */
  readonly direction: Direction;
  /** Address of the pod whose policies are asked, and of the other end; both after the translations of services. */
  readonly pod: string;
  readonly peer: string;
  /** IANA protocol number. */
  readonly proto: number;
  readonly dport?: number | undefined;
}

/** What the policies say of it. */
export type Admission =
  /** No policy selects the pod in this direction. */
  | { readonly kind: 'open' }
  | { readonly kind: 'allowed'; readonly by: Policy }
  /** `by` select the pod, and none of them allows it; or the first that matches denies it by `rule`. */
  | {
      readonly kind: 'denied';
      readonly by: readonly [Policy, ...Policy[]];
      readonly rule?: PolicyRule | undefined;
      readonly pod: PolicyPod;
      readonly peer: Peer;
    }
  | { readonly kind: 'unknown'; readonly missing: string };

type Outcome = 'open' | 'allowed' | 'denied';

/**
 * Whether the policies admit a connection. Kubernetes: a pod that any policy selects accepts what any of them allows, and nothing
 * else. Calico asks all policies in their order, and the first rule that matches decides; of Kubernetes' policies, which can only allow,
 * that gives the same. What hangs on labels that are not shown, or on words that are not understood, is unknown.
 */
export function admission(cluster: Cluster, policies: readonly Policy[], approach: Approach): Admission {
  const pod = podWithAddress(cluster, approach.pod);
  if (policies.length === 0) return { kind: 'open' };
  if (pod === undefined) return { kind: 'unknown', missing: `the pod with ${approach.pod}` };
  const peer = peerWith(cluster, approach.peer);
  const possible = new Set<Outcome>();
  const selecting: Policy[] = [];
  const allowed = (by: Policy): Admission => ({ kind: 'allowed', by });
  for (const policy of policies) {
    const selected = isFor(cluster, policy, pod, approach.direction);
    if (selected === false) continue;
    if (selected === true) selecting.push(policy);
    if (!policy.understood) {
      possible.add('allowed').add('denied');
      continue;
    }
    for (const rule of policy.rules(approach.direction)) {
      const matched = both(selected, matches(cluster, policy, rule, peer, approach));
      if (matched === false || rule.action === 'Log') continue;
      const outcome = rule.action === 'Allow' ? 'allowed' : 'denied';
      if (rule.action === 'other') possible.add('allowed').add('denied');
      else possible.add(outcome);
      if (matched === undefined || rule.action === 'other') continue;
      if (possible.size > 1) return unsure(pod, peer);
      return outcome === 'allowed' ? allowed(policy) : { kind: 'denied', by: [policy], rule, pod, peer };
    }
    if (selected === undefined) possible.add('denied');
  }
  const [first, ...rest] = selecting;
  possible.add(first === undefined ? 'open' : 'denied');
  if (possible.size > 1) return unsure(pod, peer);
  return first === undefined ? { kind: 'open' } : { kind: 'denied', by: [first, ...rest], pod, peer };
}

/** What most likely decides: labels of the pods and of their namespaces. */
function unsure(pod: PolicyPod, peer: Peer): Admission {
  const bare = [pod, peer.pod].flatMap((one) => (one !== undefined && one.shown === undefined ? [one.name] : []));
  const what = bare.length > 0 ? `the labels of pod ${bare.join(' and ')}` : 'the labels of the namespaces';
  return { kind: 'unknown', missing: what };
}

function isFor(cluster: Cluster, policy: Policy, pod: PolicyPod, direction: Direction): Match {
  if (!policy.at.types.some((type) => type.toLowerCase() === direction.toLowerCase())) return false;
  const inNamespace: Match =
    policy.namespace !== undefined
      ? pod.namespace === undefined
        ? undefined
        : pod.namespace === policy.namespace
      : policy.at.namespace_selector === undefined ||
        namespaceSelected(cluster, policy, policy.at.namespace_selector, pod.namespace);
  return both(inNamespace, podSelected(policy, policy.at.selector, pod));
}

function matches(cluster: Cluster, policy: Policy, rule: PolicyRule, peer: Peer, approach: Approach): Match {
  const ports = portFits(rule.ports, approach);
  if (!rule.understood) return both(undefined, ports);
  if (rule.peers === undefined) return ports;
  const fits = rule.peers.reduce<Match>((any, entry) => either(any, means(cluster, policy, entry, peer)), false);
  return both(fits, ports);
}

const PROTOCOLS = wordTable<number>({ TCP: 6, UDP: 17, SCTP: 132, ICMP: 1, ICMPV6: 58, UDPLITE: 136 });

/** Ports with a name are a container's, and not known. */
function portFits(ports: readonly string[] | undefined, { proto, dport }: Approach): Match {
  if (ports === undefined) return true;
  let fits: Match = false;
  for (const text of ports) {
    const [, name, first, last] = /^(\w+)(?:\/(\d+)(?:-(\d+))?)?$/.exec(text) ?? [];
    const named = first === undefined && text.includes('/');
    const number = PROTOCOLS[(name ?? text.split('/')[0]!).toUpperCase()] ?? Number(name);
    if (number !== proto) continue;
    const low = Number(first);
    const one: Match =
      named || (first !== undefined && dport === undefined)
        ? undefined
        : first === undefined || (dport! >= low && dport! <= Number(last ?? first));
    fits = either(fits, one);
  }
  return fits;
}
