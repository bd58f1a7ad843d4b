import type { Host } from '../model/host/host.js';
import { vteps } from '../model/vteps.js';
import type { Case } from './cause.js';
import type { Lacking } from './clean-bill.js';
import { isHeld } from './held.js';

const NOBODY = '00:00:00:00:00:00';

/**
 * What one node says of a peer and the peer's own dumps do not show: to lay the two beside each other is worth more than anything
 * else that could be collected.
 *
 * The FDB of a tunnel's device sends what is for a MAC address to the peer; the packet inside is taken there only if the peer's
 * device has it. Innocent, and so not asked for: a peer whose MAC address its device, its annotation or its log tells.
 */
export function oneSided(given: Case): readonly Lacking[] {
  const { cluster, hosts } = given;
  const told = new Set(vteps(cluster).flatMap(({ node, mac }) => (mac === undefined ? [] : [node])));
  const asked = new Map<string, Lacking>();
  for (const host of hosts.values())
    for (const { mac, dst, dev } of host.fdb.value) {
      if (mac === undefined || mac === NOBODY || dst === undefined || dev === undefined) continue;
      const peer = cluster.nodeWithAddress(dst);
      if (peer === undefined || peer === host.name || told.has(peer) || asked.has(`${peer} ${dev}`)) continue;
      asked.set(`${peer} ${dev}`, {
        code: 'stale-vtep',
        what: `whether ${mac}, for which ${host.name} sends to ${peer}, is the MAC address of its ${dev}`,
        collect: `ip -d link show ${dev}    # on ${peer}`,
      });
    }
  return [...asked.values(), ...[...hosts.values()].flatMap(unseenTunnel)].filter((ask) => !isHeld(given, ask));
}

const VXLAN = /^(?:flannel[.\d-]|flannel-v6|vxlan)/;

/** Routes lead into a tunnel, and nothing shows where it goes on from there. */
function unseenTunnel(host: Host): readonly Lacking[] {
  if (host.fdb.shown !== 'none' || host.neighbours.value.some(({ dev }) => VXLAN.test(dev))) return [];
  const devices = [...host.tables.values()].flatMap((table) =>
    table.value.flatMap(({ hops }) =>
      hops.flatMap(({ dev, via }) => (via !== undefined && dev !== undefined && VXLAN.test(dev) ? [dev] : [])),
    ),
  );
  return [...new Set(devices)].map((dev) => ({
    code: 'stale-vtep',
    what: `where ${dev} of ${host.name} sends what its routes lead into it`,
    collect: `ip -d link show ${dev}; ip neigh show dev ${dev}; bridge fdb show dev ${dev}    # on ${host.name}`,
  }));
}
