import type { Cite } from '../core/finding.js';
import type { Case } from './cause.js';

const quoted = (addresses: readonly string[]): string =>
  addresses.map((address) => `'${address.replace(/[^0-9a-fA-F:.]/g, '')}'`).join(', ');

/**
 * Where the bundle shows that two addresses of nodes reach each other: a conversation in clear that was answered, or a
 * test by hand. What is in a tunnel does not count.
 */
export async function answeredBetween(given: Case, a: string, b: string): Promise<readonly Cite[]> {
  const rows = await given.scene.rows(`
    SELECT o.tap, o.place FROM opener o JOIN address s ON s.id = o.src JOIN address d ON d.id = o.dst
    WHERE o.answered AND o.place > 0 AND s.address IN (${quoted([a, b])}) AND d.address IN (${quoted([a, b])}) AND s.address <> d.address
    ORDER BY o.tap, o.place LIMIT 1`);
  const told = given.facts.probes.filter(
    (probe) =>
      probe.outcome === 'ok' &&
      ((probe.address === b && ownerOf(given, probe) === given.cluster.nodeWithAddress(a)) ||
        (probe.address === a && ownerOf(given, probe) === given.cluster.nodeWithAddress(b))),
  );
  return [
    ...rows.map(
      (row): Cite => ({
        role: 'the nodes themselves reach each other',
        at: { tap: Number(row['tap']), place: Number(row['place']) },
      }),
    ),
    ...told.slice(0, 1).map((at): Cite => ({ role: 'the nodes themselves reach each other', at })),
  ];
}

const ownerOf = (given: Case, at: { readonly source: number }): string | undefined => given.cluster.nodeOf(at);

/** True when a packet that only an answer can be came out of the tunnel between two nodes' addresses, either way. */
export async function tunnelWorks(given: Case, a: string, b: string): Promise<boolean> {
  if (!given.scene.holds('tunnel')) return false;
  const rows = await given.scene.rows(`
    SELECT 1 FROM packet_raw p JOIN address s ON s.id = p.outer_src JOIN address d ON d.id = p.outer_dst
    WHERE p.tunnel > 0 AND s.address IN (${quoted([a, b])}) AND d.address IN (${quoted([a, b])})
      AND (p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 18) = 18 OR p.icmp_type IN (0, 129) AND p.proto IN (1, 58)
        OR p.proto = 17 AND p.dns_id >= 0 AND (p.dns_flags & 32768) > 0)
    LIMIT 1`);
  return rows.length > 0;
}
