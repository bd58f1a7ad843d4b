import type { Prefix } from '../../core/prefix.js';
import { isLive } from '../interfaces.js';
import { ownSubnets } from '../own-subnets.js';
import { someAddress, usedSubnets } from '../pod-networks.js';
import type { Scene } from '../scene.js';
import type { Conversation } from './conversations.js';
import type { Journeys, Question } from './journeys.js';
import type { Origin } from './step.js';

/** Up to so many nodes every pair is walked. */
const ALL_PAIRS = 10;
/** Conversations of larger clusters that are walked. */
const MOST_WALKS = 60;

/**
 * What every cluster must be able to do, for bundles in which nobody tried: pods of one node to pods, to nodes; nodes to
 * pods. Of pods the first that runs there, else an address of the node's subnet; where no list tells either, what the nodes themselves
 * show, between those that surely are of one cluster. Nobody must reach a node that is not Ready and
 * of which nothing else is shown: it is down, in maintenance, or has yet to join.
 */
export function standingConversations(scene: Scene, journeys: Journeys): readonly Conversation[] {
  const { cluster } = scene;
  const podOf = new Map<string, string>();
  for (const pod of cluster.facts.pods) {
    if (pod.ip === undefined || pod.node === undefined || pod.host_network === true || podOf.has(pod.node)) continue;
    if (cluster.owner(pod.ip).role === 'pod' && /^(Running)?$/.test(pod.phase ?? '')) podOf.set(pod.node, pod.ip);
  }
  for (const { node, prefix } of subnetsInUse(scene)) if (!podOf.has(node)) podOf.set(node, someAddress(prefix));
  const own = ownSubnets(cluster);
  const shown = new Map<string, string>();
  for (const { node, sample } of own.list) if (!podOf.has(node) && !shown.has(node)) shown.set(node, sample);
  const question = (from: Origin, to: string): Question => ({ from, to, proto: 6, dport: 80 });
  const dumped = new Set(cluster.dumpedNodes);
  const names = [...cluster.nodes.keys()];
  const asked = pairsOf(names, (name) => dumped.has(name)).map(([a, b]): readonly Question[] => {
    const related = own.related(a, b);
    const podA = podOf.get(a) ?? (related ? shown.get(a) : undefined);
    const podB = podOf.get(b) ?? (related ? shown.get(b) : undefined);
    if (podB === undefined || !isLive(cluster, b)) return [];
    const fromNode = question({ kind: 'node', node: a }, podB);
    return podA === undefined ? [fromNode] : [question({ kind: 'pod', node: a, address: podA }, podB), fromNode];
  });
  const small = names.length <= ALL_PAIRS;
  // Of a large cluster first one of each pair, so that every node has its turn.
  const questions = small
    ? asked.flat()
    : [...asked.flatMap((q) => q.slice(0, 1)), ...asked.flatMap((q) => q.slice(1))];
  return questions
    .slice(0, small ? undefined : MOST_WALKS)
    .map((one): Conversation => ({ question: one, journey: journeys.between(one), symptoms: [] }));
}

/**
 * Ordered pairs of different nodes: all of them in a small cluster. In a larger one a part: first round the nodes that the
 * bundle has dumps of, so that each of them sends once and receives once, then these with the others in turn.
 */
export function pairsOf(
  names: readonly string[],
  isDumped: (name: string) => boolean,
): readonly (readonly [string, string])[] {
  const pairs = new Map<string, readonly [string, string]>();
  const add = (a: string | undefined, b: string | undefined): void => {
    if (a !== undefined && b !== undefined && a !== b) pairs.set(`${a} ${b}`, [a, b]);
  };
  if (names.length <= ALL_PAIRS) {
    for (const a of names) for (const b of names) add(a, b);
    return [...pairs.values()];
  }
  const dumped = names.filter(isDumped);
  const others = names.filter((name) => !isDumped(name));
  const round = (by: number): void => {
    dumped.forEach((name, i) => {
      add(name, dumped[(i + by) % dumped.length]);
    });
  };
  round(1);
  others.forEach((name, i) => {
    add(dumped[i % dumped.length], name);
  });
  for (let by = 2; by < dumped.length && pairs.size < MOST_WALKS; by++) round(by);
  return [...pairs.values()].slice(0, MOST_WALKS);
}

/** Subnets that pods of a node surely get addresses from: leases, and podCIDRs where flannel deals them out. */
function subnetsInUse({ cluster }: Scene): readonly { readonly node: string; readonly prefix: Prefix }[] {
  const { leases, pools, ipamBlocks, settings } = cluster.facts;
  const flannel = leases.length > 0 || settings.some((s) => s.component === 'flannel');
  return usedSubnets(cluster).flatMap(({ node, prefix, what }) =>
    node !== undefined && (what === 'lease' || (flannel && pools.length === 0 && ipamBlocks.length === 0))
      ? [{ node, prefix }]
      : [],
  );
}
