import { canonicalAddress } from '../../core/address.js';
import type { bgpPeer } from '../../core/event/cni.js';
import type { Cite, FindingDraft } from '../../core/finding.js';
import type { Fact, Placed } from '../../model/facts.js';
import { isLive } from '../../model/interfaces.js';
import { type Case, type Cause, type CauseDraft, found, quiet, ruledOut } from '../cause.js';
import { crosses } from '../flow-end.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

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
    const sessions = lastWords(given);
    const down = sessions.filter((s) => !s.up && concerned(given, s));
    if (down.length > 0) return found(merged(down).map((pair) => draft(given, pair)));
    const suspicious = given.symptoms.some((s) => SILENCE.has(s.code) && s.severity === 'critical');
    const [up] = sessions;
    if (up === undefined || !suspicious) return quiet;
    return ruledOut(`the BGP sessions that are shown are established, such as that with ${up.peer}`, {
      role: 'the session',
      at: up.at,
    });
  },
};

interface Session {
  readonly reporter: string | undefined;
  readonly peer: string;
  readonly peerNode: string | undefined;
  readonly up: boolean;
  readonly state: string;
  readonly fromLog: boolean;
  readonly at: Placed;
}

const isUp = (row: Fact<typeof bgpPeer>): boolean =>
  row.state === 'up' && (row.info === undefined || /^Established/.test(row.info));

/** One word per reporter and peer: a status beats a log, and of two the established one holds (the other was on its way). */
function lastWords({ cluster, facts, scene }: Case): Session[] {
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
function concerned({ cluster, facts }: Case, s: Session): boolean {
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

/** Both ends report one session: one draft. */
function merged(down: readonly Session[]): readonly (readonly Session[])[] {
  const pairs = new Map<string, Session[]>();
  for (const s of down) {
    const key = [s.reporter ?? '?', s.peerNode ?? s.peer].sort().join(' ');
    pairs.set(key, [...(pairs.get(key) ?? []), s]);
  }
  return [...pairs.values()];
}

function draft(given: Case, pair: readonly Session[]): CauseDraft {
  const { cluster, facts } = given;
  const [s] = pair as [Session];
  const ends = [s.reporter, s.peerNode].filter((n): n is string => n !== undefined);
  const explains = (symptom: FindingDraft): boolean =>
    ends.length > 0 &&
    SILENCE.has(symptom.code) &&
    allFlows(symptom, (flow) => ends.every((node) => crosses(cluster, flow, node)));
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
    summary: `The BGP session between ${s.reporter ?? 'a node'} and ${whom} is not established (${s.state}), so neither has the routes to the other's pods.`,
    explanation: refused
      ? 'Nobody listens on TCP 179 there: BIRD (calico-node) does not run on that node, or the address is another machine\u2019s.'
      : 'Routes to the pod blocks of the other node come by this session alone. Without it packets follow the default route.',
    subjects: subjects(s.peer, s.reporter, s.peerNode),
    count: pair.length,
    evidence: evidence(
      { role: 'the session', at: s.at },
      ...pair.slice(1, 3).map((other): Cite => ({ role: 'the other end', at: other.at })),
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
      {
        command: refused
          ? `kubectl get pods -A -o wide --field-selector spec.nodeName=${s.peerNode ?? 'PEER_NODE'} | grep calico-node    # make it run: its log says why not`
          : `nc -zvw3 ${s.peer} 179    # from ${s.reporter ?? 'the node'}: no answer means a firewall on the way; then allow TCP 179 between the nodes`,
        why: `Both ends must reach each other's TCP port 179 by the addresses that they announce; AS numbers and passwords must fit.`,
        verify: `calicoctl node status    # on ${s.reporter ?? 'the node'}: ${s.peer} up, Established`,
        rollback: 'none: nothing was changed',
      },
    ],
    explains,
  };
}
