import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { contains, formatPrefix } from '../core/prefix.js';
import { behindNode } from '../model/behind-nodes.js';
import { type Opener, openersAtTaps } from '../model/flow-state.js';
import { type ForeignNetwork, foreignNetworks } from '../model/foreign-networks.js';
import { mayBePod } from '../model/may-be-pod.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { tracksPods, untranslatedEntries } from './told-unsnatted.js';

/**
 * A pod's own address leaves its node on a physical interface, outside any tunnel, towards something that is no pod, and
 * no answer comes back: nobody outside knows a way to pod addresses. No pod is also what the nodes reach by their router
 * although the pod network covers it.
 *
 * Where it may be judged: a capture on an uplink sees packets after POSTROUTING, so what it shows is what left (or, on
 * another node, what arrived). `-i any` also shows the copy that came in from the pod, before any NAT: only the copy that
 * goes out of an uplink counts. LOG lines never count: they are written before the nat table has done its work.
 *
 * Innocent: replies of pods (only packets that open a conversation count); networks that route pod addresses natively:
 * there the same pods get answers from such destinations; a piece that could not show an answer; an address that nothing names but to
 * which the pod's node has a route over another node: pods of a bundle without lists of nodes and pods; an address that may be a pod's,
 * because the bundle does not tell where all pods are.
 */
const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' };

/** The packet has left a node, or arrived at another one, by a physical link. */
function onUplink(scene: Scene, opener: Opener): boolean {
  const tap = scene.tap(opener.tap);
  const home = scene.owner(opener.src).node;
  if (tap.kind === 'log') return false;
  if (tap.device === 'uplink') {
    if (tap.direction === 'in') return tap.node === undefined || home === undefined || tap.node !== home;
    return true;
  }
  // Linux cooked v1 names no interface; what goes out towards no pod goes out by an uplink.
  return tap.device === 'any' && tap.direction === 'out';
}

/** The pod's node sends it to another node, as it sends packets to pods there. */
function isBehindNode(scene: Scene, { src, dst, tap }: Opener): boolean {
  const node = scene.owner(src).node ?? scene.tap(tap).node;
  const { role } = scene.owner(dst);
  return (
    node !== undefined &&
    (role === 'outside' || role === 'unknown') &&
    behindNode(scene.cluster, node, scene.address(dst)) !== undefined
  );
}

function draft(scene: Scene, copies: readonly Opener[], foreign: ForeignNetwork | undefined): FindingDraft {
  const atHome = (o: Opener): number => (scene.tap(o.tap).node === scene.owner(o.src).node ? 0 : 1);
  const group = [...copies].sort((a, b) => atHome(a) - atHome(b));
  const first = group[0]!;
  const tap = scene.tap(first.tap);
  const pods = [...new Set(group.map((o) => o.src))];
  const destinations = [...new Set(group.map((o) => o.dst))];
  const perSource = new Map<number, number>();
  for (const o of group) perSource.set(o.source, (perSource.get(o.source) ?? 0) + o.packets);
  const packets = Math.max(...perSource.values());
  const timed = group.filter((o) => scene.tap(o.tap).timeKind === tap.timeKind);
  const to = destinations
    .slice(0, 4)
    .map((d) => scene.describe(d))
    .join(', ');
  const where = `${tap.ifname ?? 'an uplink'}${tap.node === undefined ? '' : ` of ${tap.node}`}`;
  const cites: Cite[] = group.slice(0, 18).map((o) => ({
    role: `${PROTOCOLS[o.proto] ?? 'packet'} with the pod\u2019s own source`,
    at: { tap: o.tap, place: o.place },
  }));
  const range = pods.map((p) => scene.owner(p).at).find((at) => at !== undefined);
  if (range !== undefined) cites.push({ role: 'why this is a pod address', at: range });
  if (foreign !== undefined) cites.push({ role: 'why this is no pod: nodes reach it by their router', at: foreign.at });
  cites.push({
    role: 'no answer',
    absent: `no packet from ${destinations
      .slice(0, 4)
      .map((d) => scene.address(d))
      .join(' or ')} back to the pod`,
    searched: [...perSource.keys()] as unknown as NonEmpty<number>,
  });
  return {
    code: 'unsnatted-source',
    severity: 'critical',
    confidence: 'proven',
    title: `Pod address ${pods
      .slice(0, 3)
      .map((p) => scene.describe(p))
      .join(', ')} is on ${where} as the source of packets to ${to}`,
    explanation: `${packets} packets that open a conversation carry a pod\u2019s own address on a physical link, outside any tunnel, towards a destination that is no pod. They were not translated to the node\u2019s address, and nothing came back.`,
    subjects: [
      ...new Set([
        ...pods.map((p) => scene.address(p)),
        ...destinations.map((d) => scene.address(d)),
        ...[tap.ifname, tap.node].filter((n) => n !== undefined),
      ]),
    ],
    count: packets,
    evidence: cites as unknown as NonEmpty<Cite>,
    flows: group.map((o) => ({
      src: scene.address(o.src),
      dst: scene.address(o.dst),
      dport: o.dport < 0 ? undefined : o.dport,
    })),
    firstNs: Math.min(...timed.map((o) => o.firstNs)),
    lastNs: Math.max(...timed.map((o) => o.lastNs)),
    timeKind: tap.timeKind,
  };
}

export const unsnattedSource: Heuristic = {
  code: 'unsnatted-source',
  async run(scene) {
    const tracked = await untranslatedEntries(scene);
    if (!scene.taps.some((tap) => tap.kind !== 'log' && (tap.device === 'uplink' || tap.device === 'any'))) {
      if (await tracksPods(scene)) return looked(tracked);
      return skipped(
        ['a capture on a node\u2019s physical interface, or its connection tracking (conntrack -L)'],
        'tcpdump -nn -i any -w node.pcap    # on the node of the pod, with a libpcap that writes interface names (LINUX_SLL2)',
      );
    }
    const foreign = foreignNetworks(scene.cluster);
    const roles = ['node', 'outside', 'unknown', ...(foreign.length > 0 ? ['pod-range'] : [])];
    const openers = await openersAtTaps(
      scene,
      ['pod', 'pod-range'],
      `p.tunnel = 0 AND da.role IN ('${roles.join("', '")}') AND t.kind <> 'log'`,
    );
    const foreignTo = (o: Opener): ForeignNetwork | undefined =>
      scene.owner(o.dst).role === 'pod-range'
        ? foreign.find(({ prefix }) => contains(prefix, scene.address(o.dst)))
        : undefined;
    const candidates = openers.filter(
      (o) =>
        onUplink(scene, o) &&
        (scene.owner(o.dst).role !== 'pod-range' || foreignTo(o) !== undefined) &&
        !isBehindNode(scene, o) &&
        !mayBePod(scene.cluster, scene.address(o.dst)),
    );
    // Pods that get answers without SNAT show that this network routes their addresses.
    const routed = new Set(candidates.filter((o) => o.answered).map((o) => scene.owner(o.src).node ?? o.source));
    const groups = new Map<string, Opener[]>();
    for (const opener of candidates) {
      if (opener.answered || !opener.awaited || routed.has(scene.owner(opener.src).node ?? opener.source)) continue;
      const network = foreignTo(opener);
      const outside =
        scene.owner(opener.dst).role === 'node'
          ? String(opener.dst)
          : network === undefined
            ? 'outside'
            : formatPrefix(network.prefix);
      // The sender's uplink and the receiver's show the same packets: one finding.
      const key = `${scene.owner(opener.src).node ?? opener.source} ${outside}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [opener]);
      else group.push(opener);
    }
    const found = [...groups.values()].map((group) => draft(scene, group, foreignTo(group[0]!)));
    // Packets know better than the connection tracking of the same pods.
    const seen = new Set(found.flatMap((one) => one.flows ?? []).map((flow) => `${flow.src} ${flow.dst}`));
    return looked([
      ...found,
      ...tracked.filter((one) => !one.flows?.some((flow) => seen.has(`${flow.src} ${flow.dst}`))),
    ]);
  },
};
