import { contains } from '../../core/prefix.js';
import type { Host, HostRoute } from './host.js';

/**
 * The route by which a node reaches a pod of its own on the pods' bridge or device, whether or not another route comes before it: the
 * longest one without a next hop, by a device that pods are behind.
 */
export function onLinkRoute(host: Host, address: string): HostRoute | undefined {
  const routes = [...host.tables]
    .filter(([table]) => !table.endsWith(' local'))
    .flatMap(([, shown]) => shown.value)
    .filter(({ type, prefix, hops }) => {
      const [hop] = hops;
      const role = hop?.dev === undefined ? undefined : host.devices.get(hop.dev)?.role;
      return (
        type === 'unicast' &&
        prefix.length > 0 &&
        contains(prefix, address) &&
        hop?.via === undefined &&
        (role === 'bridge' || role === 'workload')
      );
    });
  return routes.sort((a, b) => b.prefix.length - a.prefix.length)[0];
}
