import type { Packet } from '../journey/packet.js';
import { assumptionsOf, byChance } from './conditions.js';
import type { Passage } from './passage.js';
import type { Ended } from './way.js';

/** An end as the outside sees it. */
export function passage(end: Ended): Passage {
  const { way, verdict, by, missing } = end;
  return {
    verdict,
    packet: way.sight.packet,
    steps: way.steps,
    by,
    missing,
    assumptions: assumptionsOf(way.when),
  };
}

/** Names the ways that chance chooses between: `10.1.2.3:80, 1 of 3`. */
export function withChoices(ended: readonly Ended[], before: Packet): readonly Passage[] {
  const chosen = ended.filter((end) => byChance(end.way.when));
  return ended.map((end) => {
    const plain = passage(end);
    const number = chosen.indexOf(end) + 1;
    if (number === 0 || chosen.length < 2) return plain;
    return { ...plain, choice: `${choiceWords(plain, before)}, ${number} of ${chosen.length}` };
  });
}

function choiceWords({ packet, verdict }: Passage, before: Packet): string {
  const end = (address: string, port: number | undefined) =>
    port === undefined ? address : packet.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  if (verdict !== 'accept') return verdict;
  if (packet.dst !== before.dst || packet.dport !== before.dport) return end(packet.dst, packet.dport);
  return packet.src !== before.src ? end(packet.src, packet.sport) : 'accept';
}
