import { canonicalAddress } from '../core/address.js';
import type { bgpPeer } from '../core/event/cni.js';
import type { FindingDraft } from '../core/finding.js';
import type { Fact, Placed } from '../model/facts.js';
import { isLive } from '../model/interfaces.js';
import type { Conversation } from '../model/journey/conversations.js';
import type { Question } from '../model/journey/journeys.js';
import type { Step } from '../model/journey/step.js';
import type { Case } from './cause.js';
import { crosses } from './flow-end.js';
import { allFlows, SILENCE } from './witness.js';

/** What one node says of its session with one peer. */
export interface Session {
  readonly reporter: string | undefined;
  readonly peer: string;
  readonly peerNode: string | undefined;
  readonly up: boolean;
  readonly state: string;
  readonly fromLog: boolean;
  /** One of Calico's full mesh, and not configured by hand. */
  readonly mesh: boolean;
  readonly at: Placed;
}

const isUp = (row: Fact<typeof bgpPeer>): boolean =>
  row.state === 'up' && (row.info === undefined || /^Established/.test(row.info));

/** One word per reporter and peer: a status beats a log, and of two the established one holds (the other was on its way). */
export function bgpSessions({ cluster, facts, scene }: Case): Session[] {
  const words = new Map<string, Session>();
  for (const row of facts.bgpPeers) {
    const peer = canonicalAddress(row.peer);
    if (peer === undefined) continue;
    const reporter = cluster.nodeOf(row);
    const fromLog = facts.logs.some((log) => log.source === row.source);
    const session: Session = {
      reporter,
      peer,
      peerNode: cluster.nodeWithAddress(peer),
      up: isUp(row),
      state: [row.state, row.info].filter((t) => t !== undefined && t !== '').join(', '),
      fromLog,
      mesh: row.peer_type?.includes('mesh') === true,
      at: row,
    };
    const key = `${reporter ?? scene.file(row.source)} ${peer}`;
    const known = words.get(key);
    if (known === undefined || (known.fromLog && !fromLog) || (known.fromLog === fromLog && session.up))
      words.set(key, session);
  }
  return [...words.values()];
}

/** The peer is there as far as the bundle tells, and no route came by it. */
function isMissed({ cluster, facts }: Case, s: Session): boolean {
  if (s.peerNode !== undefined && !isLive(cluster, s.peerNode)) return false;
  if (/disabled|Administratively/i.test(s.state)) return false;
  // Routes that lead there, whoever made them: BIRD's of this session, or Felix's for VXLAN, which needs none.
  const inner = s.peerNode === undefined ? undefined : cluster.nodes.get(s.peerNode)?.overlayAddresses;
  return !facts.routes.some(
    (r) =>
      r.via !== undefined &&
      r.dst.includes('/') &&
      !/\/0$/.test(r.dst) &&
      (r.via === s.peer || inner?.has(r.via) === true) &&
      cluster.nodeOf(r) === s.reporter,
  );
}

/** Sessions that are down and that nothing stands in for, each with what both ends say of it. */
export function downSessions(given: Case): readonly SessionEnds[] {
  const pairs = new Map<string, [Session, ...Session[]]>();
  for (const s of bgpSessions(given).filter((one) => !one.up && isMissed(given, one))) {
    const key = [s.reporter ?? '?', s.peerNode ?? s.peer].sort().join(' ');
    const known = pairs.get(key);
    if (known === undefined) pairs.set(key, [s]);
    else known.push(s);
  }
  return [...pairs.values()];
}

/** A session that is down, as one end or both report it. */
export type SessionEnds = readonly [Session, ...Session[]];

/** TCP port of BGP (RFC 4271). */
const BGP = 179;

/** A packet of a BGP session, either way. */
export const isBgp = ({ packet }: Pick<Step, 'packet'>): boolean =>
  packet.proto === 6 && (packet.dport === BGP || packet.sport === BGP);

/**
 * The connections of a session, walked: of the end that opens it, or of both where either may and neither gets through. One that gets
 * through by all that the bundle tells leaves none.
 */
export function sessionConversations({ journeys }: Case, ends: SessionEnds): readonly Conversation[] {
  const [{ reporter, peer, peerNode }] = ends;
  if (reporter === undefined || peerNode === undefined) return [];
  const there: Question = { from: { kind: 'node', node: reporter }, to: peer, proto: 6, dport: BGP };
  const source = journeys.between(there).walks[0]?.request.packet.src;
  if (source === undefined || source === '' || source === peer) return [];
  const back: Question = { from: { kind: 'node', node: peerNode, address: peer }, to: source, proto: 6, dport: BGP };
  const opener = openerOf(ends, source);
  const asked = [...(opener === 'peer' ? [] : [there]), ...(opener === 'reporter' ? [] : [back])];
  const walked = asked.map((question) => ({ question, journey: journeys.between(question), symptoms: [] }));
  return walked.some(({ journey }) => journey.outcome === 'pass') ? [] : walked;
}

/**
 * Who opens the connection. BIRD's state Passive waits for the other. In Calico's mesh the end with the address that is later in the
 * order of words does (confd's bird.cfg.template: `passive on; # Mesh is unidirectional, peer will connect to us.`).
 */
function openerOf(ends: SessionEnds, source: string): 'reporter' | 'peer' | 'either' {
  const [first] = ends;
  const passive = ends.find(({ state }) => /\bPassive\b/.test(state));
  if (passive !== undefined) return passive.reporter === first.reporter ? 'peer' : 'reporter';
  if (!first.mesh) return 'either';
  return source > first.peer ? 'reporter' : 'peer';
}

/** Packets between pods and the other end: they need the routes that come by this session. */
export function needsSession({ cluster }: Case, [{ reporter, peerNode }]: SessionEnds, symptom: FindingDraft): boolean {
  const nodes = [reporter, peerNode].filter((n): n is string => n !== undefined);
  return (
    nodes.length > 0 &&
    SILENCE.has(symptom.code) &&
    allFlows(symptom, (flow) => nodes.every((node) => crosses(cluster, flow, node)))
  );
}
