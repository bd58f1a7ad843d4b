import type { Device, Host } from '../host/host.js';
import { collectNode } from './ground.js';
import { ended, lostTrack, type Moved, stepped, type Walking } from './walking.js';

/** UDP port that Linux gives a VXLAN device without `dstport` (drivers/net/vxlan). */
const LINUX_VXLAN_PORT = 8472;
/** Felix's VXLANPort, where nobody changed it. */
const CALICO_VXLAN_PORT = 4789;

/** The UDP port of a VXLAN device; without its settings the one that its maker gives it. */
export const vxlanPort = (device: Pick<Device, 'name' | 'vxlan'>): number =>
  device.vxlan?.port ?? (/^vxlan(-v6)?\.calico$/.test(device.name) ? CALICO_VXLAN_PORT : LINUX_VXLAN_PORT);

/**
 * An envelope at its end: the tunnel device with this port and VNI takes the inner packet out (vxlan_rcv). The inner
 * destination MAC must be the device's own, or the packet is for somebody else and dropped.
 */
export function decapsulate(host: Host, walking: Walking): Moved {
  const { envelope, inside, packet } = walking;
  if (envelope === undefined || inside === undefined) throw new Error('no envelope');
  const tunnels = [...host.devices.values()].filter((device) => kindOf(device) === envelope.kind);
  if (tunnels.length === 0) {
    return host.devices.size === 0
      ? lostTrack(walking, host.name, 'decapsulate', {
          what: `the devices of ${host.name}`,
          collect: collectNode(host.name),
        })
      : ended(
          walking,
          {
            node: host.name,
            stage: 'decapsulate',
            says: `${host.name} has no ${envelope.kind} device: nobody takes the envelope`,
          },
          'not-decapsulated',
        );
  }
  const fits = tunnels.find(
    (device) => accepts(device, envelope.vni, envelope.port) && takesFrom(device, envelope.kind, packet),
  );
  const strict = tunnels.find(({ vxlan, up }) => up !== false && vxlan?.remote !== undefined);
  if (fits === undefined && strict !== undefined && isOfTwo(envelope.kind)) {
    return ended(
      walking,
      {
        node: host.name,
        stage: 'decapsulate',
        dev: strict.name,
        says: `${strict.name} takes envelopes from ${strict.vxlan!.remote} alone, and this one comes from ${packet.src}`,
        at: strict.links.filter(({ vxlan_remote: remote }) => remote !== undefined).slice(-1),
      },
      'not-decapsulated',
    );
  }
  if (fits === undefined) {
    const [device] = tunnels;
    return ended(
      walking,
      {
        node: host.name,
        stage: 'decapsulate',
        dev: device!.name,
        says: `${device!.name} has VNI ${vniOf(device!) ?? '?'} and port ${vxlanPort(device!)}, the envelope ${envelope.vni ?? '?'} and ${envelope.port ?? '?'}`,
        at: device!.links,
      },
      'not-decapsulated',
    );
  }
  if (fits.up === false) {
    return ended(
      walking,
      {
        node: host.name,
        stage: 'decapsulate',
        dev: fits.name,
        says: `${fits.name} is down: it does not take envelopes`,
        at: fits.links,
      },
      'not-decapsulated',
    );
  }
  if (envelope.mac !== undefined && fits.mac !== undefined && envelope.mac !== fits.mac) {
    return ended(
      walking,
      {
        node: host.name,
        stage: 'decapsulate',
        dev: fits.name,
        says: `the inner frame is for MAC ${envelope.mac}, but ${fits.name} has ${fits.mac}`,
        at: fits.links,
      },
      'not-decapsulated',
    );
  }
  const out = stepped(
    { ...walking, packet: inside, inside: undefined, envelope: undefined },
    {
      node: host.name,
      stage: 'decapsulate',
      dev: fits.name,
      says: `${fits.name} takes it out of the envelope from ${packet.src}`,
      at: fits.links.slice(0, 1),
    },
  );
  return { walking: out, position: { at: 'receive', node: host.name, iif: fits.name } };
}

type Named = Pick<Device, 'name' | 'kind' | 'vxlan'> & { readonly role: Device['role'] | undefined };

export type TunnelKind = NonNullable<Walking['envelope']>['kind'];

const kindOf = (device: Named): TunnelKind | undefined => {
  switch (device.kind) {
    case 'vxlan':
      return 'vxlan';
    case 'ipip':
      return 'ipip';
    case 'gre':
    case 'gretap':
    case 'geneve':
      return device.kind;
    case 'tun':
      return device.role === 'overlay' ? 'udp' : undefined;
    case undefined:
      if (
        device.vxlan?.vni !== undefined ||
        /^(flannel(-v6)?\.\d+|vxlan\.calico|vxlan-v6\.calico|cilium_vxlan)$/.test(device.name)
      )
        return 'vxlan';
      if (/^tunl\d+$/.test(device.name)) return 'ipip';
      if (/^flannel\d+$/.test(device.name)) return 'udp';
      return undefined;
    default:
      return undefined;
  }
};

export const tunnelKind = kindOf;

const accepts = (device: Device, vni: number | undefined, port: number | undefined): boolean => {
  const own = device.vxlan;
  return (
    (vniOf(device) === undefined || vni === undefined || vniOf(device) === vni) &&
    (own?.port === undefined || port === undefined || own.port === port)
  );
};

/** Kinds of tunnels whose device takes what comes from its `remote` and nothing else. */
const isOfTwo = (kind: TunnelKind): boolean => /^(?:ipip|gre|gretap|geneve)$/.test(kind);

/**
 * True unless the device has a `remote` or `local` address that is not the envelope's: such a one takes no other envelopes
 * (ip_tunnel_lookup, net/ipv4/ip_tunnel.c; geneve_lookup, drivers/net/geneve.c).
 */
const takesFrom = ({ vxlan }: Device, kind: TunnelKind, { src, dst }: Walking['packet']): boolean =>
  !isOfTwo(kind) ||
  ((vxlan?.remote === undefined || src === '' || vxlan.remote === src) &&
    (vxlan?.local === undefined || vxlan.local === dst));

/** The VNI of a VXLAN device; flannel names its device after it (backend/vxlan: `flannel.VNI`). */
export const vniOf = (device: Device): number | undefined =>
  device.vxlan?.vni ?? (/^flannel(?:-v6)?\.(\d+)$/.exec(device.name) ?? []).slice(1).map(Number)[0];
