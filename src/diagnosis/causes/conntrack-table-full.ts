import type { sysctl } from '../../core/event/network.js';
import type { Cite, FindingDraft } from '../../core/finding.js';
import type { Fact } from '../../model/facts.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { flowEnd } from '../flow-end.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * The conntrack table is full: the kernel drops the first packets of new flows.
 *
 * Physics: at nf_conntrack_max each packet that needs a new entry is dropped (nf_conntrack_core.c: "table full, dropping
 * packet"), in every namespace of the host. Existing connections go on.
 *
 * Innocent: a table that is well filled (nothing is dropped below the maximum); a line about another network namespace
 * ("in netns"); a limit that was raised since and a count far below it: then the line is history.
 *
 * Proven: the kernel's line and a count near the maximum, or packets lost; the line alone makes it likely.
 */
export const conntrackTableFull: Cause = {
  code: 'conntrack-table-full',
  diagnose(given) {
    const { facts, cluster } = given;
    const lines = facts.logs.filter((log) => log.code === 'conntrack-full');
    const nodes = new Set(lines.map((log) => cluster.nodeOf(log)));
    for (const s of facts.sysctls) if (s.key === 'net.netfilter.nf_conntrack_count') nodes.add(cluster.nodeOf(s));
    return found(
      [...nodes].flatMap(
        (node) =>
          judged(
            given,
            node,
            lines.filter((log) => cluster.nodeOf(log) === node),
          ) ?? [],
      ),
    );
  },
};

/** Share of the maximum from which a dump, which is a moment, means "full": early drops keep the count a little below. */
const FULL = 0.98;

function judged(given: Case, node: string | undefined, lines: Case['facts']['logs']): CauseDraft | undefined {
  const value = (key: string): Fact<typeof sysctl> | undefined =>
    given.facts.sysctls.findLast(
      (s) =>
        new RegExp(
          `^net\\.(?:netfilter\\.nf_conntrack_${key}|nf_conntrack_${key}|ipv4\\.netfilter\\.ip_conntrack_${key})$`,
        ).test(s.key) && given.cluster.nodeOf(s) === node,
    );
  const [count, max] = [value('count'), value('max')];
  const share = count === undefined || max === undefined ? undefined : Number(count.value) / Number(max.value);
  const full = share !== undefined && share >= FULL;
  if (lines.length === 0 && !full) return undefined;
  const explains = (s: FindingDraft): boolean =>
    node !== undefined &&
    SILENCE.has(s.code) &&
    allFlows(s, ({ src, dst }) => [src, dst].some((end) => flowEnd(given.cluster, end).nodes.has(node)));
  const past = !full && share !== undefined && share < 0.8;
  const shown = past ? [] : given.symptoms.filter(explains);
  const on = node ?? 'a node';
  const cites: Cite[] = [
    ...lines.slice(0, 5).map((at): Cite => ({ role: 'the kernel says so', at })),
    ...(count === undefined ? [] : [{ role: 'entries', at: count }]),
    ...(max === undefined ? [] : [{ role: 'the maximum', at: max }]),
    ...shownBy(shown.slice(0, 3), 1),
  ];
  const more = String(Math.max(1048576, 2 * Number(max?.value ?? 262144)));
  return {
    code: 'conntrack-table-full',
    severity: past ? 'warning' : 'critical',
    confidence: full && lines.length > 0 ? 'proven' : past ? 'possible' : 'likely',
    title: `The conntrack table of ${on} ${past ? 'was' : 'is'} full`,
    summary: `The conntrack table of ${on} ${past ? 'was' : 'is'} full${count === undefined || max === undefined ? '' : ` (${count.value} of ${max.value} entries when the dump was taken)`}, so first packets of new flows ${past ? 'were' : 'are'} dropped.`,
    explanation:
      'Every packet that needs a new entry is dropped, whoever sent it; connections that exist go on. It shows as random failures under load, as DNS errors first.',
    subjects: subjects(node, 'nf_conntrack_max', max?.value),
    count: Math.max(1, lines.length),
    evidence: evidence(...(cites as [Cite, ...Cite[]])),
    remedy: [
      {
        command: `sysctl -w net.netfilter.nf_conntrack_max=${more}    # on ${on}; for good kube-proxy's conntrack.maxPerCore`,
        why: `${max === undefined ? 'The maximum' : max.value} entries are not enough; each takes about 300 bytes. Look also for the client that opens so many: conntrack -L | grep -oE 'src=[^ ]+' | sort | uniq -c | sort -rn | head`,
        verify: 'sysctl net.netfilter.nf_conntrack_count; dmesg | grep -c "table full"    # does not grow any more',
        rollback: `sysctl -w net.netfilter.nf_conntrack_max=${max?.value ?? 'OLD_VALUE'}`,
      },
    ],
    wants: past
      ? [
          {
            what: `whether the table of ${on} fills up again`,
            collect: `for i in $(seq 60); do date; sysctl net.netfilter.nf_conntrack_count; dmesg -T | grep 'table full' | tail -1; sleep 10; done    # on ${on}, at the time of day when it happens`,
          },
        ]
      : lines.length > 0
        ? []
        : [{ what: `the kernel log of ${on}`, collect: `dmesg -T | grep conntrack    # on ${on}` }],
    explains: (s) => !past && explains(s),
  };
}
