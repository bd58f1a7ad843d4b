import type { Confidence, FindingDraft, Severity } from '../core/finding.js';
import { isPrivate } from '../core/prefix.js';
import type { Scene } from '../model/scene.js';
import { insideRole } from './severity.js';
import { citesOf, packetsShow, type Told, toldByLogs, toldByProbes } from './told.js';

/**
 * ICMP errors that a test by hand names: ping's `From X … Destination Host Unreachable`, the flags of traceroute, a DNS
 * tool whose query over UDP was refused. `No route to host` of a TCP connect is one as well, or a next hop that does not
 * answer ARP: the kernel's word is the same (EHOSTUNREACH), so it is only possible.
 *
 * Silent: `Network is unreachable`, and a ping that could not even begin: the own kernel has no route, nobody sent ICMP.
 * For information only: "fragmentation needed" (path MTU discovery at work), what traceroute's probes provoke at firewalls
 * and by their hop limit, tests that got answers, servers outside the cluster.
 */
const NAMED = "o.error IS NOT NULL AND o.error NOT IN ('no route to host', 'network is unreachable')";
const REFUSED_WAY = "o.error = 'no route to host' AND o.tool IN ('curl', 'wget', 'nc', 'telnet')";
/** `ping -t 3`, `traceroute -f`: a small hop limit was asked for. */
const LIMITED = String.raw`(o.tool <> 'ping' OR coalesce(o.received, 0) > 0 OR regexp_matches(coalesce(o.command, ''), ' -t ?\d'))`;
const SHOWN = 'p.proto IN (1, 58) OR EXISTS (SELECT 1 FROM packet_raw q WHERE q.quoted_dst = p.dst)';

function severityOf(scene: Scene, told: Told): Severity {
  const { role } = scene.cluster.owner(told.address);
  if (told.past || role === 'multicast' || role === 'loopback') return 'info';
  if (told.error === 'fragmentation needed') return 'info';
  const trace = /^(?:traceroute|tracepath|mtr)$/.test(told.by);
  if (trace && !['host unreachable', 'network unreachable'].includes(told.error ?? '')) return 'info';
  return insideRole(role) || (role === 'unknown' && isPrivate(told.address)) ? 'warning' : 'info';
}

async function drafts(
  scene: Scene,
  all: readonly Told[],
  confidence: Confidence,
  words?: string,
): Promise<FindingDraft[]> {
  const found: FindingDraft[] = [];
  for (const told of all) {
    if (
      await packetsShow(
        scene,
        told.address,
        words === undefined ? `(${SHOWN})` : `(p.proto = 6 AND p.dport = ${told.port ?? -1})`,
      )
    )
      continue;
    const { node: target } = scene.cluster.owner(told.address);
    const sender = told.errorFrom === undefined ? undefined : scene.describeAddress(told.errorFrom);
    const port = told.port === undefined ? '' : ` port ${told.port}`;
    const error = words ?? told.error!;
    const own =
      told.errorFrom !== undefined && told.node !== undefined && scene.cluster.owner(told.errorFrom).node === told.node;
    found.push({
      code: 'icmp-error',
      severity: severityOf(scene, told),
      confidence,
      title: `${sender ?? 'Somebody on the way'} reports ${error} for ${told.by} from ${told.who} to ${scene.describeAddress(told.address)}${port}`,
      explanation: `Whoever tried wrote it down; no packet of it is in the bundle.${own ? ' The node itself says so: its next hop did not answer ARP, or a rule or route of its own rejects.' : ''}${words === undefined ? '' : ' An ICMP error came back, or the next hop did not answer ARP: the program cannot tell which.'}${told.past ? ' It got through later, or the log goes on without it.' : ''}`,
      subjects: [...new Set([told.address, told.errorFrom, told.node, target].filter((name) => name !== undefined))],
      count: told.count,
      evidence: citesOf(
        told,
        sender === undefined ? `${told.by} was told ${error}` : `${error}, sent by ${told.errorFrom}`,
      ),
      flows: [{ src: told.client ?? told.who, dst: told.address, dport: told.port }],
    });
  }
  return found;
}

/** Findings about ICMP errors from transcripts and logs alone. */
export async function toldIcmpErrors(scene: Scene): Promise<FindingDraft[]> {
  // A hop limit that was asked for ends where it should.
  const named = await toldByProbes(scene, `${NAMED} AND NOT (o.error = 'time exceeded' AND ${LIMITED})`);
  const closed = [...(await toldByProbes(scene, REFUSED_WAY)), ...(await toldByLogs(scene, ['dial-no-route']))];
  return [...(await drafts(scene, named, 'likely')), ...(await drafts(scene, closed, 'possible', 'no route to host'))];
}
