import type { nfRule } from '../core/event/netfilter.js';
import type { Cluster } from './cluster.js';
import type { Fact } from './facts.js';

/** A rule of kube-proxy that refuses a service, because it has no endpoint (anywhere, or on this node). */
export interface RefusedService {
  /** `namespace/name`, without the port's name. */
  readonly service: string;
  readonly port: string | undefined;
  readonly why: 'no endpoints' | 'no local endpoints';
  readonly node: string | undefined;
  /** Address and port that the rule matches, as far as it names them. */
  readonly address: string | undefined;
  readonly dport: number | undefined;
  /** Packets that met it; absent where no counters were printed. */
  readonly packets: number | undefined;
  readonly at: Fact<typeof nfRule>;
}

/** kube-proxy's own words (kubernetes `pkg/proxy/iptables/proxier.go`), in comments of REJECT, DROP and KUBE-MARK-DROP rules. */
const COMMENT = /([\w.-]+\/[\w.-]+?)(?::([\w.-]+))? has no (local )?endpoints/;

/** Rules that refuse services, on every node whose rules are in the bundle. */
export function refusedServices(cluster: Cluster): readonly RefusedService[] {
  return cluster.facts.rules.flatMap((at) => {
    const m = COMMENT.exec(at.comment ?? at.spec);
    if (m === null || !/^(REJECT|DROP|KUBE-MARK-DROP)$/.test(at.target ?? '')) return [];
    const address = /(?:^|\s)(?:-d|--dst|--destination) ([\da-fA-F.:]+)(?:\/(?:32|128))?(?=\s|$)/.exec(at.spec)?.[1];
    const dport = /--dport (\d+)/.exec(at.spec)?.[1];
    return [
      {
        service: m[1]!,
        port: m[2],
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
