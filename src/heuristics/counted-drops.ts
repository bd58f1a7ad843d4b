import type { Cite, FindingDraft } from '../core/finding.js';
import { SEVERITIES } from '../core/finding.js';
import { buildHosts } from '../model/host/build-hosts.js';
import type { Host } from '../model/host/host.js';
import { fresh, type Packet } from '../model/journey/packet.js';
import { judgeOf } from '../model/netfilter/judge.js';
import type { Ruleset } from '../model/netfilter/ruleset.js';
import type { Scene } from '../model/scene.js';
import { CLUSTER_PORTS } from './drop-severity.js';
import { hooksOf, type RulePlace, rulePlaces } from './node-rules.js';
import { insideRole, severityOfSilence, worksOutwards } from './severity.js';

/**
 * Counters of rules that drop or reject. A counter proves that something was dropped, not what: for information, unless a
 * conversation that got no answer is one that this rule takes on that node. Catch-all rules and policies count broadcast
 * and scans in every network, so only rules that name an address, a port or a set are looked at.
 */
const SPECIFIC = new Set(['source', 'destination', 'set', 'multiport', 'tcp', 'udp', 'sctp', 'iprange']);
const BY_DESIGN = new Set(['limit', 'hashlimit', 'connlimit', 'recent', 'quota', 'pkttype', 'unread']);

interface Silent {
  readonly src: string;
  readonly dst: string;
  readonly packet: Packet;
  readonly srcId: number;
  readonly dstId: number;
  readonly port: number;
  readonly at: { readonly tap: number; readonly place: number };
  /** Node of each end, of this packet (the envelope's ends are the nodes themselves). */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly local: boolean;
}

const counted = (place: RulePlace): boolean => Number(place.rule.at.packets ?? 0) > 0;

const isDrop = ({ rule }: RulePlace): boolean =>
  (rule.at.target === 'DROP' || rule.at.target === 'REJECT') &&
  (rule.target.kind === 'drop' || rule.target.kind === 'reject');

/** A rule that somebody wrote against certain packets; it says so by a match that is not negated. */
const isSpecific = ({ rule, chain }: RulePlace): boolean =>
  chain.name !== 'KUBE-FIREWALL' &&
  !rule.matches.some(
    ({ name, options }) =>
      BY_DESIGN.has(name) || options.some((o) => /^(ct)?state$/.test(o.name) && o.values.includes('INVALID')),
  ) &&
  rule.matches.some(
    ({ name, options }) => SPECIFIC.has(name) && options.some((o) => !o.negated && o.name !== 'tcp-flags'),
  );

/** Conversations without an answer, at the place where they were seen first. */
async function silentConversations(scene: Scene): Promise<readonly Silent[]> {
  const rows = await scene.rows(`
    SELECT o.src, o.dst, o.proto, o.dport, min(o.tap) AS tap, arg_min(o.place, (o.tap, o.place)) AS place FROM opener o
    WHERE NOT o.answered AND o.packets >= 2 AND NOT EXISTS (
      SELECT 1 FROM opener y WHERE y.answered AND y.src = o.src AND y.dst = o.dst AND y.proto = o.proto AND y.dport = o.dport)
    GROUP BY ALL ORDER BY tap, place, o.src, o.dst, o.dport LIMIT 2000`);
  return rows.flatMap((row): readonly Silent[] => {
    const [srcId, dstId, proto, port] = ['src', 'dst', 'proto', 'dport'].map((name) => Number(row[name])) as [
      number,
      number,
      number,
      number,
    ];
    const [src, dst] = [scene.address(srcId), scene.address(dstId)];
    const [a, b] = [scene.owner(srcId), scene.owner(dstId)];
    const family = dst.includes(':') ? 6 : 4;
    const at = { tap: Number(row['tap']), place: Number(row['place']) };
    const ends = { srcId, dstId, port, at, from: a.node, to: b.node };
    const icmp = proto === 1 ? { icmpType: 8, icmpCode: 0 } : proto === 58 ? { icmpType: 128, icmpCode: 0 } : {};
    const inner: Silent = {
      ...ends,
      src,
      dst,
      local: b.role === 'node',
      packet: fresh({
        family,
        proto,
        src,
        dst,
        dport: port < 0 ? undefined : port,
        ...(proto === 6 ? { tcpFlags: 2 } : {}),
        ...icmp,
      }),
    };
    return [inner, ...envelopes(scene, inner)];
  });
}

/** What carries the conversation between two nodes, when their overlay does. */
function envelopes(scene: Scene, inner: Silent): readonly Silent[] {
  const { cluster } = scene;
  if (inner.from === undefined || inner.to === undefined || inner.from === inner.to) return [];
  if (!['pod', 'pod-range', 'vtep'].includes(scene.owner(inner.dstId).role)) return [];
  const ports = new Set(cluster.facts.links.map((link) => link.vxlan_port).filter((port) => port !== undefined));
  const address = (node: string): string | undefined =>
    [...(cluster.nodes.get(node)?.addresses.keys() ?? [])].find((a) => !a.includes(':'));
  const [src, dst] = [address(inner.from), address(inner.to)];
  if (src === undefined || dst === undefined) return [];
  return [...ports].map((dport) => ({
    ...inner,
    src,
    dst,
    local: true,
    packet: fresh({ family: 4, proto: 17, src, dst, dport }),
  }));
}

/** True when the rule takes this packet on its way through the node, as far as the rule itself tells. */
function takes({ rule, node, table, chain }: RulePlace, host: Host, silent: Silent): boolean {
  const judge = judgeOf(rule);
  return [...hooksOf(table, chain)].some((hook) => {
    const passes =
      hook === 'INPUT'
        ? silent.local && silent.to === node
        : hook === 'OUTPUT'
          ? silent.local
            ? silent.from === node
            : false
          : hook === 'FORWARD'
            ? !silent.local && (silent.from === node || silent.to === node)
            : silent.to === node;
    if (!passes) return false;
    const sight = {
      packet: silent.packet,
      crossing: { hook, packet: silent.packet },
      host,
      table: table.name,
      tracked: true,
    };
    return judge(sight).some((branch) => branch.doubts.every((doubt) => /^[io]if$/.test(doubt.question)));
  });
}

/** True when the rule concerns the cluster at all: an address of it, one of its ports, one of its devices. */
function ofCluster(scene: Scene, { rule, node }: RulePlace): boolean {
  return rule.matches.some(({ name, options }) =>
    options.some(({ name: option, values, negated }) => {
      if (negated) return false;
      const [value = ''] = values;
      if (name === 'source' || name === 'destination')
        return insideRole(scene.cluster.owner(value.replace(/\/\d+$/, '')).role);
      if (/^(in|out)-interface$/.test(name))
        return ['overlay', 'workload', 'bridge'].includes(scene.cluster.device(node, value.replace(/\+$/, '0')));
      return /port/.test(option) && value.split(',').some((port) => CLUSTER_PORTS.has(Number(port)));
    }),
  );
}

/** Findings from counters, for silent conversations that the rule takes, and for information for others. */
export async function countedDrops(
  scene: Scene,
  byNode: ReadonlyMap<string | undefined, readonly Ruleset[]>,
): Promise<readonly FindingDraft[]> {
  const places = [...rulePlaces(byNode)].filter((place) => isDrop(place) && counted(place) && isSpecific(place));
  if (places.length === 0) return [];
  const hosts = buildHosts(scene.cluster);
  const outwards = await worksOutwards(scene);
  const silents = await silentConversations(scene);
  return places.flatMap((place): readonly FindingDraft[] => {
    const host = place.node === undefined ? undefined : hosts.get(place.node);
    const hit = host === undefined ? [] : silents.filter((silent) => takes(place, host, silent));
    if (hit.length === 0 && !ofCluster(scene, place)) return [];
    return [draft(scene, place, hit, outwards)];
  });
}

function draft(
  scene: Scene,
  { rule, node, table, chain }: RulePlace,
  hit: readonly Silent[],
  outwards: ReadonlySet<string>,
): FindingDraft {
  const count = Number(rule.at.packets);
  const does = rule.target.kind === 'drop' ? 'drops' : 'rejects';
  const severity = hit
    .map((silent) => severityOfSilence(scene, silent.srcId, silent.dstId, outwards))
    .sort((a, b) => SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b))[0];
  const first = hit[0];
  const evidence: Cite[] = hit
    .slice(0, 10)
    .map(({ at }) => ({ role: 'conversation without an answer that the rule takes', at }));
  return {
    code: 'rule-drop',
    // Rule and silence fit, but nothing shows that these very packets were counted.
    severity: severity === undefined || severity === 'info' ? 'info' : 'warning',
    confidence: 'possible',
    title:
      first === undefined
        ? `Rule ${rule.at.position} of ${chain.name} (table ${table.name})${node === undefined ? '' : ` on ${node}`} that ${does} packets has counted ${count}`
        : `Rule ${rule.at.position} of ${chain.name} (table ${table.name}) on ${node} has counted ${count} packets that it ${does}, and takes what ${scene.describe(first.srcId)} sends to ${scene.describe(first.dstId)}${first.port < 0 ? '' : ` port ${first.port}`}`,
    explanation:
      first === undefined
        ? 'A counter tells how many packets met the rule since it was made, not which. No conversation without an answer is one that this rule takes.'
        : 'The conversation got no answer, the rule takes its packets as far as it says, and its counter is not zero. That these very packets were counted is not shown.',
    subjects: [
      ...new Set([
        ...hit.slice(0, 10).flatMap(({ srcId, dstId }) => [scene.address(dstId), scene.address(srcId)]),
        ...[node, chain.name].filter((name) => name !== undefined),
      ]),
    ],
    count,
    evidence: [
      { role: `rule that ${does}, with its counter`, at: { source: rule.at.source, line: rule.at.line } },
      ...evidence,
    ],
    flows: hit.slice(0, 100).map(({ srcId, dstId, port }) => ({
      src: scene.address(srcId),
      dst: scene.address(dstId),
      dport: port < 0 ? undefined : port,
    })),
  };
}
