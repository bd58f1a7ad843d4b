import { ciliumTool } from '../core/cilium-words.js';
import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { SEVERITIES, type Severity } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import type { TapView } from '../model/taps.js';
import { countedDrops } from './counted-drops.js';
import { severityOfDrop } from './drop-severity.js';
import { type DroppedPackets, droppedPackets } from './dropped-packets.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { LogRules, type Told } from './logged-drops.js';
import { rulesetsByNode } from './node-rules.js';
import { worksOutwards } from './severity.js';

/**
 * A LOG or TRACE line, or a counter, shows a named rule that drops or rejects a flow.
 *
 * Physics: LOG never decides; the rule behind it does, so the line is joined with the dump that holds the rule. Where no
 * dump does, the prefix's own words stand in (`[UFW BLOCK]`, `FINAL_REJECT`), and the finding is likely, not proven. TRACE's
 * last line is the verdict. A counter says how many, never which packets.
 *
 * Innocent: logs of packets that the next rule accepts; what is dropped for being invalid, late, or above a rate; strangers
 * at a host's firewall; broadcast, multicast, discovery; flows that a later attempt gets through.
 */
interface Judged {
  readonly drop: DroppedPackets;
  readonly severity: Severity;
  /** A conversation between these two was answered: afterwards, or at a time that does not compare. */
  readonly answered: 'later' | 'sometime' | 'never';
}

const WORDS: Readonly<Record<number, string>> = {
  1: 'ICMP',
  4: 'IPIP',
  6: 'TCP',
  17: 'UDP',
  47: 'GRE',
  50: 'ESP',
  58: 'ICMPv6',
  132: 'SCTP',
};

/** When conversations between two addresses were last answered, by kind of time. */
async function answers(scene: Scene): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const rows = await scene.rows(`
    SELECT o.src, o.dst, o.proto, o.dport, t.time_kind, max(o.first_ns) AS first_ns FROM opener o JOIN tap t USING (tap)
    WHERE o.answered GROUP BY ALL ORDER BY ALL LIMIT 200000`);
  const found = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const key = `${row['src']} ${row['dst']} ${row['proto']} ${row['dport']}`;
    const times = found.get(key) ?? new Map<string, number>();
    times.set(String(row['time_kind']), Number(row['first_ns']));
    found.set(key, times);
  }
  return found;
}

function answeredWhen(drop: DroppedPackets, known: Awaited<ReturnType<typeof answers>>): Judged['answered'] {
  const [client, server] = drop.part === 'answer' ? [drop.dst, drop.src] : [drop.src, drop.dst];
  const port = drop.proto === 1 || drop.proto === 58 ? -1 : drop.port;
  const times = known.get(`${client} ${server} ${drop.proto} ${port}`);
  if (times === undefined) return 'never';
  const same = times.get(drop.tap.timeKind);
  if (same === undefined || same < 0 || drop.lastNs < 0) return 'sometime';
  return same > drop.lastNs ? 'later' : 'never';
}

function severityOf(
  scene: Scene,
  drop: DroppedPackets,
  answered: Judged['answered'],
  outwards: ReadonlySet<string>,
): Severity {
  const severity = severityOfDrop(scene, drop, outwards);
  if (answered === 'later') return 'info';
  return answered === 'sometime' && severity === 'critical' ? 'warning' : severity;
}

/** The rule in words: where it stands, or what the line calls it. */
function ruleWords({ told, tap }: DroppedPackets): string {
  const { dropper } = told;
  const prefix = (tap.row.prefix ?? '').trim();
  if (dropper === undefined)
    return ciliumTool(prefix) !== undefined ? `Cilium (${prefix})` : `the rule that logs "${prefix}"`;
  const where = `${dropper.chain} (table ${dropper.table})`;
  if (dropper.rule !== undefined) return `rule ${dropper.rule.at.position} of ${where}`;
  return dropper.policy ? `the policy of ${where}` : `a rule of ${where}`;
}

function explanation(first: Judged, group: readonly Judged[], count: number): string {
  const { told, tap } = first.drop;
  const cilium = ciliumTool(tap.row.prefix ?? '');
  const log = cilium === undefined ? 'the kernel log' : `what ${cilium} printed`;
  const lines = `${count} packet${count === 1 ? '' : 's'} in ${log}${tap.node === undefined ? '' : ` of ${tap.node}`}`;
  const why = {
    rules: `the rule that follows the LOG rule "${(tap.row.prefix ?? '').trim()}" takes all that it logs`,
    trace: 'the trace ends there',
    prefix:
      cilium === undefined
        ? 'the prefix of the lines says so; the rules themselves are not in the bundle, or do not tell'
        : 'its own words say so',
  }[told.by];
  const later = group.some(({ answered }) => answered !== 'never')
    ? ' A conversation between the same two was answered at another time.'
    : '';
  return `${lines}: ${why}.${later}`;
}

function draft(scene: Scene, group: readonly Judged[]): FindingDraft {
  const first = group[0]!;
  const { drop } = first;
  const { told, tap } = drop;
  const { row, node } = tap;
  // dmesg and syslog of one node tell the same drops, and so do LOG and TRACE.
  const perTap = new Map<string, number>();
  for (const { drop: d } of group)
    perTap.set(`${d.tap.source} ${d.told.by}`, (perTap.get(`${d.tap.source} ${d.told.by}`) ?? 0) + d.count);
  const count = Math.max(...perTap.values());
  const sources = [...new Set(group.map((j) => j.drop.src))];
  const targets = [...new Set(group.map((j) => j.drop.dst))];
  const names = (ids: readonly number[]): string =>
    `${ids
      .slice(0, 3)
      .map((id) => scene.describe(id))
      .join(', ')}${ids.length > 3 ? ` and ${ids.length - 3} more` : ''}`;
  const kinds = [...new Set(group.map((j) => `${j.drop.proto} ${j.drop.port}`))];
  const port =
    kinds.length > 1 || drop.port < 0
      ? ''
      : drop.part === 'answer'
        ? `, answers of port ${drop.port}`
        : ` port ${drop.port}`;
  const cites: Cite[] = [];
  const perGroup = Math.max(1, Math.floor(16 / group.length));
  for (const { drop: d } of group.slice(0, 16))
    for (const place of d.places.slice(0, perGroup))
      cites.push({
        role: d.told.by === 'trace' ? 'where the trace ends' : 'logged packet',
        at: { tap: d.tap.tap, place },
      });
  if (told.logged !== undefined) cites.push({ role: 'rule that logs it', at: place(told.logged.rule.at) });
  if (told.dropper?.at !== undefined)
    cites.push({ role: `what then ${told.kind === 'dropped' ? 'drops' : 'rejects'} it`, at: place(told.dropper.at) });
  const timed = group.filter((j) => j.drop.tap.timeKind === tap.timeKind);
  return {
    code: 'rule-drop',
    severity: first.severity,
    confidence: told.by === 'prefix' ? 'likely' : 'proven',
    title: `${node ?? 'A host'} ${told.kind === 'dropped' ? 'drops' : 'rejects'} ${kinds.length > 1 ? 'packets' : (WORDS[drop.proto] ?? `protocol ${drop.proto}`)} from ${names(sources)} to ${names(targets)}${port} by ${ruleWords(drop)}`,
    explanation: explanation(first, group, count),
    subjects: [
      ...new Set([
        ...targets.slice(0, 20).map((id) => scene.address(id)),
        ...sources.slice(0, 20).map((id) => scene.address(id)),
        ...[node, row.inIf, row.outIf, told.dropper?.chain].filter((n) => n !== undefined),
      ]),
    ],
    count,
    evidence: cites as unknown as NonEmpty<Cite>,
    flows: group.slice(0, 100).map(({ drop: d }) => ({
      src: scene.address(d.src),
      dst: scene.address(d.dst),
      dport: d.port < 0 || d.part === 'answer' ? undefined : d.port,
    })),
    firstNs: Math.min(...timed.map((j) => j.drop.firstNs)),
    lastNs: Math.max(...timed.map((j) => j.drop.lastNs)),
    timeKind: tap.timeKind,
  };
}

const place = ({ source, line }: { readonly source: number; readonly line: number }) => ({ source, line });

/** What drops, as one thing to look at. */
const dropperKey = ({ dropper }: Told, tap: TapView): string =>
  dropper === undefined
    ? `prefix ${tap.row.prefix ?? ''}`
    : `${dropper.table} ${dropper.chain} ${dropper.rule?.at.position ?? tap.row.trace ?? ''}`;

/** One finding per rule and destination; what is harmless is told once per rule. */
function groups(judged: readonly Judged[]): readonly (readonly Judged[])[] {
  const found = new Map<string, Judged[]>();
  for (const one of judged) {
    const { drop, severity } = one;
    const where = `${drop.tap.node ?? drop.tap.source} ${dropperKey(drop.told, drop.tap)}`;
    const flow = severity === 'info' ? 'info' : `${drop.dst} ${drop.proto} ${drop.port} ${drop.part === 'answer'}`;
    const key = `${where} ${flow}`;
    const group = found.get(key);
    if (group === undefined) found.set(key, [one]);
    else group.push(one);
  }
  return [...found.values()].map((group) =>
    group.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)),
  );
}

export const ruleDrop: Heuristic = {
  code: 'rule-drop',
  async run(scene) {
    const logs = scene.taps.filter((tap) => tap.kind === 'log');
    const { chains, rules } = scene.cluster.facts;
    if (logs.length === 0 && rules.length === 0 && chains.length === 0)
      return skipped(
        ['a kernel log with LOG or TRACE lines, or rules with counters'],
        'iptables-save -c; nft list ruleset; dmesg -T | grep -E "IN=.* OUT="    # on the nodes of both ends',
      );
    const byNode = rulesetsByNode(scene);
    const logRules = new LogRules(byNode);
    const told = new Map<TapView, Told>();
    for (const tap of logs) {
      const found = logRules.told(scene, tap);
      if (found !== undefined) told.set(tap, found);
    }
    const known = await answers(scene);
    const outwards = await worksOutwards(scene);
    const judged = (await droppedPackets(scene, told)).map((drop): Judged => {
      const answered = answeredWhen(drop, known);
      return { drop, answered, severity: severityOf(scene, drop, answered, outwards) };
    });
    return looked([...groups(judged).map((group) => draft(scene, group)), ...(await countedDrops(scene, byNode))]);
  },
};
