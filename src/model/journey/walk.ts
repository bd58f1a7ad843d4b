import { collectNode, type Ground } from './ground.js';
import { output } from './output.js';
import { receive } from './receive.js';
import type { Walk } from './step.js';
import { takenBy } from './taken.js';
import { transmit } from './transmit.js';
import { ended, lostTrack, type Moved, type Position, type Walking } from './walking.js';
import { wire } from './wire.js';

/** Most hosts that one packet is received by: what comes by more often goes in circles (the TTL would end it). */
const MAX_HOPS = 16;
/** Most ways that one packet may take; a service with more endpoints is walked for the first ones. */
const MAX_WALKS = 64;

/** Moves the packet until every way has an end. */
export function walkOn(ground: Ground, start: Walking, position: Position): readonly Walk[] {
  const walks: Walk[] = [];
  const open: Moved[] = [{ walking: start, position }];
  while (open.length > 0 && walks.length < MAX_WALKS) {
    const { walking, position: here } = open.shift()!;
    if (here.at === 'end') walks.push(here.walk);
    else open.push(...next(ground, walking, here));
  }
  return walks;
}

function next(ground: Ground, walking: Walking, position: Exclude<Position, { at: 'end' }>): readonly Moved[] {
  const host = ground.hosts.get(position.node);
  if (host === undefined) {
    return [
      lostTrack(walking, position.node, 'start', {
        what: `the configuration of ${position.node}`,
        collect: collectNode(position.node),
      }),
    ];
  }
  if (walking.hops > MAX_HOPS) {
    return [
      ended(
        walking,
        { node: host.name, stage: 'receive', says: 'the packet goes in circles until its TTL ends' },
        'loop',
      ),
    ];
  }
  const taken = takenBy(ground, host, walking, position);
  if (taken !== undefined) return [taken];
  switch (position.at) {
    case 'output':
      return output(host, walking, position.bound);
    case 'receive':
      return receive(host, { ...walking, hops: walking.hops + 1 }, position.iif, position.physIn);
    case 'transmit':
      return [transmit(ground, host, walking, position.oif, position.hop)];
    case 'wire':
      return [wire(ground, host, walking, position.oif, position.nextHop)];
  }
}
