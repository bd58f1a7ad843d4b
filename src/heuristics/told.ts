import { log, probe } from '../core/event/log.js';
import type { Cite, NonEmpty } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { serviceNamed } from '../model/service-names.js';

/** A failure that somebody or some program wrote down, about one destination. */
export interface Told {
  readonly from: 'probe' | 'log';
  /** Who tried, in words. */
  readonly who: string;
  /** The address of who tried, else the name of its node. */
  readonly client: string | undefined;
  /** Node that it was tried on: of a pod, the pod's, not the one where kubectl was typed. */
  readonly node: string | undefined;
  /** Tool or component. */
  readonly by: string;
  readonly address: string;
  readonly port: number | undefined;
  readonly places: readonly { readonly source: number; readonly line: number }[];
  readonly count: number;
  /** Got through later, or not at the end of its log. */
  readonly past: boolean;
  /** What an ICMP error or connect(2) said, and who sent it. */
  readonly error: string | undefined;
  readonly errorFrom: string | undefined;
}

/** Lines from the end of a log, or share of it, within which a failure counts as the last word. */
const TAIL_LINES = 20;
const TAIL_SHARE = 0.1;

const text = (value: unknown): string | undefined =>
  value === null || value === undefined ? undefined : String(value);
const number = (value: unknown): number | undefined => (value === null ? undefined : Number(value));
const placesOf = (value: unknown): { source: number; line: number }[] =>
  (value as readonly (readonly unknown[])[]).map(([source, line]) => ({ source: Number(source), line: Number(line) }));

/** Tests by hand that meet an SQL condition over table `probe` named `o`, with whether the same test worked later. */
export async function toldByProbes(scene: Scene, where: string): Promise<Told[]> {
  if (!scene.holds(probe)) return [];
  const rows = await scene.rows(`
    WITH meant(source, line, address) AS (VALUES ${servicesMeant(scene)}), one AS (
      SELECT b.* REPLACE (coalesce(b.address, m.address) AS address), s.node, s.command, s.artifact, coalesce(b.pod, s.netns) AS pod_or_ns
      FROM probe b JOIN source s USING (source) LEFT JOIN meant m ON m.source = b.source AND m.line = b.line WHERE coalesce(b.address, m.address) IS NOT NULL)
    SELECT o.node, o.pod_or_ns AS pod, o.tool, o.address, o.port, o.error, o.error_from, count(*) AS n, list([o.source, o.line] ORDER BY o.source, o.line)[1:10] AS places,
           bool_and(EXISTS (SELECT 1 FROM one x WHERE x.outcome IN ('ok', 'partial') AND x.artifact = o.artifact AND x.line > o.line AND x.address = o.address
             AND x.tool = o.tool AND x.port IS NOT DISTINCT FROM o.port AND x.node IS NOT DISTINCT FROM o.node AND x.pod_or_ns IS NOT DISTINCT FROM o.pod_or_ns)) AS past
    FROM one o WHERE ${where}
    GROUP BY o.node, o.pod_or_ns, o.tool, o.address, o.port, o.error, o.error_from ORDER BY places, o.address, o.port LIMIT 200`);
  return rows.map((row) => ({
    from: 'probe',
    ...whoTried(scene, text(row['pod']), text(row['node'])),
    by: String(row['tool']),
    address: String(row['address']),
    port: number(row['port']),
    places: placesOf(row['places']),
    count: Number(row['n']),
    past: row['past'] === true,
    error: text(row['error']),
    errorFrom: text(row['error_from']),
  }));
}

/** Tests inside pods that name a service, as SQL rows of their place and the service's address. */
function servicesMeant({ cluster }: Scene): string {
  const rows = cluster.facts.probes.slice(0, 2000).flatMap(({ source, line, target, address, pod }) => {
    if (address !== undefined || (pod === undefined && !cluster.inNamespace({ source }))) return [];
    const meant = serviceNamed(cluster, target);
    return meant === undefined ? [] : [`(${source}, ${line}, '${meant}')`];
  });
  return ['(-1, -1, NULL)', ...rows].join(', ');
}

/** `kubectl exec` is typed on one node and runs on the pod's. */
export function whoTried(
  scene: Scene,
  inside: string | undefined,
  typedOn: string | undefined,
): Pick<Told, 'who' | 'client' | 'node'> {
  const name = inside?.replace(/^pod /, '').split('/').at(-1);
  const pod = scene.cluster.facts.pods.find((p) => p.name === name && p.node !== undefined);
  const node = pod?.node === undefined ? typedOn : scene.cluster.named(pod.node);
  const who = [inside, node].filter((n) => n !== undefined).join(' on ') || 'the machine of the transcript';
  return { who, node, client: pod?.host_network === true ? node : (pod?.ip ?? node) };
}

const SAID = new WeakMap<Scene, Promise<ReadonlySet<string>>>();

/** Codes of all log lines that name an address. Asked once: most logs have none of those that are looked for. */
function codesSaid(scene: Scene): Promise<ReadonlySet<string>> {
  const known = SAID.get(scene);
  if (known !== undefined) return known;
  const asked = scene
    .rows('SELECT DISTINCT code FROM log WHERE address IS NOT NULL')
    .then((rows) => new Set(rows.map((row) => String(row['code']))));
  SAID.set(scene, asked);
  return asked;
}

/**
 * Lines of component logs with one of these codes, said at least twice. `tail`: lines from the end of the log within which it
 * is the last word; few for what every start of a cluster brings.
 */
export async function toldByLogs(scene: Scene, codes: readonly string[], tail = TAIL_LINES): Promise<Told[]> {
  if (!scene.holds(log)) return [];
  const said = await codesSaid(scene);
  if (!codes.some((code) => said.has(code))) return [];
  const rows = await scene.rows(`
    SELECT l.source, l.component, s.node, l.address, try_cast(l.value AS INTEGER) AS port, count(DISTINCT l.line) AS n, list(DISTINCT [l.source, l.line] ORDER BY [l.source, l.line])[1:10] AS places,
           max(l.line) < any_value(a.lines) - greatest(${tail}, ${TAIL_SHARE} * any_value(a.lines)) AS past
    FROM log l JOIN source s USING (source) JOIN artifact a USING (artifact) WHERE l.address IS NOT NULL AND l.code IN (${codes.map((code) => `'${code}'`).join(', ')})
    GROUP BY l.source, l.component, s.node, l.address, port HAVING n >= 2 ORDER BY l.source, places, l.address LIMIT 200`);
  return rows.map((row) => ({
    from: 'log',
    who: `${String(row['component'])}${row['node'] === null ? '' : ` on ${String(row['node'])}`}`,
    node: text(row['node']),
    client: text(row['node']),
    by: String(row['component']),
    address: String(row['address']),
    port: number(row['port']),
    places: placesOf(row['places']),
    count: Number(row['n']),
    past: row['past'] === true,
    error: undefined,
    errorFrom: undefined,
  }));
}

/** True when packets to this address that meet an SQL condition over `packet_raw p` are in the bundle: they know better. */
export async function packetsShow(scene: Scene, address: string, condition: string): Promise<boolean> {
  const [row] = await scene.rows(
    `SELECT count(*) AS n FROM packet_raw p JOIN address a ON a.id = p.dst WHERE a.address = '${address.replaceAll("'", '')}' AND ${condition}`,
  );
  return Number(row?.['n']) > 0;
}

/** The lines themselves, as evidence. */
export const citesOf = (told: Told, role: string): NonEmpty<Cite> =>
  told.places.map((at): Cite => ({ role, at })) as unknown as NonEmpty<Cite>;
