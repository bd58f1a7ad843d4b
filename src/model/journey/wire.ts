import { familyOf } from '../../core/address.js';
import { contains, covers } from '../../core/prefix.js';
import { cutLists } from '../cut-lists.js';
import type { Host, HostAddress } from '../host/host.js';
import { resolveNeighbour } from '../host/neighbour.js';
import { addressesOf, collectNode, type Ground, holder, routesPodsItself, shown, walkable } from './ground.js';
import { assuming, ended, lostTrack, type Moved, stepped, type Walking } from './walking.js';

/**
 * The network between the nodes, of which a bundle knows little: a next hop that is a node's address is that node; a gateway
 * is trusted to pass on what is for a node's address (an assumption), and to know nothing of pods when the nodes carry these
 * to each other themselves.
 */
export function wire(ground: Ground, host: Host, walking: Walking, oif: string, nextHop: string): Moved {
  const { packet } = walking;
  const neighbour = resolveNeighbour(host, oif, nextHop);
  if (neighbour.kind === 'failed') {
    return ended(
      walking,
      {
        node: host.name,
        stage: 'neighbour',
        dev: oif,
        says: neighbour.says,
        at: neighbour.at,
        searched: neighbour.searched,
      },
      'no-neighbour',
    );
  }
  const sent = stepped(walking, {
    node: host.name,
    stage: 'transmit',
    dev: oif,
    says: `out by ${oif} to ${nextHop}`,
    at: neighbour.kind === 'found' ? neighbour.at : [],
  });
  const direct = holder(ground, nextHop);
  const taker = neighbour.kind === 'found' ? takerOf(ground, host, neighbour.value) : undefined;
  if (taker !== undefined && taker.host !== direct?.host) {
    const astray = stepped(sent, {
      node: host.name,
      stage: 'underlay',
      dev: oif,
      says: `the frame is for ${taker.mac}, which is ${taker.dev} of ${taker.host.name}`,
      at: neighbour.kind === 'found' ? neighbour.at : [],
    });
    return arrive(astray, taker.host, taker.dev);
  }
  if (direct !== undefined && direct.host !== host && neighbour.kind === 'asks' && !onOneLink(host, oif, direct.held)) {
    return lostTrack(walking, host.name, 'neighbour', {
      what: `whether anybody answers for ${nextHop} on ${oif}: that address is on another network`,
      collect: `ip neigh show ${nextHop} dev ${oif}; arping -c 3 -I ${oif} ${nextHop}    # on ${host.name}`,
    });
  }
  if (direct !== undefined && direct.host !== host) return arrive(sent, direct.host, direct.held.ifname);
  const known = ground.cluster.nodeWithAddress(nextHop);
  if (direct === undefined && known !== undefined && known !== host.name) return toStranger(ground, sent, known);
  return viaGateway(ground, host, sent, oif, nextHop, packet.dst);
}

/**
 * The other host that takes frames for this MAC address. Undefined when no device, or more than one, is known to have it: then
 * it may be a router's, or a cloud's that answers ARP for everybody.
 */
function takerOf(
  ground: Ground,
  from: Host,
  mac: string,
): { readonly host: Host; readonly dev: string; readonly mac: string } | undefined {
  const takers = [...ground.hosts.values()].flatMap((host) =>
    host === from
      ? []
      : [...host.devices.values()]
          .filter((device) => device.role === 'uplink' && device.mac === mac)
          .map((device) => ({ host, dev: device.name, mac })),
  );
  return takers.length === 1 ? takers[0] : undefined;
}

/** False when the addresses on both devices say that they are on different networks. Host prefixes (/32) say nothing. */
function onOneLink(host: Host, oif: string, far: HostAddress): boolean {
  const family = familyOf(far.address);
  const near = addressesOf(host).filter((a) => a.ifname === oif && familyOf(a.address) === family);
  const sayNothing = (a: HostAddress): boolean => a.prefix.length >= (family === 4 ? 31 : 127);
  if (near.length === 0 || sayNothing(far) || near.some(sayNothing)) return true;
  return near.some((own) => contains(own.prefix, far.address) || contains(far.prefix, own.address));
}

function arrive(walking: Walking, host: Host, ifname: string): Moved {
  const device = host.devices.get(ifname);
  if (device?.up === false) {
    return ended(
      walking,
      {
        node: host.name,
        stage: 'receive',
        dev: ifname,
        says: `${ifname} of ${host.name} is down: nobody takes it there`,
        at: device.links,
      },
      'device-down',
    );
  }
  if (shown(host)) return { walking, position: { at: 'receive', node: host.name, iif: ifname } };
  return unshown(walking, host.name);
}

const unshown = (walking: Walking, node: string): Moved =>
  lostTrack(walking, node, 'receive', { what: `the configuration of ${node}`, collect: collectNode(node) });

/** A node that is known by its address alone. */
function toStranger(ground: Ground, walking: Walking, node: string): Moved {
  const host = ground.hosts.get(node);
  const [uplink] = host === undefined ? [] : [...host.devices.values()].filter((d) => d.role === 'uplink');
  // Its address was translated on the way, or its address list is missing: one uplink leaves no doubt where it arrives.
  return walkable(host) && uplink !== undefined
    ? arrive(walking, host, uplink.name)
    : lostTrack(walking, node, 'receive', { what: `the configuration of ${node}`, collect: collectNode(node) });
}

/**
 * True when the next hop may be the address of a card that nothing shows: a second network between the nodes, which no node object
 * tells. Not so where the node is known to be on this network under another address, and for anybody's default gateway.
 */
function mayBeItsOwn(ground: Ground, host: Host, oif: string, gateway: string, node: string): boolean {
  if (node === host.name || ground.cluster.showsInterfaces(node)) return false;
  if (isDefaultGateway(ground, gateway)) return false;
  const near = addressesOf(host).filter((own) => own.ifname === oif && contains(own.prefix, gateway));
  const known = [...(ground.cluster.nodes.get(node)?.addresses.keys() ?? [])];
  return !known.some((address) => near.some((own) => contains(own.prefix, address)));
}

/** True for the next hop of anybody's default route. */
const isDefaultGateway = ({ hosts }: Ground, gateway: string): boolean =>
  [...hosts.values()].some((one) =>
    [...one.tables.values()].some((table) =>
      table.value.some((route) => route.prefix.length === 0 && route.hops.some((hop) => hop.via === gateway)),
    ),
  );

/** On to the pod's node, where the very packet was seen to come in from the router. */
function routesPodsOnwards(
  ground: Ground,
  walking: Walking,
  {
    host,
    oif,
    gateway,
    dst,
    node,
  }: {
    readonly host: Host;
    readonly oif: string;
    readonly gateway: string;
    readonly dst: string;
    readonly node: string | undefined;
  },
): Moved | undefined {
  const target = node === undefined || node === host.name ? undefined : ground.hosts.get(node);
  const by =
    target === undefined || walking.inside !== undefined
      ? undefined
      : ground.arrivals?.(target.name, walking.packet.src, dst);
  if (target === undefined || by === undefined) return undefined;
  const over = stepped(walking, {
    node: host.name,
    stage: 'underlay',
    dev: oif,
    says: `the gateway ${gateway} passes it on: it was seen to come in by ${by} of ${target.name}`,
  });
  return arrive(over, target, by);
}

/** A route for these pods names the router, and not only for all that has no route of its own: whoever wrote it means the router to know them. */
const isMeantForPods = ({ cluster }: Ground, host: Host, gateway: string, dst: string): boolean =>
  [...host.tables.values()].some((table) =>
    table.value.some(
      ({ prefix, hops }) =>
        prefix.length > 0 &&
        hops.some(({ via }) => via === gateway) &&
        contains(prefix, dst) &&
        cluster.inPodRange(prefix),
    ),
  );

/**
 * On to the pod's node as far as the router does what is meant; with several uplinks there nobody knows by which it comes. Undefined
 * where that node answers by another way than a router: then this route is the odd one, and its router need not know pods.
 */
function byRouterOfPods(
  ground: Ground,
  host: Host,
  walking: Walking,
  { oif, gateway, dst }: { readonly oif: string; readonly gateway: string; readonly dst: string },
): Moved | undefined {
  const { node } = ground.cluster.owner(dst);
  const target = node === undefined || node === host.name ? undefined : ground.hosts.get(node);
  const family = dst.includes(':') ? 6 : 4;
  const uplinks = [...(target?.devices.values() ?? [])].filter(
    ({ role, name }) => role === 'uplink' && target!.addresses[family].value.some(({ ifname }) => ifname === name),
  );
  const router = {
    what: `whether ${gateway} routes pod addresses`,
    collect: '# the route table of that router or cloud network',
  };
  if (!walkable(target))
    return usesRouters(ground, host) ? lostTrack(walking, host.name, 'underlay', router) : undefined;
  if (!answersByRouter(ground, target, host)) return undefined;
  if (uplinks.length !== 1) return lostTrack(walking, host.name, 'underlay', router);
  const over = stepped(walking, {
    node: host.name,
    stage: 'underlay',
    dev: oif,
    says: `the gateway ${gateway}, which a route for these pods names, should pass it on to ${dst}`,
  });
  return arrive(assuming(over, [router]), target, uplinks[0]!.name);
}

/** All routes of the host for other nodes' pods name routers: no peer and no tunnel among them. */
const usesRouters = ({ cluster }: Ground, host: Host): boolean =>
  [...host.tables.values()].every((table) =>
    table.value.every(
      ({ prefix, hops }) =>
        prefix.length === 0 ||
        !cluster.inPodRange(prefix) ||
        hops.every(
          ({ via, dev }) =>
            (via !== undefined && cluster.nodeWithAddress(via) === undefined) ||
            ['bridge', 'workload', 'loopback'].includes(host.devices.get(dev ?? '')?.role ?? ''),
        ),
    ),
  );

/** The target has a route of its own for the host's pods, too, and its next hop is no node. */
const answersByRouter = ({ cluster }: Ground, target: Host, host: Host): boolean =>
  (cluster.nodes.get(host.name)?.podRanges ?? []).some((range) =>
    [...target.tables.values()].some((table) =>
      table.value.some(
        ({ prefix, hops: [hop] }) =>
          covers(prefix, range.prefix) &&
          cluster.inPodRange(prefix) &&
          hop?.via !== undefined &&
          cluster.nodeWithAddress(hop.via) === undefined &&
          target.devices.get(hop.dev ?? '')?.role === 'uplink',
      ),
    ),
  );

function viaGateway(ground: Ground, host: Host, walking: Walking, oif: string, gateway: string, dst: string): Moved {
  const end = holder(ground, dst);
  const node = end?.host.name ?? ground.cluster.nodeWithAddress(dst);
  const owner = ground.cluster.owner(dst);
  if (node !== undefined && node !== host.name) {
    const over = assuming(
      stepped(walking, {
        node: host.name,
        stage: 'underlay',
        dev: oif,
        says: gateway === dst ? `${dst} is on the same link` : `the gateway ${gateway} should pass it on to ${dst}`,
      }),
      gateway === dst
        ? []
        : [
            {
              what: `what the routers between ${host.name} and ${node} do`,
              collect: `traceroute -n ${dst}    # on ${host.name}`,
            },
          ],
    );
    return end === undefined ? toStranger(ground, over, node) : arrive(over, end.host, end.held.ifname);
  }
  const at = owner.at === undefined ? [] : [owner.at];
  const onwards = routesPodsOnwards(ground, walking, { host, oif, gateway, dst, node: owner.node });
  switch (owner.role) {
    case 'pod':
    case 'pod-range':
    case 'vtep':
    case 'gateway':
      if (owner.node !== undefined && mayBeItsOwn(ground, host, oif, gateway, owner.node)) {
        return lostTrack(walking, host.name, 'underlay', {
          what: `whether ${gateway} is an address of ${owner.node}`,
          collect: `ip addr    # on ${owner.node}`,
        });
      }
      if (cutLists(ground.cluster).has('nodes') && !isDefaultGateway(ground, gateway)) {
        return lostTrack(walking, host.name, 'underlay', {
          what: `whether ${gateway} is a node: the list of nodes is not whole`,
          collect: 'kubectl get nodes -o wide',
        });
      }
      if (onwards !== undefined) return onwards;
      if (isMeantForPods(ground, host, gateway, dst)) {
        const moved = byRouterOfPods(ground, host, walking, { oif, gateway, dst });
        if (moved !== undefined) return moved;
      }
      return host.dataPlane === undefined && routesPodsItself(ground)
        ? ended(
            walking,
            {
              node: host.name,
              stage: 'underlay',
              dev: oif,
              says: `${gateway} is no node: nobody there knows the pod address ${dst}`,
              at,
            },
            'sent-astray',
          )
        : lostTrack(walking, host.name, 'underlay', {
            what: `whether ${gateway} routes pod addresses`,
            collect: '# the route table of that router or cloud network',
          });
    case 'service':
      // Without its rules nobody knows what the node does with services.
      if (host.rulesets.length === 0) {
        return lostTrack(walking, host.name, 'prerouting', {
          what: `the netfilter rules of ${host.name}`,
          collect: `iptables-save    # on ${host.name}`,
        });
      }
      return ended(
        walking,
        {
          node: host.name,
          stage: 'underlay',
          dev: oif,
          says: `the service address ${dst} leaves ${host.name} untranslated: nobody outside knows it`,
          at,
        },
        'sent-astray',
      );
    default:
      return walking.inside === undefined
        ? ended(
            walking,
            { node: host.name, stage: 'underlay', dev: oif, says: `leaves the cluster towards ${dst}` },
            'left-cluster',
          )
        : ended(
            walking,
            {
              node: host.name,
              stage: 'underlay',
              dev: oif,
              says: `the envelope goes to ${dst}, which is no address of any known node`,
            },
            'sent-astray',
          );
  }
}
