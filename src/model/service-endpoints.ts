import type { Cluster } from './cluster.js';

/** Endpoints' addresses of the service that has this address, as Endpoints objects list them. */
export function endpointsOf(cluster: Cluster, address: string): readonly string[] {
  const owner = cluster.owner(address);
  if (owner.role !== 'service') return [];
  const [namespace, name] = (owner.name ?? '').includes('/') ? owner.name!.split('/') : [undefined, owner.name];
  const service = name?.split(':')[0];
  return cluster.facts.endpoints
    .filter((e) => e.service === service && (namespace === undefined || (e.namespace ?? namespace) === namespace))
    .map((e) => e.address);
}

/** Where a connection to a service ends. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * The one address and port to which connections to a service go, by the rules of kube-proxy (kubernetes
 * `pkg/proxy/iptables/proxier.go`: KUBE-SERVICES, KUBE-SVC-…, KUBE-SEP-…), else by its Endpoints and ports; undefined where
 * there are several, or nobody tells.
 */
export function soleEndpoint(cluster: Cluster, address: string, port: number): Endpoint | undefined {
  const ruled = translatedTo(cluster, address, port);
  const ends = ruled.length > 0 ? ruled : byObjects(cluster, address, port);
  return ends[0] !== undefined && ends.every((e) => e.address === ends[0]!.address && e.port === ends[0]!.port)
    ? ends[0]
    : undefined;
}

function byObjects(cluster: Cluster, address: string, port: number): readonly Endpoint[] {
  const ends = endpointsOf(cluster, address);
  const name = cluster.owner(address).name?.replace(/^.*\/|:.*$/g, '');
  const targets = cluster.facts.servicePorts.filter((p) => p.service === name && p.port === port);
  const target = targets.length === 1 ? Number(targets[0]!.target_port ?? port) : Number.NaN;
  return Number.isInteger(target) ? ends.map((end) => ({ address: end, port: target })) : [];
}

/** Where kube-proxy's chains translate a service to, on whatever node. */
function translatedTo({ facts }: Cluster, address: string, port: number): readonly Endpoint[] {
  const found: Endpoint[] = [];
  const seen = new Set<string>();
  let chains = new Set(
    facts.rules
      .filter(
        (r) =>
          r.chain === 'KUBE-SERVICES' &&
          / -p tcp /.test(` ${r.spec} `) &&
          new RegExp(` -d ${address.replaceAll('.', '\\.')}(/32|/128)? `).test(` ${r.spec} `) &&
          ` ${r.spec} `.includes(` --dport ${port} `),
      )
      .map((r) => r.target ?? ''),
  );
  // KUBE-SVC-…, KUBE-EXT-… and KUBE-SEP-… follow each other at most this deep.
  for (let depth = 0; depth < 4 && chains.size > 0; depth++) {
    const next = new Set<string>();
    for (const rule of facts.rules) {
      if (!chains.has(rule.chain) || !/^KUBE-(SVC|SVL|EXT|SEP)-/.test(rule.chain)) continue;
      const to = / --to-destination \[?([\d.:a-f]+?)\]?:(\d+) /.exec(` ${rule.spec} `);
      if (to !== null) found.push({ address: to[1]!, port: Number(to[2]) });
      else if (rule.target !== undefined && !seen.has(rule.target)) next.add(rule.target);
    }
    for (const chain of chains) seen.add(chain);
    chains = next;
  }
  return found;
}
