import type { Placed } from '../model/facts.js';
import type { Host } from '../model/host/host.js';
import { fresh } from '../model/journey/packet.js';
import { receive } from '../model/journey/receive.js';
import type { Walking } from '../model/journey/walking.js';

/** What the host's rules do with the source of a packet; undefined where they are not shown, or do not let it out. */
export type SourceOut = { readonly kind: 'kept' } | { readonly kind: 'translated'; readonly at: Placed | undefined };

/**
 * The source of a pod's packet to the outside where a data plane hands such packets to the host, by a device of its own: from there
 * on the host's routes and rules decide as they do about any packet, and its POSTROUTING is the last place to translate it.
 */
export function handedOut(
  host: Host,
  flow: { readonly src: string; readonly dst: string; readonly dport?: number | undefined },
): SourceOut | undefined {
  const { handsOut } = host.dataPlane ?? {};
  const gateway = handsOut === undefined ? undefined : [...host.devices.keys()].find((name) => handsOut.test(name));
  if (gateway === undefined) return undefined;
  const { src, dst, dport } = flow;
  const family = dst.includes(':') ? 6 : 4;
  const packet = fresh({
    family,
    proto: 6,
    src,
    dst,
    sport: ANY_PORT,
    dport: dport ?? 80,
    anyPort: 'sport',
    tcpFlags: SYN,
  });
  const start: Walking = { steps: [], packet, assumptions: [], tracked: [], known: [], hops: 0 };
  const moved = receive(host, start, gateway, undefined);
  if (moved.length === 0 || moved.some(({ position, walking }) => position.at !== 'transmit' || isOpen(walking)))
    return undefined;
  const translated = moved.find(({ walking }) => walking.packet.src !== src);
  if (translated === undefined) return { kind: 'kept' };
  return { kind: 'translated', at: translated.walking.steps.findLast(({ stage }) => stage === 'postrouting')?.at[0] };
}

const [ANY_PORT, SYN] = [32768, 0x02];

/** What was taken for granted could have translated it. */
const isOpen = ({ assumptions }: Walking): boolean => assumptions.some(({ what }) => /nat |chain|ipset/.test(what));
