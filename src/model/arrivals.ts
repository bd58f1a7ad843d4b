import type { Scene } from './scene.js';

/** By which uplink a node was seen to get packets for a pod of its own from another address, outside any tunnel. */
export type Arrivals = (node: string, src: string, dst: string) => string | undefined;

/** Pairs of addresses that are looked at. */
const MOST = 20_000;

/**
 * What captures at uplinks show of packets that routers between the nodes passed on: that they did is then no guess. A packet of
 * somebody else's address that stands at the uplink of its destination's node has come in there.
 */
export async function arrivals(scene: Scene): Promise<Arrivals> {
  const taps = scene.taps.filter(
    (tap) =>
      tap.kind !== 'log' &&
      tap.node !== undefined &&
      tap.ifname !== undefined &&
      tap.device === 'uplink' &&
      tap.direction !== 'out',
  );
  const found = new Map<string, string>();
  if (taps.length > 0) {
    const rows = await scene.rows(
      `SELECT DISTINCT p.tap, p.src, p.dst FROM packet_raw p JOIN address a ON a.id = p.dst
       WHERE p.tap IN (${taps.map(({ tap }) => tap).join(', ')}) AND p.tunnel = 0 AND a.role IN ('pod', 'pod-range') ORDER BY p.tap, p.src, p.dst LIMIT ${MOST}`,
    );
    for (const row of rows) {
      const { node, ifname } = scene.tap(Number(row['tap']));
      const [src, dst] = [Number(row['src']), Number(row['dst'])];
      const key = `${node} ${scene.address(src)} ${scene.address(dst)}`;
      if (scene.owner(dst).node === node && scene.owner(src).node !== node && !found.has(key)) found.set(key, ifname!);
    }
  }
  return (node, src, dst) => found.get(`${node} ${src} ${dst}`);
}
