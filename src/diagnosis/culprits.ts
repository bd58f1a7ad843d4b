import type { CauseCode } from '../core/code.js';
import type { CauseDraft } from './cause.js';

/**
 * Which of the nodes that a cause names are at fault. first: the one that its subjects name first; the others are whom it
 * cannot reach. every: all of them share the fault. none: it lies in the cluster's settings, in a service, or between nodes.
 */
const AT_FAULT: Readonly<Record<CauseCode, 'first' | 'every' | 'none'>> = {
  'pod-cidr-mismatch': 'none',
  'pod-cidr-not-assigned': 'every',
  'duplicate-pod-cidr': 'every',
  'duplicate-pod-ip': 'every',
  'duplicate-node-address': 'every',
  'node-address-mismatch': 'first',
  'cidr-overlap': 'none',
  'ippool-overlaps-node-network': 'none',
  'pod-range-exhausted': 'every',
  'stale-bridge-address': 'first',
  'vtep-address-unreachable': 'first',
  'wrong-overlay-interface': 'every',
  'overlay-port-blocked': 'first',
  'stale-vtep': 'first',
  'duplicate-vtep-mac': 'every',
  'overlay-parameter-mismatch': 'first',
  'vxlan-checksum-offload': 'first',
  'overlay-source-address': 'first',
  'mtu-blackhole': 'none',
  'next-hop-off-link': 'first',
  'missing-pod-route': 'first',
  'blackhole-route': 'first',
  'asymmetric-route': 'first',
  'rp-filter-drop': 'first',
  'ip-forward-disabled': 'first',
  'bgp-not-established': 'every',
  'neighbour-table-full': 'first',
  'forward-drop': 'first',
  'host-firewall-drop': 'first',
  'missing-masquerade': 'first',
  'bridge-netfilter-disabled': 'first',
  'stale-conntrack-entry': 'first',
  'conntrack-table-full': 'first',
  'conntrack-insert-race': 'first',
  'mixed-iptables-backends': 'first',
  'network-policy-drop': 'first',
  'service-rules-missing': 'first',
  'service-without-endpoint': 'none',
  'local-traffic-policy-no-endpoint': 'first',
  'cni-config-missing': 'first',
  'cni-agent-failed': 'first',
  'underlay-drop': 'none',
};

/** The nodes that a cause blames, in the order of its subjects; none where no node is at fault. */
export function culpritsOf(
  { code, culprits, subjects }: CauseDraft,
  isNode: (name: string) => boolean,
): readonly string[] {
  if (culprits !== undefined) return culprits;
  const named = subjects.filter(isNode);
  const rule = AT_FAULT[code];
  return rule === 'none' ? [] : rule === 'first' ? named.slice(0, 1) : named;
}
