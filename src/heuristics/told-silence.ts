import type { SymptomCode } from '../core/code.js';
import type { FindingDraft, Severity } from '../core/finding.js';
import { isPrivate } from '../core/prefix.js';
import type { Scene } from '../model/scene.js';
import { insideRole } from './severity.js';
import { citesOf, packetsShow, type Told, toldByLogs, toldByProbes } from './told.js';
import { trackedSilences } from './told-conntrack.js';

/**
 * Silence that somebody or some program wrote down: a curl that timed out or was given up, a ping without a reply, a
 * component whose log says `dial tcp …: i/o timeout`, a connection-tracking entry that waits for its first reply
 * (told-conntrack.ts). A connect that times out is a SYN without an answer (Linux tells refusals and ICMP errors apart from
 * it). Used where no packet of that conversation is in the bundle; packets know better.
 *
 * Innocent: programs that got through later (log lines that are not near the end of their log are for information only);
 * pings of a service address. Servers outside, the resolvers of the site among them, deserve a warning only.
 */
interface Kind {
  readonly code: SymptomCode;
  /** SQL condition over `probe`. */
  readonly probes: string;
  /** Codes of log lines. */
  readonly logs: readonly string[];
  /** Connection-tracking entries of this kind, over `conntrack c`. */
  readonly tracked: string;
  /** Packets that would show such a conversation, as SQL over `packet_raw p`. */
  readonly packets: string;
  readonly words: string;
}

export const TOLD_SYN: Kind = {
  code: 'unreplied-syn',
  probes: "o.tool IN ('curl', 'wget', 'nc', 'telnet') AND o.port > 0",
  logs: ['dial-timeout'],
  tracked: "c.proto = 'tcp' AND c.state = 'SYN_SENT'",
  packets: 'p.proto = 6 AND p.dport = $port',
  words: 'TCP connections',
};
export const TOLD_PING: Kind = {
  code: 'unreplied-icmp',
  probes: "o.tool = 'ping' AND coalesce(o.received, 0) = 0 AND coalesce(o.sent, 2) >= 2",
  logs: [],
  tracked: 'false',
  packets: 'p.proto IN (1, 58) AND p.icmp_type IN (8, 128)',
  words: 'pings',
};
export const TOLD_DNS: Kind = {
  code: 'unreplied-udp',
  probes: "o.tool IN ('nslookup', 'dig', 'host')",
  logs: ['dns-timeout'],
  tracked: "c.proto = 'udp' AND c.dport = 53",
  packets: 'p.proto = 17 AND p.dport = 53',
  words: 'DNS queries',
};

function severityOf(scene: Scene, kind: Kind, told: Told): Severity {
  const { role } = scene.cluster.owner(told.address);
  if (told.from === 'log' && told.past) return 'info';
  if (role === 'service' && kind === TOLD_PING) return 'info';
  if (role === 'multicast' || role === 'loopback' || role === 'link-local') return 'info';
  // CoreDNS asks others than itself: those it forwards to are resolvers of the site or beyond.
  const elsewhere = !isPrivate(told.address) || (kind === TOLD_DNS && told.by === 'coredns');
  return (insideRole(role) || (role === 'unknown' && !elsewhere)) && !told.past ? 'critical' : 'warning';
}

/** Findings from transcripts, logs and connection tracking alone. */
export async function toldSilences(scene: Scene, kind: Kind): Promise<FindingDraft[]> {
  const drafts: FindingDraft[] = [];
  const all = [
    ...(await toldByProbes(scene, `o.outcome IN ('timeout', 'interrupted') AND ${kind.probes}`)),
    ...(await toldByLogs(scene, kind.logs)),
  ];
  const shown = (address: string, port: number | undefined): Promise<boolean> =>
    packetsShow(scene, address, kind.packets.replace('$port', String(port ?? -1)));
  for (const told of all) {
    if (await shown(told.address, told.port)) continue;
    const { node: target } = scene.cluster.owner(told.address);
    const port = told.port === undefined || kind === TOLD_PING ? '' : ` port ${told.port}`;
    drafts.push({
      code: kind.code,
      severity: severityOf(scene, kind, told),
      confidence: 'likely',
      title: `No answer to ${kind.words} from ${told.who} to ${scene.describeAddress(told.address)}${port}`,
      explanation: `Whoever tried wrote it down; no packet of it is in the bundle, so where it was lost cannot be seen.${told.past ? ' It got through later, or the log goes on without it.' : ''}`,
      subjects: [...new Set([told.address, ...[told.client, told.node, target].filter((name) => name !== undefined)])],
      count: told.places.length,
      evidence: citesOf(told, told.from === 'probe' ? `${told.by} got no answer` : `${told.by} waited in vain`),
      flows: [{ src: told.client ?? told.who, dst: told.address, dport: told.port }],
    });
  }
  for (const draft of await trackedSilences(scene, kind.tracked, kind.code, kind.words)) {
    const flow = draft.flows![0]!;
    if (!(await shown(flow.dst, flow.dport))) drafts.push(draft);
  }
  return drafts;
}
