import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withModel } from '../../../src/analyze.js';
import { formatPrefix } from '../../../src/core/prefix.js';
import type { Host } from '../../../src/model/host/host.js';
import { cniOf, intendedWays } from '../../../src/model/intent/index.js';
import type { IntendedWay } from '../../../src/model/intent/intent.js';

const SAMPLES = 'samples/bundles';

/** What a way asks for and its node's whole dumps do not show. */
function lacking(host: Host, { route, neighbour, fdb }: IntendedWay): string[] {
  const table = host.tables.get('4 main');
  const found: string[] = [];
  if (route !== undefined && table?.shown === 'whole') {
    const there = table.value.some(
      (one) =>
        formatPrefix(one.prefix) === formatPrefix(route.prefix) &&
        one.hops.some((hop) => hop.via === route.via && hop.dev === route.dev && hop.onlink === route.onlink),
    );
    if (!there) found.push(`route ${formatPrefix(route.prefix)} via ${route.via} dev ${route.dev}`);
  }
  if (neighbour !== undefined && host.neighbours.shown !== 'none') {
    const there = host.neighbours.value.some((one) => one.address === neighbour.address && one.mac === neighbour.mac);
    if (!there) found.push(`neighbour ${neighbour.address} ${neighbour.mac}`);
  }
  if (fdb !== undefined && host.fdb.shown !== 'none') {
    const there = host.fdb.value.some((one) => one.mac === fdb.mac && one.dst === fdb.dst);
    if (!there) found.push(`fdb ${fdb.mac} dst ${fdb.dst}`);
  }
  return found.map((what) => `${host.name}: ${what}`);
}

/** What healthy kernels hold is what their CNI intends; what a fault took away is what they lack. */
describe('what kernels hold', () => {
  it.each([
    ['010', 'flannel', 6, []],
    ['011', 'Calico', 6, []],
    ['012', 'Canal', 6, []],
    ['101-forward-drop-a', 'flannel', 6, []],
    ['105-host-firewall-drop-b', 'Calico', 4, []],
    ['107-stale-vtep-a', 'flannel', 6, ['srv-b: fdb ea:51:f6:9f:2b:c3 dst 10.130.1.13']],
    ['119-missing-pod-route-a', 'Calico', 4, ['mr-2: route 10.233.180.64/26 via 10.8.80.13 dev ens192']],
  ] as const)('%s, %s', async (start, cni, count, missing) => {
    const file = readdirSync(SAMPLES).find((name) => name.startsWith(start) && !name.endsWith('.json'));
    await withModel([`${SAMPLES}/${file}`], {}, async ({ scene: { cluster }, hosts }) => {
      const names = [...cluster.nodes.keys()];
      const ways = names.flatMap((from) => names.flatMap((to) => (from === to ? [] : intendedWays(cluster, from, to))));
      expect(cniOf(cluster)?.name).toBe(cni);
      expect(ways).toHaveLength(count);
      expect(ways.flatMap((way) => (hosts.has(way.from) ? lacking(hosts.get(way.from)!, way) : []))).toEqual(missing);
    });
  });
});
