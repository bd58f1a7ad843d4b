import type { Severity } from '../core/finding.js';
import { isPrivate } from '../core/prefix.js';
import { mayBePod } from '../model/may-be-pod.js';
import { nodePorts } from '../model/node-ports.js';
import type { AddressRole } from '../model/owner.js';
import type { Scene } from '../model/scene.js';

const INSIDE: ReadonlySet<AddressRole> = new Set<AddressRole>([
  'pod',
  'pod-range',
  'service',
  'node',
  'vtep',
  'gateway',
]);

/** True for addresses that belong to the cluster. */
export const insideRole = (role: AddressRole): boolean => INSIDE.has(role);

/** Whence and whereto, as coarse as a fault of the way out would be: pods or nodes, to the internet or the site. */
const wayOut = (scene: Scene, client: number, server: number): string =>
  `${['pod', 'pod-range'].includes(scene.owner(client).role) ? 'pods' : 'nodes'} ${isPrivate(scene.address(server)) ? 'site' : 'internet'}`;

const WORKS = new WeakMap<Scene, Promise<ReadonlySet<string>>>();

/** Ways out of the cluster that demonstrably work: somebody out there answered. Asked of each scene once. */
export function worksOutwards(scene: Scene): Promise<ReadonlySet<string>> {
  let works = WORKS.get(scene);
  if (works === undefined) {
    works = readOutwards(scene);
    WORKS.set(scene, works);
  }
  return works;
}

async function readOutwards(scene: Scene): Promise<ReadonlySet<string>> {
  const rows = await scene.rows(
    `SELECT DISTINCT o.src, o.dst FROM opener o JOIN address a ON a.id = o.dst WHERE o.answered AND a.role = 'outside'`,
  );
  return new Set(
    rows
      .map((row) => ({ src: Number(row['src']), dst: Number(row['dst']) }))
      .filter(({ src }) => insideRole(scene.owner(src).role))
      .map(({ src, dst }) => wayOut(scene, src, dst)),
  );
}

/**
 * True for a port that a service publishes on every node: whoever asks for it from outside is meant to be served, so an
 * attempt that is repeated in vain is no scan.
 */
export const isPublished = (scene: Scene, server: number, dport: number): boolean =>
  scene.owner(server).role === 'node' && nodePorts(scene.cluster.facts).has(6, dport);

/**
 * How bad silence is: inside the cluster it breaks workloads. Outside it may be anybody's fault, and where others out there
 * answer the same kind of client it is that one's. Scans come from outside.
 */
export function severityOfSilence(
  scene: Scene,
  client: number,
  server: number,
  outwards: ReadonlySet<string>,
): Severity {
  const from = scene.owner(client).role;
  const to = scene.owner(server).role;
  if (from === 'outside' && insideRole(to)) {
    // Nobody out there can address a pod or a service: a private client of one is a pod or host that no list names.
    const withinSite = ['pod', 'pod-range', 'vtep', 'service'].includes(to) && isPrivate(scene.address(client));
    if (!withinSite) return 'info';
    return mayBePod(scene.cluster, scene.address(client)) ? 'critical' : 'warning';
  }
  if (to === 'unknown' || from === 'unknown') return 'critical';
  if (insideRole(to)) return 'critical';
  if (!insideRole(from)) return 'info';
  return outwards.has(wayOut(scene, client, server)) ? 'info' : 'warning';
}
