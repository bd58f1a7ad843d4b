import type { Cite, FindingDraft } from '../../core/finding.js';
import { ownRows } from '../../model/host/rulesets.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { flowEnd } from '../flow-end.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * The neighbour table overflows: new peers cannot be resolved.
 *
 * Physics: net.ipv4.neigh.default.gc_thresh3 (1024) is the limit of entries that are not permanent, for all namespaces of
 * the host together; net.ipv6 has a table and limits of its own (arp_cache and ndisc_cache in the kernel's line). Beyond it the kernel logs "neighbor table overflow" and drops packets to peers that it does not know.
 *
 * Innocent: a table near gc_thresh2, which is only cleaned sooner; permanent entries of the CNI, which do not count.
 *
 * Proven: the kernel's line. Entries at the limit without the line make it possible.
 */
export const neighbourTableFull: Cause = {
  code: 'neighbour-table-full',
  diagnose(given) {
    const { facts, cluster } = given;
    const lines = facts.logs.filter((log) => log.code === 'neighbour-full');
    const nodes = [...new Set(lines.map((log) => cluster.nodeOf(log)))];
    const full = nodes.map((node) =>
      draft(
        given,
        node,
        lines.filter((log) => cluster.nodeOf(log) === node),
      ),
    );
    return found([
      ...full,
      ...[...new Set(facts.neighbours.map((n) => cluster.nodeOf(n)))]
        .filter((node) => !nodes.includes(node))
        .flatMap((node) => near(given, node)),
    ]);
  },
};

const COUNTED = /REACHABLE|STALE|DELAY|PROBE|INCOMPLETE|FAILED|COMPLETE/;

type Family = 'ipv4' | 'ipv6';

/** The tables that the lines name; the oldest form of the line names none, and only IPv4's printed it (net/ipv4/route.c). */
const familyOf = ({ value }: Case['facts']['logs'][number]): Family => (value === 'ndisc_cache' ? 'ipv6' : 'ipv4');

const limitOf = ({ facts, cluster }: Case, node: string | undefined, family: Family) =>
  facts.sysctls.find((s) => s.key === `net.${family}.neigh.default.gc_thresh3` && cluster.nodeOf(s) === node);

function near(given: Case, node: string | undefined): CauseDraft[] {
  const { facts, cluster } = given;
  const limit = limitOf(given, node, 'ipv4');
  if (limit === undefined) return [];
  const entries = ownRows(cluster, facts.neighbours, node).filter(
    (n) => COUNTED.test(n.state) && !n.address.includes(':'),
  );
  // Two dumps of one table would count twice.
  if (new Set(entries.map((n) => n.source)).size !== 1 || entries.length < Number(limit.value)) return [];
  return [
    draft(
      given,
      node,
      [],
      entries.slice(0, 1).map((at) => ({ role: `one of ${entries.length} entries`, at })),
      entries.length,
    ),
  ];
}

function draft(
  given: Case,
  node: string | undefined,
  lines: Case['facts']['logs'],
  entries: readonly Cite[] = [],
  many = 0,
): CauseDraft {
  const families = lines.length === 0 ? (['ipv4'] as const) : [...new Set(lines.map(familyOf))].sort();
  const limit = limitOf(given, node, families[0]!);
  const explains = (s: FindingDraft): boolean =>
    lines.length > 0 &&
    node !== undefined &&
    SILENCE.has(s.code) &&
    allFlows(s, ({ src, dst }) => [src, dst].some((end) => flowEnd(given.cluster, end).nodes.has(node)));
  const shown = given.symptoms.filter(explains);
  const on = node ?? 'a node';
  const more = Math.max(8192, 4 * Number(limit?.value ?? 1024));
  const thresholds = families.flatMap((family) =>
    [more, more / 2, more / 8].map((value, i) => `net.${family}.neigh.default.gc_thresh${3 - i}=${value}`),
  );
  const cites: Cite[] = [
    ...lines.slice(0, 5).map((at): Cite => ({ role: 'the kernel says so', at })),
    ...(limit === undefined ? [] : [{ role: 'the limit', at: limit }]),
    ...entries,
    ...shownBy(shown.slice(0, 3), 1),
  ];
  return {
    code: 'neighbour-table-full',
    severity: lines.length > 0 ? 'critical' : 'warning',
    confidence: lines.length > 0 ? 'proven' : 'possible',
    title: `The neighbour table of ${on} is full`,
    summary: `The neighbour table of ${on} ${lines.length > 0 ? 'overflows' : `holds ${many} entries`}${limit === undefined ? '' : ` (gc_thresh3 ${limit.value})`}, so packets to peers that it does not know yet are dropped.`,
    explanation:
      'The limit is one for the whole host, all pods together. Peers in the table go on working, new ones are not resolved, so it looks random.',
    subjects: subjects(node, ...families.map((family) => `net.${family}.neigh.default.gc_thresh3`)),
    count: Math.max(1, lines.length),
    evidence: evidence(...(cites as [Cite, ...Cite[]])),
    remedy: [
      {
        command: `sysctl -w ${thresholds.join(' ')}    # on ${on}; the same into /etc/sysctl.d/`,
        why: 'The limits hold for all network namespaces of the host together.',
        verify: 'ip -s neigh | wc -l; dmesg | grep -c "table overflow"    # does not grow any more',
        rollback: `sysctl -w ${families.map((family) => `net.${family}.neigh.default.gc_thresh3=${limitOf(given, node, family)?.value ?? 1024}`).join(' ')}`,
      },
    ],
    explains,
  };
}
