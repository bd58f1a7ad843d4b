import { asymmetricFlow } from './asymmetric-flow.js';
import { badChecksum } from './bad-checksum.js';
import { connectionReset } from './connection-reset.js';
import type { Heuristic } from './heuristic.js';
import { icmpError } from './icmp-error.js';
import { largePacketsLost } from './large-packets-lost.js';
import { lostBetweenCaptures } from './lost-between-captures.js';
import { martianSource } from './martian-source.js';
import { nodeSourceOnOverlay } from './node-source-on-overlay.js';
import { ruleDrop } from './rule-drop.js';
import { tcpRetransmission } from './tcp-retransmission.js';
import { unrepliedIcmp } from './unreplied-icmp.js';
import { unrepliedSyn } from './unreplied-syn.js';
import { unrepliedUdp } from './unreplied-udp.js';
import { unsnattedSource } from './unsnatted-source.js';
import { vxlanWrongOuterDst } from './vxlan-wrong-outer-dst.js';

/** Every symptom check. The order is that of the report when severities are equal: the most telling symptom first. */
export const HEURISTICS: readonly Heuristic[] = [
  vxlanWrongOuterDst,
  unsnattedSource,
  nodeSourceOnOverlay,
  martianSource,
  ruleDrop,
  lostBetweenCaptures,
  badChecksum,
  largePacketsLost,
  unrepliedSyn,
  unrepliedUdp,
  unrepliedIcmp,
  icmpError,
  asymmetricFlow,
  connectionReset,
  tcpRetransmission,
];
