import { packetsShow, whoTried } from '../heuristics/told.js';
import type { Origin } from '../model/journey/step.js';
import type { Owner } from '../model/owner.js';
import { isAsGoodAsAnswered } from '../model/ping-loss.js';
import type { Case } from './cause.js';

/** The conversations that were seen, or told of, and that got an answer. */
export interface Answered {
  /** Pairs of client and server in captures, LOG lines and tests by hand; a pair that was asked for twice counts once. */
  readonly pairs: number;
  /** Those of them of which an end is a pod or a service; all of them where nothing in the bundle tells pods from others. */
  readonly ofPods: number;
  /** Those between a pod and another node or its pods; undefined where nothing tells. */
  readonly acrossNodes: number | undefined;
  /** Pairs of which no packet got an answer although the capture could have shown it: too few packets to call it a fault. */
  readonly open: readonly { readonly src: string; readonly dst: string }[];
  /** True when somebody tried by hand, and not every try was answered. */
  readonly triedInVain: boolean;
  /** The first test by hand of a pod, service or node that failed, that did not work later, and of which the bundle has no packet. */
  readonly vain: { readonly tool: string; readonly address: string; readonly port?: number | undefined } | undefined;
  /** True when somebody was seen to get an answer on this way: from this node, or a pod of it, to a pod of the destination's node. */
  shows(from: Origin, to: string): boolean;
  /** True when pods of the two nodes were seen to talk, whoever began: packets go both ways between them. */
  talk(one: string, other: string): boolean;
}

/** Pairs that are looked at; a capture of a scan has millions. */
const MOST_PAIRS = 100_000;

/** Collects them. A test by hand counts when none of them failed: of a mixed lot nobody knows which came last. */
export async function answeredConversations({ scene, cluster, facts }: Case): Promise<Answered> {
  const rows = await scene.rows(
    `SELECT src, dst FROM opener WHERE answered GROUP BY src, dst ORDER BY src, dst LIMIT ${MOST_PAIRS}`,
  );
  const ends = rows.map((row): readonly [Owner, Owner] => [
    scene.owner(Number(row['src'])),
    scene.owner(Number(row['dst'])),
  ]);
  const told = facts.probes.every(worked)
    ? facts.probes.map((probe): readonly [Owner, Owner] => [
        {
          role: cluster.inNamespace(probe) || probe.pod !== undefined ? 'pod' : 'node',
          node: whoTried(scene, probe.pod ?? cluster.namespaceOf(probe), cluster.nodeOf(probe)).node,
        },
        probe.address === undefined ? { role: 'unknown' } : cluster.owner(probe.address),
      ])
    : [];
  const pairs = [...ends, ...told];
  // Where several ask and not one packet comes back to any of them, the tap shows one direction only.
  const silent = await scene.rows(`
    WITH deaf AS (
      SELECT o.source FROM opener o LEFT JOIN hears h ON h.source = o.source AND h.client = o.src
      GROUP BY o.source HAVING count(h.client) = 0 AND count(DISTINCT (o.src, o.dst)) > 1)
    SELECT o.src, o.dst FROM opener o JOIN tap t USING (tap)
    GROUP BY o.src, o.dst HAVING NOT bool_or(o.answered) AND bool_or(t.kind <> 'log' AND o.source NOT IN (SELECT source FROM one_way UNION SELECT source FROM deaf))
    ORDER BY o.src, o.dst LIMIT ${MOST_PAIRS}`);
  const known = cluster.podRanges.length > 0 || facts.pods.length > 0;
  const ways = new Set(pairs.map(([from, to]) => wayOf(from, to)));
  return {
    pairs: pairs.length,
    open: silent.map((row) => ({ src: scene.address(Number(row['src'])), dst: scene.address(Number(row['dst'])) })),
    vain: await triedInVain(scene, facts.probes),
    triedInVain: !facts.probes.every(worked),
    ofPods: known ? pairs.filter((pair) => pair.some(isOfPods)).length : pairs.length,
    acrossNodes: known ? pairs.filter(([from, to]) => isAcross(from, to)).length : undefined,
    talk: (one, other) => [`pod ${one} pod ${other}`, `pod ${other} pod ${one}`].some((way) => ways.has(way)),
    shows: (from, to) => 'node' in from && ways.has(wayOf({ role: from.kind, node: from.node }, cluster.owner(to))),
  };
}

/** Nobody pings the address of a service. */
const isMeant = ({ role }: Owner, tool: string): boolean =>
  isPod({ role }) || role === 'node' || (role === 'service' && tool !== 'ping');

/** Packets of the same conversation know better: what they show was judged. */
async function triedInVain(scene: Case['scene'], probes: Case['facts']['probes']): Promise<Answered['vain']> {
  for (const probe of probes) {
    const { tool, address, port } = probe;
    if (worked(probe) || address === undefined || !isMeant(scene.cluster.owner(address), tool)) continue;
    const later = probes.some(
      (p) =>
        p.address === address &&
        (p.port === port || p.tool !== tool) &&
        worked(p) &&
        (p.source > probe.source || (p.source === probe.source && p.line > probe.line)),
    );
    const condition = port === undefined ? 'true' : `p.dport = ${port}`;
    if (!later && !(await packetsShow(scene, address, condition))) return { tool, address, port };
  }
  return undefined;
}

/** A test by hand that was answered; of a ping the odd lost packet does not count. */
const worked = ({ tool, outcome, sent, received }: Case['facts']['probes'][number]): boolean =>
  outcome === 'ok' || (tool === 'ping' && outcome === 'partial' && isAsGoodAsAnswered({ sent, received }));

const POD = new Set<Owner['role']>(['pod', 'pod-range']);
const isPod = ({ role }: Owner): boolean => POD.has(role);

const isOfPods = (owner: Owner): boolean => isPod(owner) || owner.role === 'service';

/** Between nodes, and a pod's at one end. */
const isAcross = (from: Owner, to: Owner): boolean =>
  (isPod(from) || isPod(to)) && from.node !== undefined && to.node !== undefined && from.node !== to.node;

/** A way by its ends; of what tells no node, none that is asked for. */
const wayOf = (from: Owner, to: Owner): string =>
  `${isPod(from) ? 'pod' : 'node'} ${from.node ?? '?'} ${isPod(to) ? 'pod' : 'other'} ${to.node ?? '?'}`;
