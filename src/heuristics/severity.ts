import type { Severity } from '../core/finding.js';
import type { AddressRole } from '../model/cluster.js';
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

/** How bad silence is: inside the cluster it breaks workloads; outside it may be anybody's fault; scans come from outside. */
export function severityOfSilence(scene: Scene, client: number, server: number): Severity {
  const from = scene.owner(client).role;
  const to = scene.owner(server).role;
  if (to === 'unknown' || from === 'unknown') return 'critical';
  if (insideRole(to)) return insideRole(from) ? 'critical' : 'info';
  return insideRole(from) ? 'warning' : 'info';
}
