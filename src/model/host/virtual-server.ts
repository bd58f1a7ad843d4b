import type { ipvs } from '../../core/event/netfilter.js';
import type { Fact, Placed } from '../facts.js';
import type { Missing } from '../journey/missing.js';
import type { Packet } from '../journey/packet.js';
import type { Host } from './host.js';

type Row = Fact<typeof ipvs>;

/** What IPVS does with a packet for one of the host's own addresses. */
export type VirtualServer =
  /** It chooses one of these real servers. */
  | { readonly kind: 'servers'; readonly at: Placed; readonly servers: readonly [RealServer, ...RealServer[]] }
  /** No real server takes new connections: the kernel answers that the port is unreachable. */
  | { readonly kind: 'refused'; readonly at: readonly Placed[] }
  | { readonly kind: 'unknown'; readonly missing: Missing };

export interface RealServer {
  readonly address: string;
  readonly port: number | undefined;
  /** Masq, Route, Tunnel, Local; kube-proxy takes Masq alone. */
  readonly forward: string | undefined;
  readonly at: Placed;
}

/** The device on which kube-proxy puts every service address in IPVS mode (pkg/proxy/ipvs/proxier.go, defaultDummyDevice). */
const HOLDER = 'kube-ipvs0';

const PROTOCOLS: Readonly<Record<number, string>> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' };

/**
 * The virtual server that takes this packet (ip_vs_schedule of net/netfilter/ipvs/ip_vs_core.c); undefined when it is for a
 * process of the host, as far as the bundle tells. `dev` is the device that holds the destination.
 */
export function virtualServer(host: Host, packet: Packet, dev: string | undefined): VirtualServer | undefined {
  const proto = PROTOCOLS[packet.proto];
  // Echo requests are answered by the node itself.
  if (proto === undefined || packet.ct.direction === 'reply') return undefined;
  const held = dev === HOLDER || host.addresses[packet.family].value.some((a) => isHeld(a.address, a.ifname, packet));
  const rows = newest(host.ipvs);
  if (rows.length === 0)
    return held ? { kind: 'unknown', missing: noDump(host, `the virtual servers of ${host.name}`) } : undefined;
  if (packet.dport === undefined && held)
    return { kind: 'unknown', missing: noDump(host, `the port that ${packet.dst} is asked for`) };
  const own = rows.filter(
    (row) => row.proto === proto && row.address === packet.dst && row.port === packet.dport && row.port !== undefined,
  );
  const [virtual] = own;
  if (virtual === undefined)
    return held
      ? { kind: 'unknown', missing: noDump(host, `a virtual server for ${packet.dst} port ${packet.dport}`) }
      : undefined;
  const [first, ...rest] = own.flatMap((row): RealServer[] =>
    row.real_address === undefined || row.weight === 0
      ? []
      : [{ address: row.real_address, port: row.real_port, forward: row.forward, at: row }],
  );
  return first === undefined
    ? { kind: 'refused', at: own }
    : { kind: 'servers', at: virtual, servers: [first, ...rest] };
}

const isHeld = (address: string, ifname: string, packet: Packet): boolean =>
  address === packet.dst && ifname === HOLDER;

/** Rows of the last dump that shows schedulers and weights: counters (`--stats`) show neither. */
function newest(rows: readonly Row[]): readonly Row[] {
  const last = rows.findLast((row) => row.scheduler !== undefined);
  return last === undefined ? [] : rows.filter((row) => row.source === last.source);
}

const noDump = (host: Host, what: string): Missing => ({ what, collect: `ipvsadm -Ln    # on ${host.name}` });
