import type { Cite, FindingDraft } from '../../core/finding.js';
import { acceptance } from '../accept-port.js';
import { bgpSessions, downSessions, needsSession, type SessionEnds, sessionConversations } from '../bgp-sessions.js';
import { blames, decidedBy } from '../blame.js';
import { type Case, type Cause, type CauseDraft, found, quiet, ruledOut } from '../cause.js';
import { ruleOf } from '../rule-words.js';
import { sessionRemedies } from '../session-remedies.js';
import { evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * A BGP session that should carry pod routes is down.
 *
 * Physics: Calico's BIRD learns the other nodes' blocks by BGP (TCP 179). Without the session their routes are missing,
 * and pod packets follow the default route.
 *
 * Innocent: the last word of a log that ends while sessions start (a status from the same node, or routes that came by
 * this peer, say otherwise); peers that are gone; clusters without BGP; a readiness complaint in the first minute.
 *
 * Proven: the session's state, and missing routes or packets that get lost. The state alone makes it likely. Ruled out: all
 * sessions that are shown are established.
 */
export const bgpNotEstablished: Cause = {
  code: 'bgp-not-established',
  diagnose(given) {
    const down = downSessions(given);
    if (down.length > 0) return found(down.map((ends) => draft(given, ends)));
    const suspicious = given.symptoms.some((s) => SILENCE.has(s.code) && s.severity === 'critical');
    const [up] = bgpSessions(given);
    if (up === undefined || !suspicious) return quiet;
    return ruledOut(`the BGP sessions that are shown are established, such as that with ${up.peer}`, {
      role: 'the session',
      at: up.at,
    });
  },
};

/** The rule that takes the session's packets, when the walk from node to node ends there. */
function blockedBy(given: Case, ends: SessionEnds) {
  const standing = sessionConversations(given, ends);
  const [blame] = blames({ ...given, failed: [], standing }, ({ by, disposition }, last) =>
    by !== undefined && /-by-rule$/.test(disposition) ? `${last.node} ${by.chain}` : undefined,
  );
  const rule = blame === undefined ? undefined : ruleOf(given, blame);
  return blame === undefined || rule === undefined ? undefined : { blame, rule };
}

function draft(given: Case, ends: SessionEnds): CauseDraft {
  const { facts } = given;
  const [s, ...others] = ends;
  const explains = (symptom: FindingDraft): boolean => needsSession(given, ends, symptom);
  const blocked = blockedBy(given, ends);
  const shown = given.symptoms.filter(explains);
  const complaints = facts.logs
    .filter((log) => (log.code === 'bgp-error' || log.code === 'bgp-not-established') && log.address === s.peer)
    .slice(-2);
  const table = given.hosts.get(s.reporter ?? '')?.tables.get(s.peer.includes(':') ? '6 main' : '4 main');
  const routes = table?.shown === 'whole' ? table.sources : [];
  const whom = `${s.peer}${s.peerNode === undefined ? '' : ` (${s.peerNode})`}`;
  const refused = /refused/i.test(s.state);
  return {
    code: 'bgp-not-established',
    severity: shown.length > 0 || routes.length > 0 ? 'critical' : 'warning',
    confidence: shown.length > 0 ? 'proven' : 'likely',
    title: `The BGP session of ${s.reporter ?? 'a node'} with ${whom} is not established`,
    summary: `The BGP session between ${s.reporter ?? 'a node'} and ${whom} is not established (${s.state}${blocked === undefined ? '' : `; ${blocked.blame.node} drops its packets by ${blocked.rule.text}`}), so neither has the routes to the other's pods.`,
    explanation: refused
      ? 'Nobody listens on TCP 179 there: BIRD (calico-node) does not run on that node, or the address is another machine\u2019s.'
      : 'Routes to the pod blocks of the other node come by this session alone. Without it packets follow the default route.',
    subjects: subjects(s.peer, s.reporter, s.peerNode, blocked?.rule.chain),
    count: ends.length,
    evidence: evidence(
      { role: 'the session', at: s.at },
      ...others.slice(0, 2).map((other): Cite => ({ role: 'the other end', at: other.at })),
      ...(blocked === undefined ? [] : decidedBy(blocked.blame, 'what drops TCP 179')),
      ...complaints.map((at): Cite => ({ role: 'what BIRD says', at })),
      ...(routes.length === 0
        ? []
        : [
            {
              role: 'no route came by it',
              absent: `a route of BIRD via ${s.peer}`,
              searched: routes as readonly [number, ...number[]],
            },
          ]),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      ...(blocked === undefined ? [] : [acceptance(given, blocked.blame, blocked.rule)]),
      ...sessionRemedies(
        given,
        s,
        complaints.map((log) => log.message),
        shown,
      ),
    ],
    explains,
  };
}
