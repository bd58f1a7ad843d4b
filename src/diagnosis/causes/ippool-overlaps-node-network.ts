import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import { contains, type Prefix, parsePrefix } from '../../core/prefix.js';
import type { Cluster } from '../../model/cluster.js';
import type { Placed } from '../../model/facts.js';
import { type NodeAddress, nodeAddresses } from '../../model/node-addresses.js';
import { cniNetworks } from '../../model/pod-networks.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found, quiet, ruledOut } from '../cause.js';
import { freeNetwork } from '../free-network.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * An IP pool, or the CNI's network, contains nodes' own addresses: packets to these nodes are taken for pod traffic.
 *
 * Physics: Calico translates `match-set cali40masq-ipam-pools src, ! match-set cali40all-ipam-pools dst`; flannel returns
 * from its chain for destinations in its own network. A pod's packet to a node in the pool keeps the pod's source; a node
 * without routes to pods answers by its default gateway, one with routes drops it by its reverse-path filter.
 *
 * Innocent: a disabled pool made on purpose so that its destinations are not translated; pools without natOutgoing
 * (nothing is translated anyway, routing does it); sets that list single nodes (`kube-router-node-ips`); the bridge of a
 * node inside its own subnet. All of these become a cause only when packets die of it.
 *
 * Proven: pool or set, the node's address, and a pod's own source seen on its way to that address without an answer.
 * Ruled out: no pool holds the address that the untranslated packets go to.
 */
export const ippoolOverlapsNodeNetwork: Cause = {
  code: 'ippool-overlaps-node-network',
  diagnose(given) {
    const pools = translatedPools(given.cluster);
    const untranslated = given.symptoms.filter((s) => s.code === 'unsnatted-source');
    const nodes = nodeAddresses(given.cluster);
    const overlaid = new Map<string, Overlap>();
    for (const pool of pools) {
      const known = overlaid.get(pool.text);
      if (known !== undefined) {
        known.pools.push(pool);
        continue;
      }
      const inside = nodes.filter(
        ({ node, address }) => contains(pool.prefix, address) && !isGateway(given, node, address),
      );
      const aimed = aims(given, pool.prefix, untranslated);
      if (inside.length > 0 || aimed.length > 0) overlaid.set(pool.text, { pools: [pool], inside, aimed });
    }
    const drafts = [...overlaid.values()].flatMap((overlap) => draft(given, overlap, pools, untranslated) ?? []);
    if (drafts.length > 0) return found(drafts);
    if (untranslated.length === 0) return quiet;
    const [pool] = pools;
    const dst = untranslated[0]!.flows?.[0]?.dst;
    if (pool === undefined)
      return cannotTell(
        'calicoctl get ippool -o wide; ipset list cali40all-ipam-pools    # on the node of the pod',
        'the IP pools, or the ipset that excludes their destinations from translation',
      );
    return ruledOut(`no pool contains ${dst ?? 'the destination'}, to which packets leave untranslated`, {
      role: 'the pool',
      at: pool.at,
    });
  },
};

interface Pool {
  readonly prefix: Prefix;
  readonly text: string;
  /** Pool or set. */
  readonly name: string;
  readonly kind: 'pool' | 'flannel' | 'set';
  /** Nothing is translated for it, on purpose or not. */
  readonly byDesign: boolean;
  readonly at: Placed;
}

interface Overlap {
  readonly pools: Pool[];
  readonly inside: readonly NodeAddress[];
  readonly aimed: readonly string[];
}

/** Everything that excludes destinations from translation: pools, the CNI's network, sets of POSTROUTING rules. */
function translatedPools(cluster: Cluster): Pool[] {
  const pools: Pool[] = [];
  for (const n of cniNetworks(cluster)) {
    if (n.prefix.length === 0) continue;
    const byDesign = n.disabled || n.natOutgoing === false;
    pools.push({
      prefix: n.prefix,
      text: n.text,
      name: n.name ?? 'the CNI\u2019s network',
      kind: n.kind,
      byDesign,
      at: n.at,
    });
  }
  const excluded = new Set(
    cluster.facts.rules.flatMap((rule) =>
      rule.table === 'nat' && /^(MASQUERADE|SNAT)$/.test(rule.target ?? '')
        ? [...rule.spec.matchAll(/! --match-set (\S+) dst/g)].map((m) => m[1]!)
        : [],
    ),
  );
  for (const member of cluster.facts.ipsetMembers) {
    if (member.nomatch || !(excluded.has(member.set) || /^cali[46]0all-ipam-pools$/.test(member.set))) continue;
    const prefix = parsePrefix(member.member);
    // Single hosts are listed on purpose: kube-router's and Kube-OVN's sets of nodes.
    if (prefix === undefined || prefix.length === 0 || prefix.length >= (prefix.family === 4 ? 32 : 128)) continue;
    pools.push({ prefix, text: member.member, name: member.set, kind: 'set', byDesign: false, at: member });
  }
  return pools;
}

/** Destinations in the pool that pods' packets reach untranslated and unanswered, though they are no pods. */
function aims({ cluster }: Case, prefix: Prefix, untranslated: readonly FindingDraft[]): string[] {
  const flows = untranslated.flatMap((s) => s.flows ?? []);
  return [...new Set(flows.map((flow) => flow.dst))].filter(
    (dst) => contains(prefix, dst) && cluster.owner(dst).role === 'node',
  );
}

/** The address stands in the node's own pod subnet: it is the pods' gateway there. */
function isGateway({ cluster }: Case, node: string, address: string): boolean {
  const announced = cluster.facts.nodes.some((n) => cluster.named(n.name) === node && n.internal_ip === address);
  return !announced && cluster.nodes.get(node)?.podRanges.some((range) => contains(range.prefix, address)) === true;
}

function draft(
  given: Case,
  { pools, inside, aimed }: Overlap,
  all: readonly Pool[],
  untranslated: readonly FindingDraft[],
): CauseDraft | undefined {
  const [pool] = pools as [Pool];
  const fromPool = (src: string): boolean => all.some((p) => contains(p.prefix, src));
  const explains = (symptom: FindingDraft): boolean => {
    if (symptom.code !== 'unsnatted-source' && !SILENCE.has(symptom.code)) return false;
    return allFlows(symptom, ({ src, dst }) => {
      const target = behind(given, dst);
      const pod = given.cluster.facts.pods.some((p) => src.startsWith(p.name)) || fromPool(src);
      const told = given.cluster.nodes.has(src) || !/^[\d.:a-f]+$/.test(src);
      return (
        (pod || (told && symptom.confidence !== 'proven')) &&
        target.some((t) => isNode(given, t) && contains(pool.prefix, t))
      );
    });
  };
  const shown = given.symptoms.filter(explains);
  const witnesses = untranslated.filter((s) => shown.includes(s));
  const proven = witnesses.length > 0 && aimed.length > 0;
  const designed = pools.every((p) => p.byDesign || p.kind === 'set') && pools.some((p) => p.byDesign);
  // Made on purpose, and nothing dies of it.
  if (designed && !proven) return undefined;
  const sources = [...new Set(witnesses.flatMap((s) => (s.flows ?? []).map((flow) => flow.src)))];
  const sets = [...new Set(all.filter((p) => p.kind === 'set' && p.text === pool.text).map((p) => p.name))];
  const hit = inside.filter((a) => aimed.includes(a.address));
  const nodes = [...hit, ...inside.filter((a) => !hit.includes(a))];
  const what =
    pool.kind === 'pool'
      ? `IP pool ${pool.name} (${pool.text})`
      : pool.kind === 'set'
        ? `ipset ${pool.name} (${pool.text})`
        : `the CNI's network ${pool.text}`;
  const whose = listed([...new Set([...aimed, ...nodes.map((n) => n.address)])].map((a) => nameOf(nodes, a)));
  return {
    code: 'ippool-overlaps-node-network',
    severity: shown.length > 0 ? 'critical' : 'warning',
    confidence: proven ? 'proven' : 'likely',
    title: `${what[0]!.toUpperCase()}${what.slice(1)} contains nodes' own addresses`,
    summary:
      `${what[0]!.toUpperCase()}${what.slice(1)} contains the nodes' own addresses ${whose}` +
      (proven
        ? `, so packets from ${listed(sources)} to ${listed(aimed)} are taken for pod traffic and leave without source translation.`
        : ', so packets of pods to these nodes are taken for pod traffic and are not translated.'),
    explanation:
      'Source translation leaves out destinations that are in a pool, because pods find each other without it. A node inside the pool is such a destination: the packet leaves with the pod\u2019s own address, and the node answers by its default gateway or drops it by its reverse-path filter. To the rest of the world translation works.',
    subjects: subjects(
      pool.text,
      ...aimed,
      ...sources.slice(0, 4),
      ...pools.filter((p) => p.kind === 'pool').map((p) => p.name),
      ...sets,
      ...nodes.slice(0, 8).flatMap((n) => [n.address, n.node]),
      ...witnesses.flatMap((s) => s.subjects.filter((name) => given.cluster.nodes.has(name))),
    ),
    count: new Set(nodes.map((n) => n.address)).size || aimed.length,
    evidence: evidence(
      { role: 'the pool', at: pool.at },
      ...nodes.slice(0, 3).map((n): Cite => ({ role: `an address of ${n.node} inside it`, at: n.at })),
      ...all
        .filter((p) => p.kind === 'set' && p.text === pool.text)
        .slice(0, 3)
        .map((p): Cite => ({ role: 'the set that excludes it from translation', at: p.at })),
      ...rulesWith(given, sets),
      ...shownBy(witnesses),
      ...shownBy(shown.filter((s) => !witnesses.includes(s)).slice(0, 3), 1),
    ),
    remedy: [remedyFor(given, pools, aimed[0] ?? nodes[0]?.address ?? '')],
    explains,
  };
}

const isNode = ({ cluster }: Case, address: string): boolean => cluster.owner(address).role === 'node';

const nameOf = (nodes: readonly NodeAddress[], address: string): string => {
  const node = nodes.find((n) => n.address === address)?.node;
  return node === undefined ? address : `${address} (${node})`;
};

/** The address itself, or the endpoints when it is a service's. */
function behind({ cluster }: Case, address: string): readonly string[] {
  const owner = cluster.owner(address);
  if (owner.role !== 'service') return [address];
  const name = owner.name?.split('/').at(-1)?.split(':')[0];
  return cluster.facts.endpoints.filter((e) => e.service === name).map((e) => e.address);
}

function rulesWith({ facts }: Case, sets: readonly string[]): Cite[] {
  return facts.rules
    .filter((rule) => rule.table === 'nat' && sets.some((set) => rule.spec.includes(`! --match-set ${set} dst`)))
    .slice(0, 2)
    .map((at) => ({ role: 'the rule that translates, but not for the set', at }));
}

function remedyFor({ cluster }: Case, pools: readonly Pool[], address: string): Remedy {
  const pool = pools.find((p) => p.kind === 'pool');
  const free = freeNetwork(cluster);
  if (pool === undefined)
    return {
      command: `kubectl get configmaps -A -o yaml | grep -n '${pools[0]!.text}'    # then give the CNI another network, such as ${free}`,
      why: `${pools[0]!.text} contains node addresses such as ${address}; the pod network must contain none.`,
      verify: 'conntrack -L -d NODE_ADDRESS    # on the node of a pod, while the pod tries again what failed',
      rollback: '# put the old network back and restart the CNI',
    };
  const stopgap = `iptables -t nat -I POSTROUTING -s ${pool.text} -d ${address} -j MASQUERADE`;
  return {
    command: `kubectl get ippools.crd.projectcalico.org ${pool.name} -o yaml | sed 's#${pool.text}#${free}#; s#name: ${pool.name}#name: pods#; /uid:/d; /resourceVersion:/d' | kubectl apply -f - && kubectl patch ippools.crd.projectcalico.org ${pool.name} --type merge -p '{"spec":{"disabled":true}}'    # then restart the pods, and delete ${pool.name} when none is left in it`,
    why: `New pods get addresses of ${free}, which contains no node; while ${pool.name} exists, ${address} stays excluded from translation. Until then on the node of the pod: ${stopgap}`,
    verify: `ipset test cali40all-ipam-pools ${address}    # must say that it is NOT in the set; then from a pod the request that failed`,
    rollback: `kubectl patch ippools.crd.projectcalico.org ${pool.name} --type merge -p '{"spec":{"disabled":false}}' && kubectl delete ippools.crd.projectcalico.org pods`,
  };
}
