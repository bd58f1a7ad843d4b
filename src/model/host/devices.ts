import type { interfaceAddress, link } from '../../core/event/network.js';
import { type DeviceRole, deviceRole, deviceRoles } from '../device.js';
import type { Fact } from '../facts.js';
import type { BridgePort, Device, VxlanSettings } from './host.js';

type Link = Fact<typeof link>;

/** A node's devices, the rows of several outputs merged: `ip -d link` shows more than `ip addr`, the later is the newer. */
export function devicesOf(
  links: readonly Link[],
  addresses: readonly Fact<typeof interfaceAddress>[],
): ReadonlyMap<string, Device> {
  const rows = new Map<string, Link[]>(addresses.map((address) => [address.ifname, []]));
  for (const row of links) {
    const known = rows.get(row.ifname);
    if (known === undefined) rows.set(row.ifname, [row]);
    else known.push(row);
  }
  const roles = deviceRoles(links);
  return new Map([...rows].map(([name, own]) => [name, merged(name, own, roles.get(name) ?? deviceRole(name))]));
}

function merged(name: string, links: readonly Link[], role: DeviceRole): Device {
  const last = <K extends keyof Link>(column: K): Link[K] | undefined =>
    links.findLast((row) => row[column] !== undefined)?.[column];
  const flags = last('flags');
  return {
    name,
    role,
    links,
    kind: last('kind'),
    mac: last('mac'),
    mtu: last('mtu'),
    flags,
    up: flags?.includes('UP'),
    master: links.findLast((row) => row.flags !== undefined)?.master ?? last('master'),
    parent: last('parent'),
    vxlan: vxlan(links),
    bridgePort: bridgePort(links),
  };
}

/** The newest words of the bridge, while the newest list of the device still has it as a port. */
function bridgePort(links: readonly Link[]): BridgePort | undefined {
  const row = links.findLast((link) => link.port_state !== undefined || link.hairpin !== undefined);
  const left = links.findLast((link) => link.flags !== undefined)?.master === undefined;
  return row === undefined || left ? undefined : { state: row.port_state, hairpin: row.hairpin, at: row };
}

/** Settings come from one row, the last that has any: those of two moments must not mix. */
function vxlan(links: readonly Link[]): VxlanSettings | undefined {
  const row = links.findLast((link) => link.vxlan_vni !== undefined || link.vxlan_port !== undefined);
  if (row === undefined) {
    const tunnel = links.findLast((link) => link.vxlan_local !== undefined || link.vxlan_remote !== undefined);
    return tunnel === undefined
      ? undefined
      : { local: tunnel.vxlan_local, remote: tunnel.vxlan_remote, dev: tunnel.vxlan_dev };
  }
  return {
    vni: row.vxlan_vni,
    local: row.vxlan_local,
    remote: row.vxlan_remote,
    port: row.vxlan_port,
    dev: row.vxlan_dev,
    learning: row.vxlan_learning,
  };
}
