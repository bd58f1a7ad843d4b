import type { CauseCode } from '../core/code.js';
import { PASSING, type Step, type Walk } from '../model/journey/step.js';
import { isBgp } from './bgp-sessions.js';
import { isEnvelope } from './causes/overlay-port-blocked.js';

/** The cause that a fault at this stage of a walk would be: what a missing input there would decide. */
export function causeAt(step: Step): CauseCode | undefined {
  switch (step.stage) {
    case 'output-route':
    case 'route':
    case 'transmit':
    case 'deliver':
    case 'start':
      return 'missing-pod-route';
    case 'reverse-path':
      return 'rp-filter-drop';
    case 'forward':
      return 'forward-drop';
    case 'prerouting':
    case 'input':
    case 'output':
      return isEnvelope(step) || isBgp(step) ? 'overlay-port-blocked' : 'host-firewall-drop';
    case 'receive':
      return step.outer !== undefined ? 'overlay-port-blocked' : 'forward-drop';
    case 'postrouting':
      return 'missing-masquerade';
    case 'bridge':
      return 'bridge-netfilter-disabled';
    case 'neighbour':
    case 'encapsulate':
    case 'decapsulate':
      return step.outer !== undefined || step.stage !== 'neighbour' ? 'stale-vtep' : 'next-hop-off-link';
    case 'underlay':
      return 'underlay-drop';
  }
}

/** The cause that this end of a walk is; undefined for ends that pass, and those that nobody can tell. */
export function causeOfEnd(walk: Walk, leg: 'request' | 'reply'): CauseCode | undefined {
  const last = walk.steps.at(-1);
  if (last === undefined || PASSING.has(walk.disposition) || walk.disposition === 'unknown') return undefined;
  switch (walk.disposition) {
    case 'dropped-by-reverse-path':
      return 'rp-filter-drop';
    case 'forwarding-disabled':
      return 'ip-forward-disabled';
    case 'dropped-by-route':
    case 'rejected-by-route':
      return 'blackhole-route';
    case 'no-route':
      return 'missing-pod-route';
    case 'sent-astray':
      return leg === 'reply' ? 'asymmetric-route' : 'missing-pod-route';
    case 'not-bridged':
      return undefined;
    case 'not-recognised':
      return 'bridge-netfilter-disabled';
    case 'no-neighbour':
    case 'not-decapsulated':
      return last.outer === undefined ? 'next-hop-off-link' : 'stale-vtep';
    default:
      return causeAt(last);
  }
}
