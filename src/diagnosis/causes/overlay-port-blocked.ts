import type { Cite, FindingDraft } from '../../core/finding.js';
import type { Question } from '../../model/journey/journeys.js';
import type { Step } from '../../model/journey/step.js';
import { OVERLAY_PORTS, WEAVE_DATA_PORT, WEAVE_PEER_PORT } from '../../model/overlay-ports.js';
import { acceptance } from '../accept-port.js';
import { downSessions, isBgp, needsSession, type SessionEnds, sessionConversations } from '../bgp-sessions.js';
import type { Blame } from '../blame.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { droppingRules, prohibiting } from '../dropping-rule.js';
import { envelopesIn } from '../envelopes-in.js';
import { loggedEnvelopes } from '../logged-envelopes.js';
import { isPolicyChain } from '../rule-words.js';
import { seenEnvelopes } from '../seen-envelopes.js';
import { allFlows } from '../witness.js';

/**
 * A node's own firewall drops or rejects the overlay's envelopes, or the BGP that carries its routes.
 *
 * Physics: an envelope is an ordinary UDP packet (or IP protocol 4) to the node itself: it passes INPUT of the receiver and
 * OUTPUT of the sender before the tunnel device sees it. Hardened images, ufw and firewalld accept SSH and the API's ports
 * and drop the rest, so nodes look healthy while no pod reaches another node.
 *
 * Innocent: rules for other ports or sources; an overlay whose traffic is accepted further up.
 *
 * Proven: the rule decides the envelope's walk and the envelopes are seen to arrive while nothing comes out of the tunnel.
 * Likely: the rules alone, the receiver's ICMP prohibited, or its log lines that name the drop.
 */
export const overlayPortBlocked: Cause = {
  code: 'overlay-port-blocked',
  async diagnose(given) {
    const seenOnes = await seenEnvelopes(given);
    const asEnvelope = new Set(seenOnes.map(({ question }) => keyOf(question)));
    const ruled = droppingRules(
      { ...given, standing: [...given.standing, ...envelopesIn(given), ...seenOnes] },
      (_walk, last) =>
        (isEnvelope(last) || asEnvelope.has(keyOf({ to: last.packet.dst, ...last.packet }))) &&
        /^(input|output|prerouting)$/.test(last.stage),
      {
        code: 'overlay-port-blocked',
        what: ({ last }) => named(last),
        explanation: ({ node, last }) =>
          `An envelope is an ordinary packet for ${node} itself and passes ${last.stage === 'output' ? 'OUTPUT' : 'INPUT'} before the tunnel device sees it. The nodes reach each other by their own addresses, so they look healthy, while every packet between pods of different nodes is lost in this direction.`,
        subjects: ({ last }) => [portOf(last)?.toString()],
        reason: ({ conversations }) =>
          conversations
            .flatMap(
              ({ comparison }) => comparison?.path.findLast(({ sight }) => sight === 'seen')?.seen.slice(0, 1) ?? [],
            )
            .slice(0, 2)
            .map(({ tap, place }): Cite => ({ role: 'an envelope that it meets', at: { tap: tap.tap, place } })),
        remedy: (blame, rule) => acceptance(given, blame, rule),
      },
    );
    const seen = ruled
      .map((draft) => (oneWayOnly(given, draft) ? { ...draft, confidence: 'possible' as const } : draft))
      .map((draft) => ({ ...draft, explains: (s: FindingDraft) => draft.explains(s) || isErrorOf(draft, s) }));
    const bgp = blockedSessions(given);
    const told = await prohibiting(
      given,
      'envelope',
      {
        code: 'overlay-port-blocked',
        what: (p) => `tunnel packets${p.dport === undefined ? '' : ` (UDP ${p.dport})`}`,
        hook: 'INPUT',
      },
      [...seen, ...bgp],
    );
    return found([...seen, ...bgp, ...told, ...loggedEnvelopes(given, [...seen, ...bgp, ...told])]);
  },
};

/** The receiver's error about envelopes, which tells no port where tcpdump's text does not: between the same addresses. */
const isErrorOf = ({ subjects }: CauseDraft, symptom: FindingDraft): boolean =>
  symptom.code === 'icmp-error' &&
  allFlows(
    symptom,
    ({ src, dst, dport }) =>
      [src, dst].every((address) => subjects.includes(address)) &&
      (dport === undefined || subjects.includes(String(dport))),
  );

const keyOf = ({ proto, to, dport }: Pick<Question, 'proto' | 'to' | 'dport'>): string => `${proto} ${to} ${dport}`;

/**
 * Weave's peers connect from both ends, and what one end lets nobody begin the other may: only possible, unless Weave itself says
 * that its connection to this port of the node failed.
 */
const oneWayOnly = ({ facts }: Case, { subjects }: CauseDraft): boolean =>
  [WEAVE_PEER_PORT, WEAVE_DATA_PORT].some((port) => subjects.includes(String(port))) &&
  !facts.probes.some(
    ({ port, outcome, address }) =>
      port === WEAVE_PEER_PORT && /^(?:timeout|unreachable|refused)$/.test(outcome) && subjects.includes(address ?? ''),
  );

/** Sessions of BGP that are down, and neither end of which gets through to the other's port 179 by its rules. */
function blockedSessions(given: Case): readonly CauseDraft[] {
  const down = downSessions(given);
  const standing = down.flatMap((ends) => sessionConversations(given, ends));
  const endsOf = ({ conversations }: Blame): readonly SessionEnds[] =>
    down.filter(([session]) => conversations.some(({ question }) => isOf(session, question)));
  const drafts = droppingRules({ ...given, standing }, (walk, last) => isBgp(last) && !isPolicyChain(walk.by!.chain), {
    code: 'overlay-port-blocked',
    what: () => 'BGP (TCP 179)',
    explanation: ({ node }) =>
      `The nodes tell each other by BGP which pods they have. ${node} takes the packets of these sessions away, so the routes to the pods never come, while the nodes reach each other by all other ports.`,
    subjects: (blame) => ['179', ...endsOf(blame).flatMap(([s]) => [s.peer, s.reporter, s.peerNode])],
    reason: (blame) =>
      endsOf(blame)
        .slice(0, 3)
        .map(([s]): Cite => ({ role: 'the session that is not established', at: s.at })),
    remedy: (blame, rule) => acceptance(given, blame, rule),
  });
  return drafts.map((draft) => ({
    ...draft,
    // BIRD tried, and says that it failed.
    confidence: draft.confidence === 'possible' ? 'likely' : draft.confidence,
    explains: (symptom) =>
      draft.explains(symptom) ||
      down.some(
        (ends) =>
          [ends[0].peer, ends[0].reporter].every((name) => draft.subjects.includes(name ?? '')) &&
          needsSession(given, ends, symptom),
      ),
  }));
}

const isOf = ({ reporter, peer, peerNode }: SessionEnds[0], { from, to }: Question): boolean =>
  from.kind === 'node' &&
  ((from.node === reporter && to === peer) || (from.node === peerNode && from.address === peer));

/** IP protocols that are envelopes themselves: IP in IP, IPv6 in IPv4, GRE. */
const TUNNELS: ReadonlyMap<number, string> = new Map([
  [4, 'IP in IP'],
  [41, 'IPv6 in IPv4'],
  [47, 'GRE'],
]);

/** An envelope, with or without knowledge of what it carries; or the connection by which Weave's peers find each other. */
export const isEnvelope = ({ outer, packet }: Step): boolean =>
  outer !== undefined ||
  TUNNELS.has(packet.proto) ||
  packet.dport === WEAVE_PEER_PORT ||
  (packet.proto === 17 && OVERLAY_PORTS.has(packet.dport ?? 0));

/** The packets of this step, in words. */
function named(last: Step): string {
  const port = portOf(last);
  if (port === undefined) {
    const proto = TUNNELS.get((last.outer ?? last.packet).proto);
    return proto === undefined || proto === 'IP in IP' ? 'tunnel packets' : `tunnel packets (${proto})`;
  }
  return (last.outer ?? last.packet).proto === 6
    ? `the overlay\u2019s own connections (TCP ${port})`
    : `tunnel packets (UDP ${port})`;
}

const portOf = ({ outer, packet }: Step): number | undefined => (outer ?? packet).dport;
