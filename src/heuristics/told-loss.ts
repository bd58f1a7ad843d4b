import { probe } from '../core/event/log.js';
import type { FindingDraft, Severity } from '../core/finding.js';
import { isPrivate } from '../core/prefix.js';
import { isLossy } from '../model/ping-loss.js';
import type { Scene } from '../model/scene.js';
import { insideRole } from './severity.js';
import { whoTried } from './told.js';

/**
 * Pings of which some were answered and many were not, as a transcript counts them.
 *
 * Physics: a rule or a missing route takes every packet of a ping; what takes some of them is a link that loses, an overload, two owners of
 * one address, or a way that changes. So no cause that stops all packets explains it, and the flow is no failed conversation.
 *
 * Innocent: one packet of a few, mostly the first, which waits for ARP; less than a tenth; a flood, which loses by being one; a ping that
 * was repeated and got all its answers; what is no pod and no node of the cluster, for routers and hosts elsewhere answer pings as they like.
 */
export async function toldLosses(scene: Scene): Promise<readonly FindingDraft[]> {
  if (!scene.holds(probe)) return [];
  const rows = await scene.rows(`
    WITH one AS (
      SELECT b.*, s.node, s.artifact, coalesce(b.pod, s.netns) AS inside FROM probe b JOIN source s USING (source)
      WHERE b.tool = 'ping' AND b.address IS NOT NULL AND b.sent IS NOT NULL AND NOT regexp_matches(coalesce(s.command, ''), '\\s-[a-zA-Z]*f\\b'))
    SELECT o.source, o.line, o.node, o.inside, o.address, o.sent, o.received FROM one o
    WHERE o.outcome = 'partial' AND NOT EXISTS (SELECT 1 FROM one x WHERE x.outcome = 'ok' AND x.artifact = o.artifact AND x.line > o.line AND x.address = o.address
      AND x.node IS NOT DISTINCT FROM o.node AND x.inside IS NOT DISTINCT FROM o.inside)
    ORDER BY o.source, o.line LIMIT 200`);
  return rows.flatMap((row): readonly FindingDraft[] => {
    const [sent, received] = [Number(row['sent']), Number(row['received'])];
    if (!isLossy({ sent, received })) return [];
    const name = (column: string): string | undefined => (row[column] === null ? undefined : String(row[column]));
    const address = String(row['address']);
    const { who, node, client } = whoTried(scene, name('inside'), name('node'));
    const target = scene.cluster.owner(address).node;
    return [
      {
        code: 'unreplied-icmp',
        severity: severityOf(scene, address),
        confidence: 'likely',
        title: `${sent - received} of ${sent} pings from ${who} to ${scene.describeAddress(address)} got no answer`,
        explanation: `${received} of them were answered, so there is a way, and what stops every packet (a rule, a route that is missing) is not to blame. A link that loses, an overload, two owners of one address or a way that changes takes some packets of many.`,
        subjects: [...new Set([address, ...[client, node, target].filter((one) => one !== undefined)])],
        count: sent - received,
        evidence: [
          {
            role: `${sent} sent, ${received} answered`,
            at: { source: Number(row['source']), line: Number(row['line']) },
          },
        ],
        partly: [{ src: client ?? who, dst: address }],
      },
    ];
  });
}

/** Services answer no ping in many clusters; where nothing tells who the pods are, a private address may be one. */
function severityOf({ cluster }: Scene, address: string): Severity {
  const { role } = cluster.owner(address);
  if (role === 'service') return 'info';
  if (insideRole(role)) return 'warning';
  const known = cluster.podRanges.length > 0 || cluster.facts.pods.length > 0;
  return role === 'unknown' && !known && isPrivate(address) ? 'warning' : 'info';
}
