import type { Cite } from '../core/finding.js';
import { CLUSTER_PORTS } from '../heuristics/drop-severity.js';
import { nodePorts } from '../model/node-ports.js';
import { OVERLAY_PORTS } from '../model/overlay-ports.js';
import type { Case } from './cause.js';

/** A node that answers packets with ICMP "administratively prohibited": some firewall rule of it rejects them. */
export interface Prohibition {
  readonly node: string;
  /** What rejects it: the way through the node, the way to the node itself, or the tunnel's end. */
  readonly kind: 'forwarded' | 'own' | 'envelope';
  readonly src: string;
  readonly dst: string;
  readonly dport: number | undefined;
  /** What `--reject-with` of the rule says, by the error's code. */
  readonly rejectWith: string;
  readonly tcp: boolean;
  readonly count: number;
  readonly cites: readonly [Cite, ...Cite[]];
}

/** `--reject-with` by ICMP code (net/ipv4/netfilter/ipt_REJECT.c). */
const REJECT_WITH: ReadonlyMap<number, string> = new Map([
  [9, 'icmp-net-prohibited'],
  [10, 'icmp-host-prohibited'],
  [13, 'icmp-admin-prohibited'],
]);

/**
 * ICMP errors of a node that say that a rule forbids it: codes 9, 10 and 13 of type 3 (RFC 1812 5.2.7.1), code 1 of ICMPv6
 * type 1. kube-proxy's REJECT says "port unreachable", routes say "network" or "host unreachable": neither is meant.
 *
 * Innocent: a firewall that keeps strangers away from ports of the node itself, which is its purpose (scans, probes by a monitor); unless a
 * service publishes the port, or it is one of the cluster's own (kubectl's to the API server, a router's to BGP).
 */
export async function prohibitions({ scene, cluster }: Case): Promise<readonly Prohibition[]> {
  if (!scene.holds('quote')) return [];
  const rows = await scene.rows(
    `SELECT src, any_value(proto) AS proto, any_value(icmp_code) AS code, quoted_src, quoted_dst, quoted_proto, quoted_dport, count(*) AS n, arg_min(tap, place * 4294967296 + tap) AS tap, list(DISTINCT place ORDER BY place)[1:4] AS places
     FROM packet_raw WHERE (proto = 1 AND icmp_type = 3 AND icmp_code IN (9, 10, 13) OR proto = 58 AND icmp_type = 1 AND icmp_code = 1) AND quoted_dst <> 0
     GROUP BY src, quoted_src, quoted_dst, quoted_proto, quoted_dport, tap ORDER BY n DESC, src, quoted_src, quoted_dst, quoted_dport LIMIT 100`,
  );
  const published = nodePorts(cluster.facts);
  return rows.flatMap((row): Prohibition[] => {
    const from = cluster.owner(scene.address(Number(row['src'])));
    const dst = scene.address(Number(row['quoted_dst']));
    const to = cluster.owner(dst);
    const dport = Number(row['quoted_dport']) < 0 ? undefined : Number(row['quoted_dport']);
    if (from.node === undefined || !['node', 'vtep', 'gateway'].includes(from.role)) return [];
    const own = to.node === from.node && ['node', 'vtep', 'gateway'].includes(to.role);
    const envelope =
      own &&
      (Number(row['quoted_proto']) === 4 || (Number(row['quoted_proto']) === 17 && OVERLAY_PORTS.has(dport ?? 0)));
    const stranger = scene.owner(Number(row['quoted_src'])).role === 'outside';
    const served = CLUSTER_PORTS.has(dport ?? -1) || published.has(Number(row['quoted_proto']), dport ?? -1);
    if (own && stranger && !served) return [];
    const cites = (row['places'] as readonly unknown[]).map(
      (place): Cite => ({
        role: `${from.node} itself says that it is prohibited`,
        at: { tap: Number(row['tap']), place: Number(place) },
      }),
    );
    const [first, ...rest] = cites;
    if (first === undefined) return [];
    return [
      {
        node: from.node,
        kind: envelope ? 'envelope' : own ? 'own' : 'forwarded',
        src: scene.address(Number(row['quoted_src'])),
        dst,
        dport,
        rejectWith:
          Number(row['proto']) === 58
            ? 'icmp6-adm-prohibited'
            : (REJECT_WITH.get(Number(row['code'])) ?? 'icmp-admin-prohibited'),
        tcp: Number(row['quoted_proto']) === 6,
        count: Number(row['n']),
        cites: [first, ...rest],
      },
    ];
  });
}
