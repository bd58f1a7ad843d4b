import { covers } from '../core/prefix.js';
import { cited } from '../model/facts.js';
import type { Host, HostRoute } from '../model/host/host.js';
import type { Step, Walk } from '../model/journey/step.js';

/** A route that decided a step, and whether a policy rule of the host's own led to its table. */
export interface DecidingRoute {
  readonly route: HostRoute;
  readonly table: string;
  /** The step that it decided. */
  readonly step: Step;
}

/** The route that decided where a node sends this packet: its last decision, that of the envelope where there is one. */
export function decidingRoute(host: Host | undefined, walk: Walk): DecidingRoute | undefined {
  if (host === undefined) return undefined;
  // Choosing the source address is a step of the same stage, and no route.
  const steps = walk.steps.filter(
    (step) => step.node === host.name && (step.stage === 'route' || step.stage === 'output-route'),
  );
  const routes = [...host.tables].flatMap(([table, shown]) =>
    shown.value.map((route) => ({ route, local: table.endsWith(' local') })),
  );
  for (const step of steps.toReversed()) {
    const taken = cited(routes, ({ route }) => route.at, step.at);
    if (taken !== undefined && !taken.local) return { route: taken.route, table: taken.route.table, step };
  }
  return undefined;
}

/** True for the main table's default route: what takes a packet for which there is no route of its own. */
export const isPlainDefault = ({ route, table }: DecidingRoute): boolean =>
  route.prefix.length === 0 && (table === 'main' || table === 'default');

/**
 * True for a route that discards everything under a wide prefix for which the host has no longer route, while it has such
 * routes for other parts: then the longer route is what is missing.
 */
export const isCatchAll = (host: Host, { route }: DecidingRoute): boolean =>
  route.type !== 'unicast' &&
  [...host.tables].some(
    ([table, shown]) =>
      !/ local$/.test(table) &&
      shown.value.some(
        (other) =>
          other.type === 'unicast' &&
          other.prefix.length > route.prefix.length &&
          other.prefix.length < (other.prefix.family === 4 ? 32 : 128) &&
          covers(route.prefix, other.prefix),
      ),
  );
