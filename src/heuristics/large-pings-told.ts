import { probe } from '../core/event/log.js';
import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { SMALLEST_MTU } from './large-segments.js';
import { insideRole } from './severity.js';
import { whoTried } from './told.js';

/** IPv4 and ICMP headers that ping's size does not count; IPv6 has 20 more. */
const HEADERS = { 4: 28, 6: 48 } as const;

interface Run {
  readonly size: number;
  readonly at: { readonly source: number; readonly line: number };
}

const runs = (value: unknown): readonly Run[] =>
  ((value ?? []) as readonly (readonly unknown[])[]).map(([size, source, line]) => ({
    size: Number(size),
    at: { source: Number(source), line: Number(line) },
  }));

/**
 * Transcripts of ping with several sizes: `ping -s 1000` was answered, `ping -s 1422` never. Only silence counts. An error
 * ("Frag needed", "message too long") is an answer: the sender knows then, and sends smaller packets.
 */
export async function largePingsTold(scene: Scene): Promise<readonly FindingDraft[]> {
  if (!scene.holds(probe)) return [];
  const rows = await scene.rows(`
    WITH one AS (
      SELECT b.*, s.node, coalesce(b.pod, s.netns) AS inside FROM probe b JOIN source s USING (source) WHERE b.tool = 'ping' AND b.size IS NOT NULL AND b.address IS NOT NULL),
    pair AS (
      SELECT node, inside, address, max(size) FILTER (outcome IN ('ok', 'partial')) AS passed, min(size) FILTER (outcome = 'timeout' AND sent >= 2) AS lost,
             max(size) FILTER (outcome NOT IN ('ok', 'partial', 'timeout', 'interrupted')) AS refused,
             list([size, source, line] ORDER BY size DESC, source, line) FILTER (outcome IN ('ok', 'partial')) AS passes,
             list([size, source, line] ORDER BY size, source, line) FILTER (outcome = 'timeout' AND sent >= 2) AS losses
      FROM one GROUP BY ALL)
    SELECT * FROM pair WHERE passed IS NOT NULL AND lost > passed AND refused IS NULL ORDER BY node, inside, address LIMIT 200`);
  return rows.flatMap((row): readonly FindingDraft[] => {
    const address = String(row['address']);
    const headers = HEADERS[address.includes(':') ? 6 : 4];
    const [passed, lost] = [Number(row['passed']) + headers, Number(row['lost']) + headers];
    if (lost < SMALLEST_MTU) return [];
    const name = (column: string): string | undefined => (row[column] === null ? undefined : String(row[column]));
    const { who, node, client } = whoTried(scene, name('inside'), name('node'));
    const owner = scene.cluster.owner(address);
    const cites: Cite[] = [
      ...runs(row['losses'])
        .slice(0, 8)
        .map(({ size, at }): Cite => ({ role: `${size} bytes of payload: no answer`, at })),
      ...runs(row['passes'])
        .slice(0, 3)
        .map(({ size, at }): Cite => ({ role: `${size} bytes of payload: answered`, at })),
    ];
    return [
      {
        code: 'large-packets-lost',
        severity: insideRole(owner.role) || owner.role === 'unknown' ? 'critical' : 'warning',
        confidence: 'likely',
        title: `Large pings from ${who} to ${scene.describeAddress(address)} get no answer: ${passed} bytes pass, ${lost} do not`,
        explanation: `Pings of ${passed} bytes (the whole IP packet) were answered, none of ${lost} bytes or more was, and nobody said that they are too big.`,
        subjects: [address, ...[node, owner.node].filter((name) => name !== undefined)],
        count: runs(row['losses']).length,
        evidence: cites as unknown as NonEmpty<Cite>,
        flows: [{ src: client ?? who, dst: address }],
        sizes: { passed, lost },
      },
    ];
  });
}
