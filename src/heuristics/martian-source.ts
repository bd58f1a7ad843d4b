import type { Cite, FindingDraft, NonEmpty, Severity } from '../core/finding.js';
import { isPrivate } from '../core/prefix.js';
import type { DeviceRole } from '../model/device.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { insideRole } from './severity.js';

function severityOf(scene: Scene, from: string, to: string, device: DeviceRole | undefined): Severity {
  const [source, target] = [scene.cluster.owner(from).role, scene.cluster.owner(to).role];
  if (source === 'multicast' || target === 'multicast' || source === 'loopback' || source === 'link-local')
    return 'info';
  // Only the cluster's own packets come in on an overlay or from a pod.
  if (insideRole(source) || device === 'overlay' || device === 'workload') return 'critical';
  if (source === 'unknown' && isPrivate(from) && isPrivate(to)) return insideRole(target) ? 'critical' : 'warning';
  return 'info';
}

/**
 * The kernel logged a martian source: a packet whose source the node would not reach by the interface it came in on, so
 * the reverse-path filter dropped it (net/ipv4/route.c, `ip_handle_martian_source`; needs log_martians).
 *
 * For information only: sources that belong to nobody in the cluster (misconfigured neighbours on the LAN),
 * and what broadcasts or comes from loopback addresses.
 */
export const martianSource: Heuristic = {
  code: 'martian-source',
  async run(scene) {
    const [kernel] = await scene.rows(
      "SELECT count(*) AS n FROM log WHERE component = 'kernel' UNION ALL SELECT count(*) FROM tap WHERE kind = 'log' ORDER BY n DESC LIMIT 1",
    );
    if (Number(kernel?.['n']) === 0)
      return skipped(
        ['a kernel log'],
        'dmesg -T > dmesg.txt on the node that should receive the packets, after sysctl -w net.ipv4.conf.all.log_martians=1',
      );
    const rows = await scene.rows(`
      SELECT source, ifname, address, address2, count(*) AS n, list(line ORDER BY line)[1:20] AS lines, min(time_ns) AS first_ns, max(time_ns) AS last_ns, min(time_kind) AS time_kind
      FROM log WHERE code = 'martian-source' GROUP BY source, ifname, address, address2 ORDER BY source, lines[1] LIMIT 500`);
    const drafts = rows.map((row): FindingDraft => {
      const source = Number(row['source']);
      const node = scene.node(source);
      const from = String(row['address'] ?? 'an address');
      const to = String(row['address2'] ?? 'an address');
      const ifname = row['ifname'] === null ? undefined : String(row['ifname']);
      const severity = severityOf(
        scene,
        from,
        to,
        ifname === undefined ? undefined : scene.cluster.device(node, ifname),
      );
      return {
        code: 'martian-source',
        severity,
        confidence: 'proven',
        title: `${node ?? 'A node'} dropped packets from ${from} to ${to}${ifname === undefined ? '' : ` that came in on ${ifname}`} as martian`,
        explanation:
          'The kernel has no route back to this source by that interface, and its reverse-path filter says so.',
        subjects: [from, to, ...[ifname, node].filter((n) => n !== undefined)],
        count: Number(row['n']),
        evidence: (row['lines'] as readonly unknown[]).map(
          (line): Cite => ({ role: 'martian source', at: { source, line: Number(line) } }),
        ) as unknown as NonEmpty<Cite>,
        flows: [{ src: from, dst: to }],
        firstNs: row['first_ns'] === null ? undefined : (row['first_ns'] as number | bigint),
        lastNs: row['last_ns'] === null ? undefined : (row['last_ns'] as number | bigint),
        timeKind: String(row['time_kind']),
      };
    });
    return looked(drafts);
  },
};
