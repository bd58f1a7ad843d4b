import { appendTo } from '../core/append-to.js';
import { conntrack } from '../core/event/netfilter.js';
import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { contains, parsePrefix } from '../core/prefix.js';
import { behindNode } from '../model/behind-nodes.js';
import { mayBePod } from '../model/may-be-pod.js';
import type { Scene } from '../model/scene.js';
import { REPLIED, WAITS } from './told-conntrack.js';

/**
 * A pod's connection to something that is no pod waits for its first reply, and the connection tracking of the node
 * expects that reply at the pod's own address: the packet left without SNAT. NAT is fixed when the entry is made, so the
 * dump tells it as surely as a capture; whether that is the reason for the silence it does not tell.
 *
 * Innocent: a pod that talks to its own node (nothing leaves), to what a route leads to over another node (pods there) or to
 * what may be a pod where the bundle does not tell of all; UDP that expects no reply; pools without natOutgoing, and
 * nodes where other such connections have their replies (the network routes pod addresses).
 */
const OUTWARDS = `(c.proto = 'tcp' OR c.proto = 'icmp' AND c.icmp_type = 8 OR c.proto = 'icmpv6' AND c.icmp_type = 128 OR c.proto = 'udp' AND c.dport = 53)
  AND coalesce(c.reply_dst, c.src) = c.src`;

interface Entry {
  readonly source: number;
  readonly line: number;
  readonly node: string | undefined;
  readonly src: string;
  readonly dst: string;
  readonly port: number | undefined;
}

/** Entries of pods towards something that is no pod and not their own node. */
async function entries(scene: Scene, where: string): Promise<Entry[]> {
  if (!scene.holds(conntrack)) return [];
  const rows = await scene.rows(`
    SELECT c.source, c.line, s.node, c.src, coalesce(c.reply_src, c.dst) AS dst, coalesce(c.reply_sport, c.dport) AS port
    FROM conntrack c JOIN source s USING (source) WHERE ${where} ORDER BY c.source, c.line LIMIT 20000`);
  return rows
    .map((row) => ({
      source: Number(row['source']),
      line: Number(row['line']),
      node: row['node'] === null ? undefined : String(row['node']),
      src: String(row['src']),
      dst: String(row['dst']),
      port: row['port'] === null ? undefined : Number(row['port']),
    }))
    .filter(({ src, dst, node }) => {
      const from = scene.cluster.owner(src);
      const to = scene.cluster.owner(dst);
      if (from.role !== 'pod' && from.role !== 'pod-range') return false;
      const at = from.node ?? node;
      if (to.role === 'outside' && at !== undefined && behindNode(scene.cluster, at, dst) !== undefined) return false;
      return (
        (to.role === 'outside' && !mayBePod(scene.cluster, dst)) ||
        (to.role === 'node' && to.node !== (from.node ?? node))
      );
    });
}

/** True when some node's connection tracking shows connections of pods at all. */
export async function tracksPods(scene: Scene): Promise<boolean> {
  if (!scene.holds(conntrack)) return false;
  const rows = await scene.rows(
    'SELECT DISTINCT c.src FROM conntrack c WHERE c.event IS NULL ORDER BY c.src LIMIT 20000',
  );
  return rows.some((row) => ['pod', 'pod-range'].includes(scene.cluster.owner(String(row['src'])).role));
}

/** True when the pool of this address asks for no SNAT. */
const routedByDesign = (scene: Scene, address: string): boolean =>
  scene.cluster.facts.pools.some((pool) => {
    const prefix = parsePrefix(pool.cidr);
    return pool.nat_outgoing === false && prefix !== undefined && contains(prefix, address);
  });

/** Findings from connection tracking alone. */
export async function untranslatedEntries(scene: Scene): Promise<FindingDraft[]> {
  const waiting = (await entries(scene, `${OUTWARDS} AND ${WAITS}`)).filter((e) => !routedByDesign(scene, e.src));
  if (waiting.length === 0) return [];
  const home = (e: Entry): string => scene.cluster.owner(e.src).node ?? e.node ?? '';
  const routed = new Set((await entries(scene, `${OUTWARDS} AND ${REPLIED}`)).map(home));
  const groups = new Map<string, Entry[]>();
  for (const entry of waiting) {
    if (routed.has(home(entry))) continue;
    const to = scene.cluster.owner(entry.dst);
    const key = `${home(entry)} ${to.role === 'node' ? entry.dst : 'outside'}`;
    appendTo(groups, key, entry);
  }
  // One silent server outside proves little; a node of the cluster should answer.
  return [...groups.values()]
    .filter((group) => group.length >= 2 || scene.cluster.owner(group[0]!.dst).role === 'node')
    .map((group) => draft(scene, group));
}

function draft(scene: Scene, group: readonly Entry[]): FindingDraft {
  const first = group[0]!;
  const pods = [...new Set(group.map((e) => e.src))];
  const destinations = [...new Set(group.map((e) => e.dst))];
  const home = scene.cluster.owner(first.src).node ?? first.node;
  const toNode = scene.cluster.owner(first.dst).role === 'node';
  const names = (list: readonly string[]): string =>
    list
      .slice(0, 3)
      .map((a) => scene.describeAddress(a))
      .join(', ');
  const cites: Cite[] = group.slice(0, 18).map((e) => ({
    role: 'the reply is expected at the pod\u2019s own address',
    at: { source: e.source, line: e.line },
  }));
  const range = scene.cluster.owner(first.src).at;
  if (range !== undefined) cites.push({ role: 'why this is a pod address', at: range });
  return {
    code: 'unsnatted-source',
    severity: toNode ? 'critical' : 'warning',
    confidence: 'likely',
    title: `Connections of ${names(pods)} to ${names(destinations)} are not translated to the address of ${home ?? 'the node'}, and wait for a reply`,
    explanation: `${group.length} connection-tracking entries lead from a pod to a destination that is no pod, without SNAT and without a reply: whoever gets these packets sees a pod\u2019s own address and may not know the way back.`,
    subjects: [
      ...new Set([
        ...pods.slice(0, 10),
        ...destinations.slice(0, 10),
        ...[first.node, scene.cluster.owner(first.src).node].filter((n) => n !== undefined),
      ]),
    ],
    count: group.length,
    evidence: cites as unknown as NonEmpty<Cite>,
    flows: group.map((e) => ({ src: e.src, dst: e.dst, dport: e.port })),
  };
}
