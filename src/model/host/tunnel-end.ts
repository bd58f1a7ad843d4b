import type { fdb } from '../../core/event/network.js';
import type { Fact, Placed } from '../facts.js';
import type { Resolved } from './answer.js';
import { isWhole } from './choose-dump.js';
import type { Host } from './host.js';

/** Where a VXLAN device sends the envelope for a MAC address. */
export interface TunnelEnd {
  readonly dst: string;
  /** UDP port, when it is known. */
  readonly port?: number | undefined;
  readonly vni?: number | undefined;
  /** Further ends that get a copy, because the MAC address is not known. */
  readonly copies: readonly string[];
}

const ANY_MAC = '00:00:00:00:00:00';
const MULTICAST = /^(?:22[4-9]|23\d)\.|^ff/i;

/**
 * The tunnel end for a MAC address (vxlan_xmit, drivers/net/vxlan/vxlan_core.c): its FDB entry, else the entries for the
 * address zero (`remote` of the device is one), else the packet is dropped.
 */
export function tunnelEnd(host: Host, dev: string, mac: string): Resolved<TunnelEnd> {
  const device = host.devices.get(dev);
  const settings = device?.vxlan;
  const own = entriesOf(host, dev, mac);
  const entries = own.length > 0 ? own : entriesOf(host, dev, ANY_MAC);
  const [first, ...others] = entries;
  if (first?.dst !== undefined && !MULTICAST.test(first.dst)) {
    return {
      kind: 'found',
      value: {
        dst: first.dst,
        port: first.port ?? settings?.port,
        vni: first.vni ?? settings?.vni,
        copies: others.flatMap((entry) => entry.dst ?? []),
      },
      at: entries.map(({ source, line }) => ({ source, line })),
    };
  }
  const links: readonly Placed[] = device?.links.slice(-1).map(({ source, line }) => ({ source, line })) ?? [];
  if (first === undefined && settings?.remote !== undefined && !MULTICAST.test(settings.remote)) {
    return {
      kind: 'found',
      value: { dst: settings.remote, port: settings.port, vni: settings.vni, copies: [] },
      at: links,
    };
  }
  if (first !== undefined || settings?.remote !== undefined) return { kind: 'asks' };
  if (isWhole(host.fdb, dev) && settings?.learning === false) {
    return {
      kind: 'failed',
      says: `${dev} has no forwarding entry for ${mac} and does not learn`,
      at: links,
      searched: host.fdb.sources,
    };
  }
  return {
    kind: 'unknown',
    missing: {
      what: `the tunnel end for ${mac} on ${dev} of ${host.name}`,
      collect: `bridge fdb show dev ${dev}; ip -d link show ${dev}    # on ${host.name}`,
    },
  };
}

/** Who gets what a VXLAN device does not know the end of: broadcasts, ARP among them. */
export function floodsInto(host: Host, dev: string): 'somebody' | 'nobody' | 'unknown' {
  const settings = host.devices.get(dev)?.vxlan;
  if (settings?.remote !== undefined || entriesOf(host, dev, ANY_MAC).length > 0) return 'somebody';
  return isWhole(host.fdb, dev) && settings?.learning === false ? 'nobody' : 'unknown';
}

/** `bridge fdb show dev X` leaves the device out: its entries belong to the host's only VXLAN device. */
function entriesOf(host: Host, dev: string, mac: string): readonly Fact<typeof fdb>[] {
  const tunnels = [...host.devices.values()].filter((device) => device.kind === 'vxlan' || device.vxlan !== undefined);
  const alone = tunnels.length <= 1 || tunnels.every((device) => device.name === dev);
  return host.fdb.value.filter(
    (entry) =>
      (entry.dev === dev || (entry.dev === undefined && alone)) &&
      entry.mac === mac.toLowerCase() &&
      entry.dst !== undefined,
  );
}
