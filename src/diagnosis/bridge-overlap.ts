import type { probe } from '../core/event/log.js';
import type { Cite, Remedy } from '../core/finding.js';
import { contains, formatPrefix, type Prefix, parsePrefix } from '../core/prefix.js';
import { whoTried } from '../heuristics/told.js';
import type { Fact } from '../model/facts.js';
import { type InterfaceAddress, interfacesOf } from '../model/interfaces.js';
import { endOf } from '../model/journey/compare.js';
import type { Walk } from '../model/journey/step.js';
import { cniNetworks, podSubnets } from '../model/pod-networks.js';
import type { Case } from './cause.js';
import type { Overlap } from './overlap.js';
import { capture } from './wanted.js';

/**
 * A server of the site whose address lies in the network of a bridge of containers or machines: the node looks for it on the
 * bridge, where nobody has it. Only where somebody tried and failed, the node's route leads to the bridge, and its neighbour
 * table says that nobody answered there.
 *
 * A container that is gone looks the same. A bridge has 1024 ports at most (net/bridge/br_private.h: BR_MAX_PORTS), and Docker
 * gives the first address that is free, so an address further up is no container's; nor is one that another node reaches.
 */
export function sitesOnBridges(given: Case): Overlap[] {
  const found = new Map<string, Overlap>();
  for (const tried of given.facts.probes) {
    const { address } = tried;
    if (address === undefined || !FAILED.test(tried.outcome) || given.cluster.nodeWithAddress(address) !== undefined)
      continue;
    const from = origin(given, tried);
    const walk = from === undefined ? undefined : lost(given, from, address, tried.port);
    const bridge = walk === undefined ? undefined : bridgeOf(given, walk, address);
    if (walk === undefined || bridge === undefined) continue;
    const network = formatPrefix({ ...bridge.prefix });
    const key = `${walk.node} ${bridge.ifname} ${address}`;
    const known = found.get(key);
    const failed: Cite = { role: 'somebody tried, and failed', at: tried };
    if (known !== undefined) {
      found.set(key, { ...known, shown: [...(known.shown ?? []), failed] });
      continue;
    }
    found.set(key, {
      one: { what: `${bridge.ifname} of ${walk.node}`, text: network, at: bridge.at },
      other: { what: 'a server of the site', text: address, at: tried },
      shared: bridge.prefix,
      nodes: [walk.node],
      effect: `${walk.node} and its pods look for ${address} on ${bridge.ifname}, where nobody has it`,
      most: reachedElsewhere(given, walk.node, address)
        ? undefined
        : beyond(bridge.prefix, address)
          ? 'likely'
          : 'possible',
      shown: [
        ...walk.steps
          .filter((step) => /^(?:output-)?route$|^neighbour$/.test(step.stage))
          .flatMap((step) => step.at.map((at): Cite => ({ role: step.says, at }))),
      ],
      wants: [capture(walk.node, bridge.ifname, `arp or host ${address}`)],
      remedy: aroundBridge(given, walk.node, bridge, address),
    });
  }
  return [...found.values()];
}

/** What says of itself that nobody answered; curl since 7.86 gives no reason. */
const FAILED = /^(?:timeout|unreachable|interrupted|error)$/;
const BRIDGE_PORTS = 1024n;

/** Who tried: a pod with a network of its own, else a node. */
function origin(
  { scene, cluster }: Case,
  tried: Fact<typeof probe>,
): { readonly node: string; readonly pod?: string } | undefined {
  const inside = tried.pod ?? cluster.namespaceOf(tried);
  const { node, client } = whoTried(scene, inside, cluster.nodeOf(tried));
  if (node === undefined) return undefined;
  return inside === undefined || client === undefined || client === node ? { node } : { node, pod: client };
}

/** The way that ends at a bridge without a neighbour, if every way ends so. */
function lost(
  { journeys }: Case,
  { node, pod }: { readonly node: string; readonly pod?: string },
  to: string,
  dport: number | undefined,
): Walk | undefined {
  const { walks } = journeys.between({
    from: pod === undefined ? { kind: 'node', node } : { kind: 'pod', node, address: pod },
    to,
    proto: dport === undefined ? 1 : 6,
    dport,
  });
  const ends = walks.map(endOf);
  return ends.every((end) => end.disposition === 'no-neighbour' && end.node === node) ? ends[0] : undefined;
}

/** The bridge on which it ends, if it is none of the CNI's. */
function bridgeOf({ cluster }: Case, walk: Walk, address: string): InterfaceAddress | undefined {
  const dev = walk.steps.at(-1)?.dev;
  const bridge = interfacesOf(cluster, walk.node).list.find(
    (i) => i.ifname === dev && i.device === 'bridge' && contains(i.prefix, address),
  );
  const ofPods =
    bridge !== undefined &&
    [...cniNetworks(cluster), ...podSubnets(cluster)].some(({ prefix }) => contains(prefix, bridge.address));
  return ofPods ? undefined : bridge;
}

/** Further up in the network than a bridge has ports. */
const beyond = (network: Prefix, address: string): boolean =>
  (parsePrefix(address)?.first ?? 0n) - network.first > BRIDGE_PORTS;

const reachedElsewhere = (given: Case, node: string, address: string): boolean =>
  given.facts.probes.some(
    (p) => p.address === address && p.outcome === 'ok' && (origin(given, p)?.node ?? node) !== node,
  );

/** A route for one address that wins over the bridge's. */
export function aroundBridge(
  { facts, cluster }: Case,
  node: string,
  bridge: InterfaceAddress,
  address: string,
): Remedy {
  const gateway = facts.routes.find(
    (r) => cluster.nodeOf(r) === node && r.via !== undefined && parsePrefix(r.dst)?.length === 0,
  )?.via;
  const host = `${address}/${address.includes(':') ? 128 : 32}`;
  return {
    command: `ip route add ${host} via ${gateway ?? `GATEWAY_OF_${node.toUpperCase()}`}    # on ${node}, until reboot`,
    why: `A longer prefix wins over ${formatPrefix(bridge.prefix)} of ${bridge.ifname}. Other servers in that network stay hidden until the bridge has a network of its own (Docker: "bip" and "default-address-pools" in /etc/docker/daemon.json).`,
    verify: `ip route get ${address}    # on ${node}: must leave by the uplink`,
    rollback: `ip route del ${host}    # on ${node}`,
  };
}
