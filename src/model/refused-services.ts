import type { Cluster } from './cluster.js';
import type { Placed } from './facts.js';

/** A rule or virtual server of kube-proxy that refuses a service, because it has no endpoint (anywhere, or on this node). */
export interface RefusedService {
  /** `namespace/name`, without the port's name. */
  readonly service: string;
  readonly port: string | undefined;
  readonly by: 'rule' | 'virtual server';
  readonly why: 'no endpoints' | 'no local endpoints';
  readonly node: string | undefined;
  /** Address and port that the rule matches, as far as it names them. */
  readonly address: string | undefined;
  readonly dport: number | undefined;
  /** Packets that met it; absent where no counters were printed. */
  readonly packets: number | undefined;
  readonly at: Placed;
}

/** kube-proxy's own words (kubernetes `pkg/proxy/iptables/proxier.go`), in comments of REJECT, DROP and KUBE-MARK-DROP rules. */
const COMMENT = /([\w.-]+\/[\w.-]+?)(?::([\w.-]+))? has no (local )?endpoints/;

/** What refuses services, on every node whose rules or virtual servers are in the bundle. */
export const refusedServices = (cluster: Cluster): readonly RefusedService[] => [
  ...byRules(cluster),
  ...byVerdictMaps(cluster),
  ...byVirtualServers(cluster),
];

/**
 * Virtual servers at a service's cluster address without a real server that takes connections. At other addresses (NodePorts,
 * load balancers), and where the internal traffic policy is Local, that is so by design on nodes without an endpoint.
 */
function byVirtualServers(cluster: Cluster): readonly RefusedService[] {
  const { facts } = cluster;
  const taken = new Set(
    facts.ipvs.flatMap((row) =>
      row.real_address === undefined || row.weight === 0
        ? []
        : [`${cluster.nodeOf(row)} ${row.proto} ${row.address} ${row.port}`],
    ),
  );
  const services = new Map(
    facts.services.flatMap((s) => (s.cluster_ip === undefined ? [] : [[s.cluster_ip, s] as const])),
  );
  return facts.ipvs.flatMap((row) => {
    const service = services.get(row.address);
    if (row.real_address !== undefined || row.scheduler === undefined || service === undefined) return [];
    if (service.internal_traffic_policy === 'Local') return [];
    if (taken.has(`${cluster.nodeOf(row)} ${row.proto} ${row.address} ${row.port}`)) return [];
    return [
      {
        service: `${service.namespace ?? 'default'}/${service.name}`,
        port: undefined,
        by: 'virtual server' as const,
        why: 'no endpoints' as const,
        node: cluster.nodeOf(row),
        address: row.address,
        dport: row.port,
        packets: undefined,
        at: row,
      },
    ];
  });
}

/**
 * kube-proxy's table of nft keeps what it refuses in two maps (`pkg/proxy/nftables/proxier.go`): `goto reject-chain` for services
 * without endpoints, `drop` where only the traffic policy Local leaves none on this node.
 */
function byVerdictMaps(cluster: Cluster): readonly RefusedService[] {
  return cluster.facts.ipsetMembers.flatMap((at) => {
    if (!/^ip6? kube-proxy no-endpoint-(?:services|nodeports)$/.test(at.set)) return [];
    const named = /^([\w.-]+\/[\w.-]+?)(?::([\w.-]*))?$/.exec(at.comment ?? '');
    const element = /^(?:(\S+) \. )?(?:tcp|udp|sctp) \. (\d+) : (drop|goto reject-chain)$/.exec(at.member);
    if (named === null || element === null) return [];
    return [
      {
        service: named[1]!,
        port: named[2] === '' ? undefined : named[2],
        by: 'rule' as const,
        why: element[3] === 'drop' ? ('no local endpoints' as const) : ('no endpoints' as const),
        node: cluster.nodeOf(at),
        address: element[1],
        dport: Number(element[2]),
        packets: undefined,
        at,
      },
    ];
  });
}

function byRules(cluster: Cluster): readonly RefusedService[] {
  return cluster.facts.rules.flatMap((at) => {
    const m = COMMENT.exec(at.comment ?? at.spec);
    if (m === null || !/^(REJECT|DROP|KUBE-MARK-DROP)$/.test(at.target ?? '')) return [];
    const address = /(?:^|\s)(?:-d|--dst|--destination) ([\da-fA-F.:]+)(?:\/(?:32|128))?(?=\s|$)/.exec(at.spec)?.[1];
    const dport = /--dport (\d+)/.exec(at.spec)?.[1];
    return [
      {
        service: m[1]!,
        port: m[2],
        by: 'rule' as const,
        why: m[3] === undefined ? 'no endpoints' : 'no local endpoints',
        node: cluster.nodeOf(at),
        address,
        dport: dport === undefined ? undefined : Number(dport),
        packets: at.packets === undefined ? undefined : Number(at.packets),
        at,
      },
    ];
  });
}
