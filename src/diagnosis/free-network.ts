import { formatPrefix, overlaps, type Prefix, parsePrefix } from '../core/prefix.js';
import type { Cluster } from '../model/cluster.js';

const CANDIDATES = ['10.244.0.0/16', '10.42.0.0/16', '10.212.0.0/16', '172.30.0.0/16', '10.77.0.0/16', '100.96.0.0/16'];

/** A private /16 that nothing in the bundle uses: no pool, no podCIDR, no route, no interface, no service. */
export function freeNetwork(cluster: Cluster): string {
  const { facts } = cluster;
  const texts = [
    ...facts.pools.map((p) => p.cidr),
    ...facts.nodes.flatMap((n) => n.pod_cidrs ?? []),
    ...facts.routes.map((r) => r.dst),
    ...facts.addresses.map((a) => `${a.address}/${a.prefix_length}`),
    ...facts.services.map((s) => s.cluster_ip ?? ''),
    ...facts.settings.flatMap((s) => (/cidr|network|subnet|range/i.test(s.key) ? s.value.split(',') : [])),
  ];
  const used = texts
    .map((text) => parsePrefix(text.trim()))
    .filter((p): p is Prefix => p !== undefined && p.length > 0);
  return CANDIDATES.find((text) => !used.some((p) => overlaps(p, parsePrefix(text)!))) ?? 'FREE_NETWORK';
}

/** The subnets of this length inside a network, at most 4096 of them. */
export function subnetsOf(network: Prefix, length: number): string[] {
  const bits = network.family === 4 ? 32 : 128;
  const many = length < network.length ? 0 : 2 ** Math.min(12, length - network.length);
  return Array.from({ length: many }, (_, i) =>
    formatPrefix({ family: network.family, first: network.first + (BigInt(i) << BigInt(bits - length)), length }),
  );
}
