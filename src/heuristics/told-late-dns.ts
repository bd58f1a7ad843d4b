import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { lateLookups, triesLost } from '../model/late-lookups.js';
import type { Scene } from '../model/scene.js';
import { whoTried } from './told.js';

/**
 * Lookups that `time` measured: 5 s, 10 s or 15 s, to the time-out of the resolver. A query or its answer was lost, and the next
 * one was answered; where and why no text of this kind tells, so no flow of it is walked.
 *
 * Innocent: any other duration, a slow server among them; lookups that failed, which are silence; captures of the queries, which
 * know better.
 */
export async function toldLateLookups(scene: Scene): Promise<readonly FindingDraft[]> {
  const late = lateLookups(scene.cluster.facts);
  if (late.length === 0 || (await queriesShown(scene))) return [];
  const places = await placesOf(scene);
  const groups = new Map<string, typeof late>();
  for (const row of late) {
    const key = [row.pod ?? places.get(row.source)?.join(' '), row.target, row.address].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((group): FindingDraft => {
    const [first] = group as NonEmpty<(typeof group)[0]>;
    const [inside, typedOn] = places.get(first.source) ?? [];
    const { who, node } = whoTried(scene, first.pod ?? inside, typedOn);
    const tries = Math.max(...group.map(({ millis }) => triesLost(millis!)));
    const cites = group
      .slice(0, 10)
      .map(({ source, line }): Cite => ({ role: 'how long it took', at: { source, line } }));
    return {
      code: 'unreplied-udp',
      severity: 'warning',
      confidence: 'likely',
      title: `Lookups of ${first.target} from ${who} take ${tries * 5} s: ${tries === 1 ? 'a query' : `${tries} queries`} or ${tries === 1 ? 'its answer' : 'their answers'} got lost`,
      explanation: `${group.length} lookup${group.length === 1 ? '' : 's'} took as long as the resolver waits before it asks again (5 s), ${tries === 1 ? 'once' : `up to ${tries} times`}. Where the packet was lost the text does not tell: a capture of UDP 53 on the node does.`,
      subjects: [first.target, ...[first.address, node].filter((one) => one !== undefined)],
      count: group.length,
      evidence: cites as unknown as NonEmpty<Cite>,
    };
  });
}

/** The pod and the node that tests were run in. */
async function placesOf(scene: Scene): Promise<ReadonlyMap<number, readonly (string | undefined)[]>> {
  const rows = await scene.rows(
    'SELECT DISTINCT s.source, s.netns, s.node FROM source s JOIN probe o USING (source) ORDER BY s.source LIMIT 10000',
  );
  const text = (value: unknown): string | undefined => (value === null ? undefined : String(value));
  return new Map(rows.map((row) => [Number(row['source']), [text(row['netns']), text(row['node'])]]));
}

async function queriesShown(scene: Scene): Promise<boolean> {
  if (!scene.holds('dns')) return false;
  const [row] = await scene.rows('SELECT count(*) AS n FROM packet_raw WHERE proto = 17 AND dport = 53');
  return Number(row?.['n']) > 0;
}
