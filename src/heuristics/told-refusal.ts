import type { FindingDraft, Severity } from '../core/finding.js';
import { isPrivate } from '../core/prefix.js';
import type { Scene } from '../model/scene.js';
import { insideRole } from './severity.js';
import { citesOf, packetsShow, type Told, toldByLogs, toldByProbes } from './told.js';

/**
 * Refusals and resets that somebody or some program wrote down: `Connection refused` and `reset by peer` of curl, wget, nc
 * and telnet, `dial tcp …: connect: connection refused` in a component's log. Used where no packet of that conversation is
 * in the bundle; packets know better.
 *
 * For information only: what got through later; the kubelet about pods (its probes of containers that start); servers
 * outside the cluster. Refusals by the own host (127.0.0.1) are no matter of the network, and left out.
 */
const BY_HAND = "o.tool IN ('curl', 'wget', 'nc', 'telnet') AND o.outcome IN ('refused', 'reset') AND o.port > 0";
const IN_LOGS = ['dial-refused', 'dial-reset', 'read-reset', 'write-reset'] as const;

function severityOf(scene: Scene, told: Told): Severity {
  const { role, node } = scene.cluster.owner(told.address);
  if (told.past) return 'info';
  const pod = role === 'pod' || role === 'pod-range' || role === 'unknown';
  if (told.by === 'kubelet' && pod && (node === undefined || told.node === undefined || node === told.node))
    return 'info';
  return insideRole(role) || (role === 'unknown' && isPrivate(told.address)) ? 'warning' : 'info';
}

/** Servers that start refuse for a while: whoever wrote five lines since has got on. */
const STARTING = 5;

/** Findings about refusals from transcripts and logs alone. */
export async function toldRefusals(scene: Scene): Promise<FindingDraft[]> {
  const drafts: FindingDraft[] = [];
  for (const told of [...(await toldByProbes(scene, BY_HAND)), ...(await toldByLogs(scene, IN_LOGS, STARTING))]) {
    const { role, node: target } = scene.cluster.owner(told.address);
    if (role === 'loopback' || role === 'link-local' || role === 'multicast') continue;
    if (await packetsShow(scene, told.address, `p.proto = 6 AND p.dport = ${told.port ?? -1}`)) continue;
    const port = told.port === undefined ? '' : ` port ${told.port}`;
    drafts.push({
      code: 'connection-reset',
      severity: severityOf(scene, told),
      confidence: 'likely',
      title: `${scene.describeAddress(told.address)}${port} refuses or resets connections from ${told.who}`,
      explanation: `Whoever tried wrote it down. An answer came, so the way there and back works: nothing listens there, or a rule on the way rejects.${told.past ? ' It got through later, or the log goes on without it.' : ''}`,
      subjects: [...new Set([told.address, ...[told.node, target].filter((name) => name !== undefined)])],
      count: told.count,
      evidence: citesOf(told, `${told.by} was refused`),
      flows: [{ src: told.client ?? told.who, dst: told.address, dport: told.port }],
    });
  }
  return drafts;
}
