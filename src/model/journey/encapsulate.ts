import type { Device, Host } from '../host/host.js';
import { resolveNeighbour } from '../host/neighbour.js';
import { tunnelEnd } from '../host/tunnel-end.js';
import { tunnelKind, vniOf, vxlanPort } from './decapsulate.js';
import { addressesOf, type Ground, leaseOf } from './ground.js';
import { fresh, type Packet } from './packet.js';
import { announcedBy, type PresumedEnd, presumedEnd } from './presumed-end.js';
import { assuming, ended, lostTrack, type Moved, stepped, type Walking } from './walking.js';

/** Bytes that VXLAN puts around an inner IP packet: Ethernet 14, VXLAN 8, UDP 8, IP 20 (IPv6 40). */
const VXLAN_OVERHEAD = 50;
const VXLAN6_OVERHEAD = 70;
const GRE = 47;
/** Where the device names no other (RFC 8926). */
const GENEVE_PORT = 6081;
/** flanneld's udp back end (pkg/backend/udp). */
const FLANNEL_UDP_PORT = 8285;

/** Puts the packet into the envelope that the tunnel device makes, and lets the host send that. */
export function encapsulate(ground: Ground, host: Host, walking: Walking, device: Device, nextHop: string): Moved {
  switch (tunnelKind(device)) {
    case 'vxlan':
      return vxlan(ground, host, walking, device, nextHop);
    case 'ipip': {
      const dst = device.vxlan?.remote ?? nextHop;
      return envelope(host, walking, device, {
        dst,
        proto: 4,
        src: device.vxlan?.local,
        extra: 20,
        says: `${device.name} puts it into IP in IP to ${dst}`,
        at: remoteOf(device),
        envelope: { kind: 'ipip' },
      });
    }
    case 'gre':
    case 'gretap':
      return device.vxlan?.remote === undefined
        ? unknownEnd(host, walking, device)
        : envelope(host, walking, device, {
            dst: device.vxlan.remote,
            proto: GRE,
            src: device.vxlan.local,
            extra: device.kind === 'gre' ? 24 : 38,
            says: `${device.name} puts it into GRE to ${device.vxlan.remote}`,
            at: remoteOf(device),
            envelope: { kind: device.kind === 'gre' ? 'gre' : 'gretap' },
          });
    case 'geneve': {
      const { remote: dst, local, vni, port = GENEVE_PORT } = device.vxlan ?? {};
      return dst === undefined
        ? unknownEnd(host, walking, device)
        : envelope(host, walking, device, {
            dst,
            proto: 17,
            dport: port,
            src: local,
            extra: VXLAN_OVERHEAD,
            says: `${device.name} puts it into Geneve${vni === undefined ? '' : ` ${vni}`} to ${dst}, UDP ${port}`,
            at: remoteOf(device),
            envelope: { kind: 'geneve', vni, port },
          });
    }
    case 'udp': {
      const { dst } = walking.packet;
      const lease = leaseOf(ground, dst);
      const missing = {
        what: `the lease of the subnet with ${dst}`,
        collect: 'kubectl -n kube-flannel logs ds/kube-flannel-ds',
      };
      const { node } = ground.cluster.owner(dst);
      const presumed = node === undefined || node === host.name ? undefined : announcedBy(ground, node);
      const end = lease === undefined ? presumed : { dst: lease.address, at: [lease.at] };
      if (end === undefined) return lostTrack(walking, host.name, 'encapsulate', missing);
      return envelope(host, lease === undefined ? assuming(walking, [missing]) : walking, device, {
        dst: end.dst,
        proto: 17,
        dport: FLANNEL_UDP_PORT,
        src: undefined,
        extra: 28,
        says: `flanneld takes it from ${device.name} and ${lease === undefined ? 'should send' : 'sends'} it to ${end.dst}`,
        at: end.at,
        envelope: { kind: 'udp', port: FLANNEL_UDP_PORT },
      });
    }
    default:
      return unknownEnd(host, walking, device);
  }
}

const unknownEnd = (host: Host, walking: Walking, { name }: Device): Moved =>
  lostTrack(walking, host.name, 'encapsulate', {
    what: `what ${name} does with packets`,
    collect: `ip -d link show ${name}    # on ${host.name}`,
  });

/** The line with the other end of a tunnel between two. */
const remoteOf = ({ links }: Device): Device['links'] =>
  links.filter(({ vxlan_remote: remote }) => remote !== undefined).slice(-1);

/** Into the envelope to an end that the sender's own tables do not show. */
function sentTo(host: Host, walking: Walking, device: Device, { node, dst, mac, at }: PresumedEnd): Moved {
  const port = vxlanPort(device);
  const vni = device.vxlan?.vni;
  return envelope(host, walking, device, {
    dst,
    proto: 17,
    dport: port,
    src: device.vxlan?.local,
    extra: dst.includes(':') ? VXLAN6_OVERHEAD : VXLAN_OVERHEAD,
    says: `${device.name} should put it into VXLAN${vni === undefined ? '' : ` ${vni}`} to ${dst} of ${node}, UDP ${port}`,
    at,
    envelope: { kind: 'vxlan', vni, port, mac },
  });
}

function vxlan(ground: Ground, host: Host, walking: Walking, device: Device, nextHop: string): Moved {
  const mac = resolveNeighbour(host, device.name, nextHop);
  if (mac.kind === 'failed') {
    return ended(
      walking,
      { node: host.name, stage: 'neighbour', dev: device.name, says: mac.says, at: mac.at, searched: mac.searched },
      'no-neighbour',
    );
  }
  if (mac.kind !== 'found') {
    const missing =
      mac.kind === 'unknown'
        ? mac.missing
        : {
            what: `the MAC address of ${nextHop} on ${device.name}`,
            collect: `ip neigh show dev ${device.name}; bridge fdb show dev ${device.name}    # on ${host.name}`,
          };
    const presumed = mac.kind === 'unknown' ? presumedEnd(ground, host, device, nextHop, walking.packet) : undefined;
    return presumed === undefined
      ? lostTrack(walking, host.name, 'neighbour', missing)
      : sentTo(host, assuming(walking, [missing]), device, presumed);
  }
  const known = stepped(walking, {
    node: host.name,
    stage: 'neighbour',
    dev: device.name,
    says: `${nextHop} is ${mac.value} on ${device.name}`,
    at: mac.at,
  });
  const end = tunnelEnd(host, device.name, mac.value);
  if (end.kind === 'failed') {
    return ended(
      known,
      { node: host.name, stage: 'encapsulate', dev: device.name, says: end.says, at: end.at, searched: end.searched },
      'no-neighbour',
    );
  }
  if (end.kind !== 'found') {
    const missing =
      end.kind === 'unknown'
        ? end.missing
        : {
            what: `the tunnel end for ${mac.value}`,
            collect: `bridge fdb show dev ${device.name}    # on ${host.name}`,
          };
    const presumed =
      end.kind === 'unknown' && host.fdb.shown === 'none'
        ? presumedEnd(ground, host, device, nextHop, walking.packet, mac.value)
        : undefined;
    return presumed === undefined
      ? lostTrack(known, host.name, 'encapsulate', missing)
      : sentTo(host, assuming(known, [missing]), device, { ...presumed, mac: mac.value });
  }
  const port = end.value.port ?? vxlanPort(device);
  const vni = end.value.vni ?? vniOf(device);
  if (addressesOf(host).some((own) => own.address === end.value.dst))
    return toItself(host, known, { dst: end.value.dst, port, vni, at: end.at });
  return envelope(host, known, device, {
    dst: end.value.dst,
    proto: 17,
    dport: port,
    src: device.vxlan?.local,
    extra: end.value.dst.includes(':') ? VXLAN6_OVERHEAD : VXLAN_OVERHEAD,
    says: `${device.name} puts it into VXLAN${vni === undefined ? '' : ` ${vni}`} to ${end.value.dst}, UDP ${port}`,
    at: end.at,
    envelope: { kind: 'vxlan', vni, port, mac: mac.value },
  });
}

/**
 * A tunnel end that is the host itself: the packet comes in by the tunnel device without an envelope and still has its route
 * (vxlan_encap_bypass, drivers/net/vxlan/vxlan_core.c). So a forwarded one takes that route again and again; one that the host
 * made is discarded, because a route for output takes nothing in.
 */
function toItself(
  host: Host,
  walking: Walking,
  end: {
    readonly dst: string;
    readonly port: number | undefined;
    readonly vni: number | undefined;
    readonly at: Walking['steps'][number]['at'];
  },
): Moved {
  const taker = [...host.devices.values()].find(
    (device) => tunnelKind(device) === 'vxlan' && vniOf(device) === end.vni && vxlanPort(device) === end.port,
  );
  const at = { node: host.name, stage: 'encapsulate', dev: taker?.name, at: end.at } as const;
  const itself = `the tunnel end ${end.dst} is ${host.name} itself`;
  if (taker === undefined || taker.up === false)
    return ended(walking, { ...at, says: `${itself}, and no tunnel device takes it there` }, 'not-decapsulated');
  const made = walking.tracked.findLast((one) => one.node === host.name)?.inDev === undefined;
  return made
    ? ended(walking, { ...at, says: `${itself}, which discards what it sent itself` }, 'not-decapsulated')
    : ended(walking, { ...at, says: `${itself}: it comes in again by ${taker.name} until its TTL ends` }, 'loop');
}

interface Wrapping {
  readonly dst: string;
  readonly proto: number;
  readonly dport?: number | undefined;
  readonly src: string | undefined;
  readonly extra: number;
  readonly says: string;
  readonly at?: Walking['steps'][number]['at'] | undefined;
  readonly envelope: NonNullable<Walking['envelope']>;
}

function envelope(host: Host, walking: Walking, device: Device, wrapping: Wrapping): Moved {
  const inner = walking.packet;
  const family = wrapping.dst.includes(':') ? 6 : 4;
  const outer: Packet = {
    ...fresh({
      family,
      proto: wrapping.proto,
      src: wrapping.src ?? '',
      dst: wrapping.dst,
      dport: wrapping.dport,
      length: inner.length === undefined ? undefined : inner.length + wrapping.extra,
    }),
    // The mark stays while the packet stays in its namespace (skb_scrub_packet with xnet false).
    mark: inner.mark,
  };
  const wrapped = stepped(
    { ...walking, inside: inner, envelope: wrapping.envelope },
    { node: host.name, stage: 'encapsulate', dev: device.name, says: wrapping.says, at: wrapping.at },
    outer,
  );
  return { walking: wrapped, position: { at: 'output', node: host.name, bound: wrapping.src !== undefined } };
}
