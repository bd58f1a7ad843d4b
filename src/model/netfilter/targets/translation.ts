import type { Packet } from '../../journey/packet.js';
import { hasPorts } from '../matches/numbers.js';

type Ports = readonly [number, number] | undefined;

/** A port that is mapped: kept when the range has it, the only one of the range, else one that nobody can tell. */
function mapped(port: number | undefined, ports: Ports, random: boolean): number | undefined {
  if (ports === undefined) return random ? undefined : port;
  if (ports[0] === ports[1]) return ports[0];
  return !random && port !== undefined && port >= ports[0] && port <= ports[1] ? port : undefined;
}

/** The packet with another destination (`nf_nat_setup_info`, NF_NAT_MANIP_DST). */
export function toDestination(packet: Packet, dst: string, ports: Ports, random: boolean): Packet {
  const dport = hasPorts(packet.proto) ? mapped(packet.dport, ports, random && ports !== undefined) : packet.dport;
  if (dst === packet.dst && dport === packet.dport) return packet;
  return { ...packet, dst, dport, ct: { ...packet.ct, dnat: true } };
}

/** The packet with another source. `--random` and `--random-fully` change the port or the ICMP id to one unknown. */
export function toSource(packet: Packet, src: string, ports: Ports, random: boolean): Packet {
  const sport = hasPorts(packet.proto) ? mapped(packet.sport, ports, random) : packet.sport;
  const icmpId = random ? undefined : packet.icmpId;
  if (src === packet.src && sport === packet.sport && icmpId === packet.icmpId) return packet;
  return {
    ...packet,
    src,
    sport,
    anyPort: sport === packet.sport ? packet.anyPort : undefined,
    icmpId,
    ct: { ...packet.ct, snat: true },
  };
}
