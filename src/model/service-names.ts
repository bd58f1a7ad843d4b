import { canonicalAddress } from '../core/address.js';
import type { Cluster } from './cluster.js';

/** The host of a target as typed: of a URL, of `host:port`, or the name itself. */
const HOST = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^/@]*@)?([A-Za-z0-9.-]+?)\.?(?::\d+)?(?:\/.*)?$/;

/**
 * The cluster address of the service that a target's host name means inside a pod: `NAME`, `NAME.NAMESPACE`,
 * `NAME.NAMESPACE.svc…` (the DNS specification of Kubernetes, with the search list that kubelet writes). Undefined for other
 * names, and for a bare one that services of several namespaces have.
 */
export function serviceNamed({ facts }: Cluster, target: string): string | undefined {
  const [name, namespace, svc] = HOST.exec(target)?.[1]?.split('.') ?? [];
  if (name === undefined || (svc !== undefined && svc !== 'svc')) return undefined;
  const addresses = new Set(
    facts.services
      .filter((s) => s.name === name && (namespace === undefined || s.namespace === namespace))
      .flatMap((s) => canonicalAddress(s.cluster_ip ?? '') ?? []),
  );
  const [only, ...more] = addresses;
  return more.length === 0 ? only : undefined;
}
