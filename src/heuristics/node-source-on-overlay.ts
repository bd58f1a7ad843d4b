import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { type Opener, openersAtTaps } from '../model/flow-state.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';

/**
 * A node opens a conversation through the overlay with the address of its physical interface as source. The peer answers
 * to that address, which the overlay does not carry: the answer takes another way or none.
 *
 * Innocent: the overlay's own address; replies; networks where it works all the same (answered: for information only).
 * LOG lines are written before POSTROUTING may still translate the source, so they count only when the packet was
 * repeated without an answer and no line shows it leaving with another source.
 */
function draft(scene: Scene, copies: readonly Opener[], answered: boolean): FindingDraft {
  const distance = (o: Opener): number =>
    (scene.tap(o.tap).kind === 'log' ? 2 : 0) + (scene.tap(o.tap).node === scene.owner(o.src).node ? 0 : 1);
  const group = [...copies].sort((a, b) => distance(a) - distance(b));
  const first = group[0]!;
  const tap = scene.tap(first.tap);
  const device = group.map((o) => overlayDevice(scene, o)).find((name) => name !== undefined);
  const source = scene.address(first.src);
  const node = scene.owner(first.src).node;
  const destinations = [...new Set(group.map((o) => o.dst))];
  // Several taps show copies of the same packets.
  const perTap = new Map<number, number>();
  for (const o of group) perTap.set(o.tap, (perTap.get(o.tap) ?? 0) + o.packets);
  const packets = Math.max(...perTap.values());
  const cites: Cite[] = group
    .slice(0, 17)
    .map((o) => ({ role: 'node\u2019s own source on the overlay', at: { tap: o.tap, place: o.place } }));
  // LOG lines since boot and captures with dates do not compare.
  const timed = group.filter((o) => scene.tap(o.tap).timeKind === tap.timeKind);
  const at = scene.owner(first.src).at;
  if (at !== undefined) cites.push({ role: `why ${source} is ${node ?? 'a node'}\u2019s physical address`, at });
  if (!answered)
    cites.push({
      role: 'no answer',
      absent: `no answer to ${source}`,
      searched: [...new Set(group.map((o) => o.source))] as unknown as NonEmpty<number>,
    });
  return {
    code: 'node-source-on-overlay',
    severity: answered ? 'info' : 'critical',
    confidence: tap.kind === 'log' ? 'likely' : 'proven',
    title: `${node ?? 'A node'} sends to ${destinations
      .slice(0, 3)
      .map((d) => scene.describe(d))
      .join(
        ', ',
      )} over the overlay${device === undefined ? '' : ` device ${device}`} with its physical address ${source}`,
    explanation: `${packets} packets that open a conversation carry ${source} inside the overlay, where only overlay and pod addresses have a way back.${answered ? ' They were answered all the same.' : ' Nothing came back.'}`,
    subjects: [
      ...new Set([
        source,
        ...destinations.map((d) => scene.address(d)),
        ...[device, node].filter((n) => n !== undefined),
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

/** The overlay device that the tap is on, or that the LOG line names. */
function overlayDevice(scene: Scene, opener: Opener): string | undefined {
  const tap = scene.tap(opener.tap);
  const names = tap.kind === 'log' ? [tap.row.outIf, tap.row.inIf] : [tap.ifname];
  return names.find((name) => name !== undefined && name !== '' && scene.cluster.device(tap.node, name) === 'overlay');
}

/** Seen on an overlay device, or inside an envelope. */
const onOverlay = (scene: Scene, opener: Opener): boolean =>
  opener.tunnel || overlayDevice(scene, opener) !== undefined;

export const nodeSourceOnOverlay: Heuristic = {
  code: 'node-source-on-overlay',
  async run(scene) {
    const openers = await openersAtTaps(scene, ['node'], `da.role NOT IN ('multicast', 'link-local', 'loopback')`);
    const overlay = openers.filter((o) => onOverlay(scene, o));
    const anyOverlay =
      overlay.length > 0 || scene.taps.some((tap) => tap.device === 'overlay') || scene.holds('tunnel');
    if (!anyOverlay)
      return skipped(
        ['a capture on an overlay device, a tunnel packet, or a LOG line with an overlay device'],
        'tcpdump -nn -i flannel.1 -w overlay.pcap    # on the node that fails; with Calico tunl0 or vxlan.calico',
      );
    const retried = new Set(
      (
        await scene.rows(
          'SELECT DISTINCT source, src, dst, dport FROM attempt WHERE tries >= 2 AND NOT syn_ack AND NOT client_ack AND NOT reset',
        )
      ).map((r) => `${Number(r['source'])} ${Number(r['src'])} ${Number(r['dst'])} ${Number(r['dport'])}`),
    );
    const groups = new Map<string, { list: Opener[]; answered: boolean }>();
    for (const opener of overlay) {
      const tap = scene.tap(opener.tap);
      if (tap.kind === 'log' && !retried.has(`${opener.source} ${opener.src} ${opener.dst} ${opener.dport}`)) continue;
      const key = `${opener.src} ${opener.dst} ${opener.answered}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { list: [opener], answered: opener.answered });
      else group.list.push(opener);
    }
    return looked([...groups.values()].map(({ list, answered }) => draft(scene, list, answered)));
  },
};
