import type { Packet, Tracking } from './packet.js';
import type { TrackedAt } from './step.js';

/**
 * Connection tracking of the walked connection (net/netfilter/nf_conntrack_core.c): a host that saw the first packet knows
 * the answer as the mirror of what left it, and undoes its translations by that entry, not by rules.
 */

const samePort = (a: number | undefined, b: number | undefined): boolean =>
  a === undefined || b === undefined || a === b;

/** True when the packet is the answer to what left the host. */
const answers = (packet: Packet, entry: TrackedAt): boolean =>
  packet.proto === entry.after.proto &&
  packet.src === entry.after.dst &&
  packet.dst === entry.after.src &&
  // Known of both, or the protocol has none; the sender of a VXLAN envelope takes another port than the one it sends to.
  packet.sport === entry.after.dport &&
  samePort(packet.dport, entry.after.sport);

/** The entry of this host that the packet answers to. */
export const entryFor = (packet: Packet, node: string, known: readonly TrackedAt[]): TrackedAt | undefined =>
  known.find((entry) => entry.node === node && answers(packet, entry));

const ends = (packet: Packet): Tracking['orig'] => ({
  src: packet.src,
  dst: packet.dst,
  sport: packet.sport,
  dport: packet.dport,
});

/**
 * What conntrack says of a packet that comes to a host. An answer of which the host never saw the question is INVALID for
 * TCP and ICMP (nf_conntrack_proto_tcp.c: SYN-ACK without an entry), and a new connection for UDP.
 */
export function tracked(packet: Packet, entry: TrackedAt | undefined, reply: boolean): Packet {
  const clean = { ...packet, mark: 0 };
  if (entry !== undefined) {
    return {
      ...clean,
      ct: {
        state: 'ESTABLISHED',
        direction: 'reply',
        mark: entry.after.ct.mark,
        dnat: entry.before.dst !== entry.after.dst || entry.before.dport !== entry.after.dport,
        snat: entry.before.src !== entry.after.src || entry.before.sport !== entry.after.sport,
        orig: ends(entry.before),
      },
    };
  }
  return {
    ...clean,
    ct: {
      state: reply && packet.proto !== 17 ? 'INVALID' : 'NEW',
      direction: 'original',
      mark: 0,
      dnat: false,
      snat: false,
      orig: ends(packet),
    },
  };
}

/** The destination that an answer gets back: what SNAT replaced. It happens before routing. */
export const unSnat = (packet: Packet, entry: TrackedAt): Packet => ({
  ...packet,
  dst: entry.before.src,
  dport: entry.before.sport ?? packet.dport,
  anyPort: entry.before.anyPort === 'sport' ? 'dport' : packet.anyPort,
});

/** The source that an answer gets back: what DNAT replaced. It happens on the way out. */
export const unDnat = (packet: Packet, entry: TrackedAt): Packet => ({
  ...packet,
  src: entry.before.dst,
  sport: entry.before.dport ?? packet.sport,
});
