import type { SymptomCode } from '../core/code.js';
import { conntrack } from '../core/event/netfilter.js';
import type { Cite, FindingDraft, NonEmpty, Severity } from '../core/finding.js';
import { isPrivate } from '../core/prefix.js';
import type { Scene } from '../model/scene.js';
import { insideRole } from './severity.js';

/**
 * Connection-tracking entries that wait for their first reply: TCP in SYN_SENT, DNS queries marked [UNREPLIED].
 *
 * Any new connection looks like that for as long as the way there and back takes. So an entry counts when it waits
 * demonstrably: two packets or more in one direction, or seconds gone from its time-out (120 s after the last SYN, 30 s
 * after the last datagram, kernel nf_conntrack_proto_tcp.c and _udp.c).
 *
 * Innocent: other UDP (envelopes have a port of their own per direction, syslog and the like expect no reply); lines of
 * `conntrack -E`; knocking from outside. For information only: servers outside the cluster, and servers that answer others on
 * the same node. One that answers other nodes alone may be closed to this one: a warning. A node that only forwards may see one direction by design (direct server return): only possible there.
 */
export const WAITS = `c.event IS NULL AND coalesce(c.reply_packets, 0) = 0 AND (c.state = 'SYN_SENT' OR list_contains(c.status, 'UNREPLIED'))
  AND (c.packets >= 2 OR coalesce(c.timeout, 999) <= CASE c.proto WHEN 'tcp' THEN 118 ELSE 28 END)`;

/** An entry that has seen its reply. */
export const REPLIED = `c.event IS NULL AND NOT coalesce(list_contains(c.status, 'UNREPLIED'), false) AND (c.proto <> 'tcp' OR c.state NOT IN ('SYN_SENT', 'SYN_SENT2', 'CLOSE', 'NONE'))`;

interface Entry {
  readonly source: number;
  readonly line: number;
  readonly node: string | undefined;
  readonly src: string;
  readonly asked: string;
  /** After DNAT. */
  readonly server: string;
  readonly port: number;
}

/** Whom the server answers. */
type Answers = 'nobody' | 'other-nodes' | 'this-node';

const ANSWERS = {
  nobody: '',
  'other-nodes': ' The same server answers others, and nobody on that node.',
  'this-node': ' The same server answers others.',
} as const;

function severityOf(answers: Answers, inside: boolean, sure: boolean): Severity {
  if (answers === 'this-node' || !inside) return 'info';
  return sure && answers === 'nobody' ? 'critical' : 'warning';
}

function draft(
  scene: Scene,
  code: SymptomCode,
  words: string,
  group: readonly Entry[],
  answers: Answers,
): FindingDraft {
  const first = group[0]!;
  const owner = scene.cluster.owner(first.server);
  const clients = [...new Set(group.map((e) => e.src))];
  const atHome = group.some((e) => e.node !== undefined && scene.cluster.owner(e.src).node === e.node);
  const inside = insideRole(owner.role) || (owner.role === 'unknown' && isPrivate(first.server));
  const severity = severityOf(answers, inside, atHome && owner.role !== 'unknown');
  const asked = [...new Set(group.map((e) => e.asked))].filter((a) => a !== first.server);
  return {
    code,
    severity,
    confidence: atHome ? 'likely' : 'possible',
    title: `No answer to ${words} from ${clients
      .slice(0, 3)
      .map((c) => scene.describeAddress(c))
      .join(', ')} to ${scene.describeAddress(first.server)} port ${first.port}`,
    explanation: `${group.length} connection-tracking entries of ${[...new Set(group.map((e) => e.node ?? 'a node'))].join(', ')} wait for their first reply; no packet of it is in the bundle, so where it was lost cannot be seen.${
      asked.length > 0
        ? ` They were sent to ${asked
            .slice(0, 3)
            .map((a) => scene.describeAddress(a))
            .join(', ')} and translated.`
        : ''
    }${ANSWERS[answers]}`,
    subjects: [
      ...new Set([
        first.server,
        ...clients.slice(0, 10),
        ...asked.slice(0, 5),
        ...group.flatMap((e) => [e.node]).filter((n) => n !== undefined),
        ...[owner.node].filter((n) => n !== undefined),
      ]),
    ],
    count: group.length,
    evidence: group
      .slice(0, 20)
      .map(
        (e): Cite => ({ role: 'still without a reply', at: { source: e.source, line: e.line } }),
      ) as unknown as NonEmpty<Cite>,
    flows: group.map((e) => ({ src: e.src, dst: e.server, dport: e.port })),
  };
}

/** Findings about entries that meet an SQL condition over `conntrack c` and wait for their first reply. */
export async function trackedSilences(
  scene: Scene,
  where: string,
  code: SymptomCode,
  words: string,
): Promise<FindingDraft[]> {
  if (!scene.holds(conntrack)) return [];
  const rows = await scene.rows(`
    SELECT c.source, c.line, s.node, c.src, c.dst, coalesce(c.reply_src, c.dst) AS server, coalesce(c.reply_sport, c.dport) AS port
    FROM conntrack c JOIN source s USING (source) WHERE ${where} AND ${WAITS} AND c.dport > 0 ORDER BY c.source, c.line LIMIT 5000`);
  if (rows.length === 0) return [];
  const groups = new Map<string, Entry[]>();
  for (const row of rows) {
    const entry: Entry = {
      source: Number(row['source']),
      line: Number(row['line']),
      node: row['node'] === null ? undefined : String(row['node']),
      src: String(row['src']),
      asked: String(row['dst']),
      server: String(row['server']),
      port: Number(row['port']),
    };
    const to = scene.cluster.owner(entry.server).role;
    const from = scene.cluster.owner(entry.src).role;
    if (to === 'multicast' || to === 'link-local' || to === 'loopback' || from === 'loopback') continue;
    if (from === 'outside') continue;
    const key = `${entry.server} ${entry.port}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  const answering = await whomTheyAnswer(scene, groups);
  // A single datagram is lost now and then.
  return [...groups]
    .filter(([, group]) => code === 'unreplied-syn' || group.length >= 2)
    .map(([key, group]) => draft(scene, code, words, group, answersOf(answering.get(key), group)));
}

/** Entries that are looked at together. */
const TOGETHER = 50_000;

/**
 * On which nodes those are that the waiting servers answer; undefined among them: somewhere. A server may have a million clients:
 * they are looked at some at a time, and of each no more is kept than its node.
 */
async function whomTheyAnswer(
  scene: Scene,
  groups: ReadonlyMap<string, readonly Entry[]>,
): Promise<ReadonlyMap<string, ReadonlySet<string | undefined>>> {
  const answering = new Map<string, Set<string | undefined>>();
  if (groups.size === 0) return answering;
  const servers = new Set([...groups.values()].map(([first]) => `'${first!.server}'`));
  const [last] = await scene.rows('SELECT coalesce(max(rowid), -1) AS row FROM conntrack');
  for (let from = 0; from <= Number(last!['row']); from += TOGETHER) {
    const replied = await scene.rows(`
      SELECT DISTINCT s.node, c.src, coalesce(c.reply_src, c.dst) AS server, coalesce(c.reply_sport, c.dport) AS port
      FROM conntrack c JOIN source s USING (source)
      WHERE c.rowid BETWEEN ${from} AND ${from + TOGETHER - 1} AND ${REPLIED} AND c.dport > 0 AND server IN (${[...servers].join()})`);
    for (const row of replied) {
      const key = `${String(row['server'])} ${Number(row['port'])}`;
      if (!groups.has(key)) continue;
      const nodes = answering.get(key) ?? new Set();
      answering.set(key, nodes);
      // Its own dump tells whom a server answers, too.
      nodes.add(row['node'] === null ? undefined : String(row['node']));
      // Somebody somewhere may be of any node: more clients say no more.
      if (nodes.has(undefined)) continue;
      const client = scene.cluster.owner(String(row['src']));
      if (client.role !== 'outside') nodes.add(client.node);
    }
  }
  return answering;
}

/** A dump or a client of which nobody knows the node may be of the node that waits. */
function answersOf(nodes: ReadonlySet<string | undefined> | undefined, group: readonly Entry[]): Answers {
  if (nodes === undefined) return 'nobody';
  return nodes.has(undefined) || group.some(({ node }) => node === undefined || nodes.has(node))
    ? 'this-node'
    : 'other-nodes';
}
