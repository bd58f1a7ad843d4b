import type { Severity } from '../core/finding.js';
import { isPrivate } from '../core/prefix.js';
import type { Scene } from '../model/scene.js';
import type { DroppedPackets } from './dropped-packets.js';
import { saysInvalid, saysRate } from './log-prefix.js';
import { insideRole, severityOfSilence } from './severity.js';

/** Ports of the cluster itself: overlays, BGP, Typha, API server, kubelet, etcd, kube-proxy's health, WireGuard, Cilium. */
export const CLUSTER_PORTS: ReadonlySet<number> = new Set([
  179, 2379, 2380, 4240, 4789, 5473, 6081, 6443, 6783, 6784, 8472, 10250, 10256, 51820, 51821,
]);

/** Matches that drop by design: what conntrack cannot place, and what is too much. */
const BY_STATE = /^INVALID$/;
const BY_RATE = new Set(['limit', 'hashlimit', 'connlimit', 'recent', 'quota']);

/** Dropped for what it is, not for where it goes. */
function byDesign({ tap, told }: DroppedPackets): boolean {
  const prefix = tap.row.prefix ?? '';
  if (saysInvalid(prefix) || saysRate(prefix)) return true;
  const { dropper, logged } = told;
  if (dropper?.chain === 'KUBE-FIREWALL') return true;
  const matches = [
    ...(dropper?.rule?.matches ?? []),
    ...(logged?.rule.matches.filter((m) => m.name !== 'limit' && m.name !== 'hashlimit') ?? []),
  ];
  return matches.some(
    ({ name, options }) =>
      BY_RATE.has(name) ||
      options.some(
        (option) => /^(ct)?state$/.test(option.name) && !option.negated && option.values.some((v) => BY_STATE.test(v)),
      ),
  );
}

/** The device that only the cluster's own packets pass. */
const ofCluster = (scene: Scene, { tap }: DroppedPackets): boolean =>
  [tap.row.inIf, tap.row.outIf].some(
    (ifname) =>
      ifname !== undefined && ['overlay', 'workload', 'bridge'].includes(scene.cluster.device(tap.node, ifname)),
  );

/** How bad it would be if these packets never got through. */
function severityOfLoss(scene: Scene, drop: DroppedPackets, outwards: ReadonlySet<string>): Severity {
  const [client, server] = drop.part === 'answer' ? [drop.dst, drop.src] : [drop.src, drop.dst];
  const [from, to] = [scene.owner(client).role, scene.owner(server).role];
  const strange = (id: number, role: string): boolean => role === 'unknown' && !isPrivate(scene.address(id));
  // Whatever comes from the internet to something that nobody knows is a scan.
  if (strange(client, from) || (from === 'outside' && !insideRole(to))) return 'info';
  if (strange(server, to)) return 'warning';
  const severity = severityOfSilence(scene, client, server, outwards);
  const known = insideRole(from) && insideRole(to);
  if (severity !== 'critical' || known) return severity;
  return ofCluster(scene, drop) || CLUSTER_PORTS.has(drop.port) ? 'critical' : 'warning';
}

/** One drop may be chance; twice is a rule. Mid-stream packets are dropped now and then when conntrack has let go of them. */
const REPEATED = 2;
const STREAM = 3;

/**
 * How bad a drop is. For information only: packets that are dropped for what they are (invalid, above a rate), that come
 * after the end of their connection, or from strangers. Critical: traffic inside the cluster, again and again.
 */
export function severityOfDrop(scene: Scene, drop: DroppedPackets, outwards: ReadonlySet<string>): Severity {
  if (byDesign(drop) || drop.part === 'end' || drop.part === 'error') return 'info';
  if (drop.part === 'data' && drop.count < STREAM) return 'info';
  const severity = severityOfLoss(scene, drop, outwards);
  if (severity !== 'critical') return severity;
  return drop.count < REPEATED || drop.part === 'too-big' ? 'warning' : 'critical';
}
