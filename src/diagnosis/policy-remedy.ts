import type { Remedy } from '../core/finding.js';
import type { Peer } from '../model/policies/peer.js';
import type { Direction, Policy, PolicyRule } from '../model/policies/policies.js';

/** Who does not admit whom. */
interface Denied {
  readonly by: readonly [Policy, ...Policy[]];
  readonly peer: Peer;
  /** The rule that denies; absent where none allows. */
  readonly rule?: PolicyRule | undefined;
}

/** What lets a denied connection pass: the label that a rule of its policies asks for, else a rule of its own. */
export function policyRemedy(denied: Denied, direction: Direction, proto: number, dport: number | undefined): Remedy {
  return labelled(denied, direction) ?? ruled(denied, direction, proto, dport);
}

/** A rule allows pods with certain labels, which the peer has not. */
function labelled({ by, peer, rule }: Denied, direction: Direction): Remedy | undefined {
  const { pod } = peer;
  if (pod?.namespace === undefined || rule !== undefined) return undefined;
  for (const policy of by) {
    if (policy.maker !== 'kubernetes') continue;
    const wanted = policy
      .rules(direction)
      .flatMap((one) => one.peers ?? [])
      .filter((entry) => entry.namespace_selector === undefined && policy.namespace === pod.namespace)
      .map(({ selector }) => selector ?? '')
      .find((selector) => /^[\w./-]+=[\w.-]+(?:,[\w./-]+=[\w.-]+)*$/.test(selector));
    if (wanted === undefined) continue;
    const pairs = wanted.split(',').filter((pair) => {
      const [key, value] = pair.split('=') as [string, string];
      return pod.shown?.labels.get(key) !== value;
    });
    const keys = pairs.map((pair) => pair.split('=')[0]!);
    const overwrite = keys.some((key) => pod.shown?.labels.has(key)) ? ' --overwrite' : '';
    const undo = keys.map((key) => {
      const before = pod.shown?.labels.get(key);
      return before === undefined ? `${key}-` : `${key}=${before} --overwrite`;
    });
    return {
      command: `kubectl -n ${pod.namespace} label pod ${pod.name} ${pairs.join(' ')}${overwrite}`,
      why: `${policy.title} allows pods with ${wanted}. If ${pod.name} is meant to be one of them, its Deployment's template needs the label as well, or the next pod lacks it again; if such pods are not meant to connect, nothing is broken`,
      verify: `kubectl -n ${pod.namespace} get pod ${pod.name} --show-labels    # then try the connection again`,
      rollback: `kubectl -n ${pod.namespace} label pod ${pod.name} ${undo.join(' ')}`,
    };
  }
  return undefined;
}

const PROTOCOLS: Readonly<Record<number, string>> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' };

function ruled({ by, peer }: Denied, direction: Direction, proto: number, dport: number | undefined): Remedy {
  const [policy] = by;
  const port = dport === undefined || PROTOCOLS[proto] === undefined ? '' : ` and port ${dport} ${PROTOCOLS[proto]}`;
  const whom =
    peer.pod === undefined
      ? `the ipBlock ${peer.address ?? 'CLIENT'}/${peer.address?.includes(':') === true ? 128 : 32}`
      : `a podSelector for ${peer.pod.name}`;
  const resource = resourceOf(policy);
  return {
    command: `${resource.command} edit ${resource.name}    # add to spec.${direction.toLowerCase()} a rule with ${whom}${port}`,
    why: `${policy.title} selects the pod, and no rule allows this. Whether the policy or the traffic is wrong is for their owners to say`,
    verify: `${resource.command} get ${resource.name} -o yaml; then try the connection again`,
    rollback: `${resource.command} edit ${resource.name}    # take the rule out again`,
  };
}

function resourceOf({ maker, namespace, at }: Policy): { readonly command: string; readonly name: string } {
  if (maker === 'kubernetes')
    return { command: `kubectl -n ${namespace ?? 'default'}`, name: `networkpolicy ${at.name}` };
  return namespace === undefined
    ? { command: 'kubectl', name: `globalnetworkpolicies.crd.projectcalico.org ${at.name}` }
    : { command: `kubectl -n ${namespace}`, name: `networkpolicies.crd.projectcalico.org ${at.name}` };
}
