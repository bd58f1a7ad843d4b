import { contains } from '../../core/prefix.js';
import { carriedBy } from '../host/data-plane.js';
import type { Host } from '../host/host.js';
import { onLinkRoute } from '../host/on-link-route.js';
import { lookup } from '../host/policy-routing.js';
import { bridgeCallsIptables } from '../host/settings.js';
import { blockedPort } from './bridge-port.js';
import { entryFor, tracked, unDnat, unSnat } from './conntrack.js';
import { addressesOf, collectNode, type Ground, holder, walkable } from './ground.js';
import { pass } from './hooks.js';
import type { Packet } from './packet.js';
import type { Origin, TrackedAt } from './step.js';
import { ended, lostTrack, type Moved, stepped, type Walking } from './walking.js';

/** The packet at its start: made by the node, or coming in from a pod or from outside. */
export function depart(ground: Ground, origin: Origin, packet: Packet, known: readonly TrackedAt[]): readonly Moved[] {
  const blank: Walking = { steps: [], packet, assumptions: [], tracked: [], known, hops: 0 };
  switch (origin.kind) {
    case 'node': {
      const walking = stepped(blank, {
        node: origin.node,
        stage: 'start',
        says: `a process of ${origin.node} sends it`,
      });
      return [{ walking, position: { at: 'output', node: origin.node, bound: packet.src !== '' } }];
    }
    case 'pod':
      return fromPod(ground, origin, blank);
    case 'outside': {
      const end = holder(ground, packet.dst);
      if (end === undefined || !walkable(end.host)) {
        const node = end?.host.name ?? ground.cluster.nodeWithAddress(packet.dst) ?? 'the node it is sent to';
        return [lostTrack(blank, node, 'start', { what: `the configuration of ${node}`, collect: collectNode(node) })];
      }
      const walking = stepped(blank, {
        node: end.host.name,
        stage: 'start',
        says: `comes from outside, from ${origin.address}`,
      });
      return [{ walking, position: { at: 'receive', node: end.host.name, iif: end.held.ifname } }];
    }
  }
}

/** A pod's packet comes in by the device that its node reaches the pod by. */
function fromPod(ground: Ground, origin: Extract<Origin, { kind: 'pod' }>, blank: Walking): readonly Moved[] {
  const host = ground.hosts.get(origin.node);
  if (!walkable(host)) {
    return [
      lostTrack(blank, origin.node, 'start', {
        what: `the configuration of ${origin.node}`,
        collect: collectNode(origin.node),
      }),
    ];
  }
  if (host.dataPlane !== undefined) return [lostTrack(blank, host.name, 'start', carriedBy(host.dataPlane, host.name))];
  const { packet } = blank;
  const way = lookup(host, { family: packet.family, dst: origin.address, mark: 0 });
  // A route that discards what is for the pod takes nothing that comes from it.
  const discarded = way.kind === 'blackhole' || way.kind === 'unreachable' || way.kind === 'prohibit';
  const under = discarded ? onLinkRoute(host, origin.address) : undefined;
  const dev = way.kind === 'unicast' ? way.hops[0].dev : under?.hops[0]?.dev;
  const device = dev === undefined ? undefined : host.devices.get(dev);
  const role = dev === undefined ? undefined : (device?.role ?? ground.cluster.device(host.name, dev));
  const at = way.kind === 'unicast' ? way.at : under?.at;
  if (at === undefined || dev === undefined || (role !== 'workload' && role !== 'bridge')) {
    return [
      lostTrack(blank, host.name, 'start', {
        what: `the device by which ${host.name} reaches its pod ${origin.address}`,
        collect: `ip route get ${origin.address}; ip -d link    # on ${host.name}`,
      }),
    ];
  }
  const walking = stepped(blank, {
    node: host.name,
    stage: 'start',
    dev,
    says: `${origin.name === undefined ? 'the pod' : `pod ${origin.name}`} at ${origin.address} sends it, ${dev} brings it to ${host.name}`,
    at,
  });
  const blocked = role === 'bridge' ? blockedPort(host, walking, dev, origin.address) : undefined;
  if (blocked !== undefined) return [blocked];
  const neighbours =
    role === 'bridge' &&
    addressesOf(host).some((a) => a.ifname === dev && contains(a.prefix, packet.dst)) &&
    // The host answers ARP for all its addresses, on whatever device (arp_ignore 0).
    addressesOf(host).every((a) => a.address !== packet.dst);
  return neighbours
    ? bridged(
        ground,
        host,
        stepped(walking, { node: host.name, stage: 'receive', dev, says: `comes in by ${dev}` }),
        dev,
      )
    : [{ walking, position: { at: 'receive', node: host.name, iif: dev } }];
}

/**
 * From one pod to another on the same bridge: the frame is switched, and netfilter sees it only where
 * bridge-nf-call-iptables is on (net/bridge/br_netfilter_hooks.c). Without it, conntrack undoes no translation.
 */
function bridged(ground: Ground, host: Host, walking: Walking, bridge: string): readonly Moved[] {
  const { packet } = walking;
  const blocked = blockedPort(host, walking, bridge, packet.dst);
  if (blocked !== undefined) return [blocked];
  const seen = bridgeCallsIptables(host, packet.family);
  const owner = ground.cluster.owner(packet.dst);
  const handed = (last: Walking, before: Packet): Moved =>
    ended(
      {
        ...last,
        tracked: [...last.tracked, { node: host.name, before, after: last.packet, inDev: bridge, outDev: bridge }],
      },
      {
        node: host.name,
        stage: 'deliver',
        dev: bridge,
        says: `${bridge} switches it to ${owner.role === 'pod' && owner.name !== undefined ? `pod ${owner.name}` : 'the pod'} at ${packet.dst}`,
      },
      'delivered',
    );
  if (seen.kind === 'unknown') {
    // Nothing is translated in either case when no entry waits for it.
    if (entryFor(packet, host.name, walking.known) === undefined)
      return [handed({ ...walking, assumptions: [...walking.assumptions, seen.missing] }, packet)];
    return [lostTrack(walking, host.name, 'bridge', seen.missing)];
  }
  if (!seen.value) {
    return [
      handed(
        stepped(walking, {
          node: host.name,
          stage: 'bridge',
          dev: bridge,
          says: `${bridge} switches it past netfilter: bridge-nf-call-iptables is off`,
          at: seen.at,
        }),
        packet,
      ),
    ];
  }
  const entry = entryFor(packet, host.name, walking.known);
  const before = tracked(packet, entry, walking.known.length > 0);
  const out: Moved[] = [];
  const pre = pass(host, { ...walking, packet: before }, { hook: 'PREROUTING', iif: bridge });
  out.push(...pre.over);
  for (const on of pre.on) {
    const packetIn = entry === undefined ? on.packet : unSnat(on.packet, entry);
    const forward = pass(host, { ...on, packet: packetIn }, { hook: 'FORWARD', iif: bridge, oif: bridge });
    out.push(...forward.over);
    for (const through of forward.on) {
      const post = pass(host, through, { hook: 'POSTROUTING', oif: bridge });
      out.push(...post.over);
      for (const last of post.on) {
        out.push(handed(entry === undefined ? last : { ...last, packet: unDnat(last.packet, entry) }, before));
      }
    }
  }
  return out;
}
