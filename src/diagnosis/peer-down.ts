import type { Cite } from '../core/finding.js';
import { formatPrefix } from '../core/prefix.js';
import type { Case } from './cause.js';
import { signOfDeath } from './sign-of-life.js';

/**
 * A route to the very address of a node where nobody answers because the node itself is down, as its object says: nothing of
 * the sender's is wrong then. Undefined where there is none.
 */
export function peerThatIsDown({
  cluster,
  hosts,
}: Case): { readonly because: string; readonly cites: readonly [Cite, Cite, Cite] } | undefined {
  for (const host of hosts.values())
    for (const [name, table] of host.tables)
      for (const { prefix, hops, at } of / local$/.test(name) ? [] : table.value)
        for (const { via } of prefix.length === 0 ? [] : hops) {
          const peer = via === undefined ? undefined : cluster.nodeWithAddress(via);
          const dead = peer === undefined || peer === host.name ? undefined : signOfDeath(cluster, peer);
          const entry = dead && host.neighbours.value.findLast((n) => n.address === via);
          if (dead === undefined || entry === undefined || !/FAILED|INCOMPLETE/.test(entry.state)) continue;
          return {
            because: `${host.name}'s route to ${formatPrefix(prefix)} leads to ${via}, which is ${peer}'s own address; nobody answers there because ${peer} itself is down`,
            cites: [
              { role: `nobody answers for ${via}`, at: entry },
              dead,
              { role: `the route of ${host.name}`, at: at[0] },
            ],
          };
        }
  return undefined;
}
