import type { SymptomCode } from '../core/code.js';
import type { Cite, FindingDraft, NonEmpty, Severity } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { insideRole } from './severity.js';

/**
 * Silence that somebody or some program wrote down: a curl that timed out or was given up, a ping without a reply, a
 * component whose log says `dial tcp …: i/o timeout`. A connect that times out is a SYN without an answer (Linux tells
 * refusals and ICMP errors apart from it). Used where no packet of that conversation is in the bundle; packets know better.
 *
 * Innocent: programs that got through later (log lines that are not near the end of their log are for information only);
 * pings of a service address.
 */
interface Kind {
  readonly code: SymptomCode;
  /** SQL conditions over `probe` and `log`. */
  readonly probes: string;
  readonly logs: string;
  /** Packets that would show such a conversation, as SQL over `packet_raw p`. */
  readonly packets: string;
  readonly words: string;
}

export const TOLD_SYN: Kind = {
  code: 'unreplied-syn',
  probes: "tool IN ('curl', 'wget', 'nc', 'telnet') AND port > 0",
  logs: "code = 'dial-timeout'",
  packets: 'p.proto = 6 AND p.dport = $port',
  words: 'TCP connections',
};
export const TOLD_PING: Kind = {
  code: 'unreplied-icmp',
  probes: "tool = 'ping' AND coalesce(received, 0) = 0 AND coalesce(sent, 2) >= 2",
  logs: 'false',
  packets: 'p.proto IN (1, 58) AND p.icmp_type IN (8, 128)',
  words: 'pings',
};
export const TOLD_DNS: Kind = {
  code: 'unreplied-udp',
  probes: "tool IN ('nslookup', 'dig', 'host')",
  logs: "code = 'dns-timeout'",
  packets: 'p.proto = 17 AND p.dport = 53',
  words: 'DNS queries',
};

/** Lines from the end of a log, or share of it, within which a failure counts as the last word. */
const TAIL_LINES = 20;
const TAIL_SHARE = 0.1;

interface Told {
  readonly who: string;
  readonly node: string | undefined;
  readonly address: string;
  readonly port: number | undefined;
  readonly places: readonly { readonly source: number; readonly line: number }[];
  readonly role: string;
  /** Got through later, or not at the end of its log. */
  readonly past: boolean;
}

async function fromProbes(scene: Scene, kind: Kind): Promise<Told[]> {
  const rows = await scene.rows(`
    WITH one AS (
      SELECT b.*, s.node, s.netns, s.artifact, coalesce(b.pod, s.netns) AS pod_or_ns FROM probe b JOIN source s USING (source) WHERE b.address IS NOT NULL)
    SELECT o.node, o.pod_or_ns AS pod, o.tool, o.address, o.port, list([o.source, o.line] ORDER BY o.source, o.line)[1:10] AS places,
           bool_and(EXISTS (SELECT 1 FROM one x WHERE x.outcome IN ('ok', 'partial') AND x.artifact = o.artifact AND x.line > o.line AND x.address = o.address
             AND x.tool = o.tool AND x.port IS NOT DISTINCT FROM o.port AND x.node IS NOT DISTINCT FROM o.node AND x.pod_or_ns IS NOT DISTINCT FROM o.pod_or_ns)) AS past
    FROM one o WHERE o.outcome IN ('timeout', 'interrupted') AND ${kind.probes}
    GROUP BY o.node, o.pod_or_ns, o.tool, o.address, o.port ORDER BY places, o.address, o.port LIMIT 200`);
  return rows.map((row) => {
    const node = row['node'] === null ? undefined : String(row['node']);
    const pod = row['pod'] === null ? undefined : String(row['pod']);
    return {
      who: [pod, node].filter((name) => name !== undefined).join(' on ') || 'the machine of the transcript',
      node,
      address: String(row['address']),
      port: row['port'] === null ? undefined : Number(row['port']),
      places: placesOf(row['places']),
      role: `${String(row['tool'])} got no answer`,
      past: row['past'] === true,
    };
  });
}

async function fromLogs(scene: Scene, kind: Kind): Promise<Told[]> {
  const rows = await scene.rows(`
    SELECT l.source, l.component, s.node, l.address, try_cast(l.value AS INTEGER) AS port, count(DISTINCT l.line) AS n, list(DISTINCT [l.source, l.line] ORDER BY [l.source, l.line])[1:10] AS places,
           max(l.line) < any_value(a.lines) - greatest(${TAIL_LINES}, ${TAIL_SHARE} * any_value(a.lines)) AS past
    FROM log l JOIN source s USING (source) JOIN artifact a USING (artifact) WHERE l.address IS NOT NULL AND ${kind.logs}
    GROUP BY l.source, l.component, s.node, l.address, port HAVING n >= 2 ORDER BY l.source, places, l.address LIMIT 200`);
  return rows.map((row) => {
    const node = row['node'] === null ? undefined : String(row['node']);
    return {
      who: `${String(row['component'])}${node === undefined ? '' : ` on ${node}`}`,
      node,
      address: String(row['address']),
      port: row['port'] === null ? undefined : Number(row['port']),
      places: placesOf(row['places']),
      role: `${String(row['component'])} waited in vain`,
      past: row['past'] === true,
    };
  });
}

const placesOf = (value: unknown): { source: number; line: number }[] =>
  (value as readonly (readonly unknown[])[]).map(([source, line]) => ({ source: Number(source), line: Number(line) }));

async function seenInPackets(scene: Scene, kind: Kind, told: Told): Promise<boolean> {
  const condition = kind.packets.replace('$port', String(told.port ?? -1));
  const [row] = await scene.rows(
    `SELECT count(*) AS n FROM packet_raw p JOIN address a ON a.id = p.dst WHERE a.address = '${told.address.replaceAll("'", '')}' AND ${condition}`,
  );
  return Number(row?.['n']) > 0;
}

function severityOf(scene: Scene, kind: Kind, told: Told, fromLog: boolean): Severity {
  const { role } = scene.cluster.owner(told.address);
  if (fromLog && told.past) return 'info';
  if (role === 'service' && kind === TOLD_PING) return 'info';
  if (role === 'multicast' || role === 'loopback' || role === 'link-local') return 'info';
  return (insideRole(role) || role === 'unknown') && !told.past ? 'critical' : 'warning';
}

/** Findings from transcripts and logs alone. */
export async function toldSilences(scene: Scene, kind: Kind): Promise<FindingDraft[]> {
  const drafts: FindingDraft[] = [];
  const probes = await fromProbes(scene, kind);
  for (const told of [...probes, ...(await fromLogs(scene, kind))]) {
    if (await seenInPackets(scene, kind, told)) continue;
    const { node: target } = scene.cluster.owner(told.address);
    const port = told.port === undefined || kind === TOLD_PING ? '' : ` port ${told.port}`;
    drafts.push({
      code: kind.code,
      severity: severityOf(scene, kind, told, !probes.includes(told)),
      confidence: 'likely',
      title: `No answer to ${kind.words} from ${told.who} to ${scene.describeAddress(told.address)}${port}`,
      explanation: `Whoever tried wrote it down; no packet of it is in the bundle, so where it was lost cannot be seen.${told.past ? ' It got through later, or the log goes on without it.' : ''}`,
      subjects: [...new Set([told.address, ...[told.node, target].filter((name) => name !== undefined)])],
      count: told.places.length,
      evidence: told.places.map((at): Cite => ({ role: told.role, at })) as unknown as NonEmpty<Cite>,
      flows: [{ src: told.node ?? told.who, dst: told.address, dport: told.port }],
    });
  }
  return drafts;
}
