import type { neighbour } from '../../core/event/network.js';
import type { Fact, Placed } from '../facts.js';
import type { Resolved } from './answer.js';
import { isWhole } from './choose-dump.js';
import type { Device, Host } from './host.js';
import { floodsInto } from './tunnel-end.js';

/** Kinds of devices whose packets need no link-layer address. */
const WITHOUT_ADDRESSES = /^(?:tun|ipip|sit|gre|ip6tnl|ip6gre|wireguard|ppp|xfrm|vti|vti6)$/;

/**
 * The link-layer address of a next hop (net/core/neighbour.c): an entry of the table, or a question on the wire. An entry
 * that failed says that nobody answered; without one nothing is known, except on a VXLAN device that could not ask.
 */
export function resolveNeighbour(host: Host, dev: string, address: string): Resolved<string> {
  const device = host.devices.get(dev);
  const none = withoutAddresses(device);
  if (none !== undefined) return { kind: 'not-needed', at: none };
  const entries = host.neighbours.value.filter(
    (entry) => entry.dev === dev && entry.address === address && entry.state !== 'proxy',
  );
  const entry = entries.findLast((one) => one.mac !== undefined && !hasFailed(one)) ?? entries.at(-1);
  if (entry !== undefined) return readEntry(entry, dev);
  if (device?.kind === 'vxlan' && isWhole(host.neighbours, dev) && floodsInto(host, dev) === 'nobody') {
    return {
      kind: 'failed',
      says: `${dev} has no neighbour entry for ${address}, and no tunnel end to ask for it`,
      at: linkLines(device),
      searched: [...host.neighbours.sources, ...host.fdb.sources],
    };
  }
  if (host.neighbours.shown === 'none' && device?.kind === 'vxlan') {
    return {
      kind: 'unknown',
      missing: {
        what: `the neighbours of ${dev} on ${host.name}`,
        collect: `ip neigh show dev ${dev}    # on ${host.name}`,
      },
    };
  }
  return { kind: 'asks' };
}

const hasFailed = (entry: Fact<typeof neighbour>): boolean => /FAILED|INCOMPLETE/.test(entry.state);

function readEntry(entry: Fact<typeof neighbour>, dev: string): Resolved<string> {
  const at: readonly Placed[] = [{ source: entry.source, line: entry.line }];
  if (entry.mac !== undefined && !hasFailed(entry)) return { kind: 'found', value: entry.mac, at };
  if (/NOARP/.test(entry.state)) return { kind: 'not-needed', at };
  if (!hasFailed(entry)) return { kind: 'asks' };
  return { kind: 'failed', says: `nobody answered for ${entry.address} on ${dev} (${entry.state})`, at, searched: [] };
}

/** Lines that say that the device has no neighbours; undefined when it may have. */
function withoutAddresses(device: Device | undefined): readonly Placed[] | undefined {
  if (device === undefined) return undefined;
  if (device.flags?.some((flag) => flag === 'NOARP' || flag === 'LOOPBACK') === true) return linkLines(device);
  return device.kind !== undefined && WITHOUT_ADDRESSES.test(device.kind) ? linkLines(device) : undefined;
}

const linkLines = (device: Device): readonly Placed[] =>
  device.links.slice(-1).map(({ source, line }) => ({ source, line }));
