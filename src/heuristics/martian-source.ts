import { appendTo } from '../core/append-to.js';
import type { Cite, FindingDraft, NonEmpty, Severity } from '../core/finding.js';
import { isPrivate } from '../core/prefix.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { insideRole } from './severity.js';

/** Martians of one source, towards one destination, in one log. */
interface Drop {
  readonly source: number;
  readonly from: string;
  readonly to: string;
  readonly ifname: string | undefined;
  readonly count: number;
  readonly lines: readonly number[];
  readonly firstNs: number | bigint | undefined;
  readonly lastNs: number | bigint | undefined;
  readonly timeKind: string;
}

function severityOf(scene: Scene, { source: log, from, to, ifname }: Drop): Severity {
  const device = ifname === undefined ? undefined : scene.cluster.device(scene.node(log), ifname);
  const [source, target] = [scene.cluster.owner(from).role, scene.cluster.owner(to).role];
  if (source === 'multicast' || target === 'multicast' || source === 'loopback' || source === 'link-local')
    return 'info';
  // Only the cluster's own packets come in on an overlay or from a pod.
  if (insideRole(source) || device === 'overlay' || device === 'workload') return 'critical';
  if (source === 'unknown' && isPrivate(from) && isPrivate(to)) return insideRole(target) ? 'critical' : 'warning';
  // Noise of the LAN is for nodes and for everybody; who sends to the very address of a pod means it.
  return target === 'pod' && isPrivate(from) ? 'warning' : 'info';
}

function draft(scene: Scene, group: readonly Drop[]): FindingDraft {
  const first = group[0]!;
  const { to, ifname } = first;
  const node = scene.node(first.source);
  const sources = [...new Set(group.map((drop) => drop.from))];
  // dmesg and syslog of one node tell the same drops.
  const perLog = new Map<number, number>();
  for (const drop of group) perLog.set(drop.source, (perLog.get(drop.source) ?? 0) + drop.count);
  const timed = group.filter((drop) => drop.timeKind === first.timeKind && drop.firstNs !== undefined);
  const cites = group.flatMap((drop) =>
    drop.lines
      .slice(0, Math.ceil(20 / group.length))
      .map((line): Cite => ({ role: 'martian source', at: { source: drop.source, line } })),
  );
  return {
    code: 'martian-source',
    severity: severityOf(scene, first),
    confidence: 'proven',
    title: `${node ?? 'A node'} dropped packets from ${sources.slice(0, 4).join(', ')} to ${to}${ifname === undefined ? '' : ` that came in on ${ifname}`} as martian`,
    explanation: 'The kernel has no route back to this source by that interface, and its reverse-path filter says so.',
    subjects: [...sources, to, ...[ifname, node].filter((n) => n !== undefined)],
    count: Math.max(...perLog.values()),
    evidence: cites as unknown as NonEmpty<Cite>,
    flows: sources.map((src) => ({ src, dst: to })),
    firstNs: timed.map((drop) => drop.firstNs!).reduce((a, b) => (a < b ? a : b), timed[0]?.firstNs ?? -1),
    lastNs: timed.map((drop) => drop.lastNs!).reduce((a, b) => (a > b ? a : b), timed[0]?.lastNs ?? -1),
    timeKind: first.timeKind,
  };
}

/**
 * The kernel logged a martian source: a packet whose source the node would not reach by the interface it came in on, so
 * the reverse-path filter dropped it (net/ipv4/route.c, `ip_handle_martian_source`; needs log_martians).
 *
 * For information only: sources that belong to nobody in the cluster (misconfigured neighbours on the LAN) and do not mean a
 * pod, and what broadcasts or comes from loopback addresses.
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
        'sysctl -w net.ipv4.conf.all.log_martians=1; sleep 60; dmesg -T > dmesg.txt    # on the node that should receive the packets, while it is tried',
      );
    const rows = await scene.rows(`
      SELECT source, ifname, address, address2, count(*) AS n, list(line ORDER BY line)[1:20] AS lines, min(time_ns) AS first_ns, max(time_ns) AS last_ns, min(time_kind) AS time_kind
      FROM log WHERE code = 'martian-source' GROUP BY source, ifname, address, address2 ORDER BY source, lines[1] LIMIT 500`);
    const drops = new Map<string, Drop[]>();
    for (const row of rows) {
      const drop: Drop = {
        source: Number(row['source']),
        from: String(row['address'] ?? 'an address'),
        to: String(row['address2'] ?? 'an address'),
        ifname: row['ifname'] === null ? undefined : String(row['ifname']),
        count: Number(row['n']),
        lines: (row['lines'] as readonly unknown[]).map(Number),
        firstNs: row['first_ns'] === null ? undefined : (row['first_ns'] as number | bigint),
        lastNs: row['last_ns'] === null ? undefined : (row['last_ns'] as number | bigint),
        timeKind: String(row['time_kind']),
      };
      const key = `${scene.node(drop.source) ?? drop.source} ${drop.ifname ?? ''} ${drop.to} ${severityOf(scene, drop)}`;
      appendTo(drops, key, drop);
    }
    return looked([...drops.values()].map((group) => draft(scene, group)));
  },
};
