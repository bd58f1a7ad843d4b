import type { Sight } from '../sight.js';
import { CONTINUE, type Effect, has, type TargetReader } from './effect.js';

/** Conntrack leaves the packet alone, and so does NAT; one that it has already seen (looped back) stays tracked. */
function untrack({ packet, tracked }: Sight): Effect {
  if (tracked || packet.ct.state === 'UNTRACKED') return CONTINUE;
  return {
    kind: 'rewrite',
    packet: { ...packet, ct: { ...packet.ct, state: 'UNTRACKED' } },
    says: 'conntrack is told to leave it alone',
  };
}

/** NOTRACK, and CT --notrack; zones, helpers and timeouts of CT leave the first packet as it is (xt_CT.c). */
export const notrack: TargetReader = () => untrack;
export const ct: TargetReader = (options) => (has(options, 'notrack') ? untrack : () => CONTINUE);
