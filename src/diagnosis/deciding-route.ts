import type { Host, HostRoute } from '../model/host/host.js';
import type { Step, Walk } from '../model/journey/step.js';

/** A route that decided a step, and whether a policy rule of the host's own led to its table. */
export interface DecidingRoute {
  readonly route: HostRoute;
  readonly table: string;
  /** The step that it decided. */
  readonly step: Step;
}

/** The route of the host that has one of the step's lines. */
export function decidingRoute(host: Host | undefined, step: Step | undefined): DecidingRoute | undefined {
  if (host === undefined || step === undefined) return undefined;
  for (const [table, shown] of host.tables) {
    if (/ local$/.test(table)) continue;
    const route = shown.value.find((r) =>
      r.at.some((line) => step.at.some((at) => at.source === line.source && at.line === line.line)),
    );
    if (route !== undefined) return { route, table: route.table, step };
  }
  return undefined;
}

/** The routing decision of a node on this walk, last first; that of the envelope when the packet is in one by then. */
export const routeStep = (walk: Walk, node: string): Step | undefined =>
  walk.steps.findLast((step) => step.node === node && (step.stage === 'route' || step.stage === 'output-route'));

/** True for the main table's default route: what takes a packet for which there is no route of its own. */
export const isPlainDefault = ({ route, table }: DecidingRoute): boolean =>
  route.prefix.length === 0 && (table === 'main' || table === 'default');
