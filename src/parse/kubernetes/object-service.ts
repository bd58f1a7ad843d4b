import { canonicalAddress } from '../../core/address.js';
import { endpoint, service, servicePort } from '../../core/event/kubernetes.js';
import type { Line, Sink } from '../../core/sink.js';
import { countOf, type KubernetesObject, listOf, mapOf, wordOf } from './object-tree.js';
import { emitEndpointCount, qualified } from './table-rows.js';

const words = (value: unknown): string[] => listOf(value).flatMap((one) => wordOf(one) ?? []);
const canonical = (word: string): string => canonicalAddress(word) ?? word;
const some = (list: readonly string[]): readonly string[] | undefined => (list.length > 0 ? list : undefined);

/** Service: core/v1 types.go. */
export function readService(object: KubernetesObject, sink: Sink): void {
  const spec = mapOf(object.at('spec'));
  const { name, namespace } = object;
  if (name === '') return;
  const clusterIp = wordOf(spec['clusterIP']);
  const ingress = listOf(object.at('status.loadBalancer.ingress')).flatMap((one) => wordOf(mapOf(one)['ip']) ?? []);
  const selector = Object.entries(mapOf(spec['selector'])).map(([key, value]) => `${key}=${wordOf(value) ?? ''}`);
  sink.emit(
    service,
    {
      namespace,
      name,
      type: wordOf(spec['type']),
      cluster_ip: clusterIp === undefined ? undefined : canonical(clusterIp),
      cluster_ips: some(words(spec['clusterIPs']).map(canonical)),
      external_ips: some([...words(spec['externalIPs']), ...ingress].map(canonical)),
      external_traffic_policy: wordOf(spec['externalTrafficPolicy']),
      internal_traffic_policy: wordOf(spec['internalTrafficPolicy']),
      selector: some(selector)?.join(','),
    },
    clusterIp === undefined ? object.nameLine : object.line('clusterIP', clusterIp),
  );
  let after: Line | undefined;
  for (const port of listOf(spec['ports']).map(mapOf)) {
    const number = countOf(port['port']);
    if (number === undefined) continue;
    // Ports of a list repeat their keys: each search goes on where the last one ended.
    after = object.line('port', String(number), after ?? object.line('ports'));
    sink.emit(
      servicePort,
      {
        namespace,
        service: name,
        name: wordOf(port['name']),
        protocol: wordOf(port['protocol']) ?? 'TCP',
        port: number,
        target_port: wordOf(port['targetPort']),
        node_port: countOf(port['nodePort']) || undefined,
      },
      after,
    );
  }
}

/** Endpoints: core/v1 types.go. An object without any ready address says so. */
export function readEndpoints(object: KubernetesObject, sink: Sink): void {
  const { name, namespace } = object;
  if (name === '') return;
  let found = 0;
  let after: Line | undefined;
  for (const subset of listOf(object.at('subsets')).map(mapOf)) {
    const ports = listOf(subset['ports']).map(mapOf);
    for (const [key, ready] of [
      ['addresses', true],
      ['notReadyAddresses', false],
    ] as const)
      for (const entry of listOf(subset[key]).map(mapOf)) {
        const ip = wordOf(entry['ip']);
        if (ip === undefined) continue;
        // Thousands of addresses: each search goes on where the last one ended.
        after = object.line('ip', ip, after);
        if (ready) found++;
        for (const port of ports.length > 0 ? ports : [{}])
          sink.emit(
            endpoint,
            {
              namespace,
              service: name,
              address: canonical(ip),
              port: countOf(mapOf(port)['port']),
              protocol: wordOf(mapOf(port)['protocol']),
              ready,
              node: wordOf(entry['nodeName']),
              pod: wordOf(mapOf(entry['targetRef'])['name']),
            },
            after,
          );
      }
  }
  if (found === 0) emitEndpointCount(sink, qualified(namespace, name), 'none', object.nameLine);
}

/** EndpointSlice: discovery/v1 types.go. A missing `ready` means ready; slices of one service add up. */
export function readEndpointSlice(object: KubernetesObject, sink: Sink): void {
  const { namespace } = object;
  const owner = wordOf(object.labels['kubernetes.io/service-name']) ?? object.name.replace(/-[a-z0-9]{5}$/, '');
  if (owner === '') return;
  const ports = listOf(object.at('ports')).map(mapOf);
  const entries = listOf(object.at('endpoints')).map(mapOf);
  let after: Line | undefined;
  for (const entry of entries) {
    const ready = mapOf(entry['conditions'])['ready'] !== false;
    for (const printed of words(entry['addresses'])) {
      const address = canonicalAddress(printed);
      if (address === undefined) continue;
      after = object.line('addresses', printed, after);
      for (const port of ports.length > 0 ? ports : [{}])
        sink.emit(
          endpoint,
          {
            namespace,
            service: owner,
            address,
            port: countOf(mapOf(port)['port']),
            protocol: wordOf(mapOf(port)['protocol']),
            ready,
            node: wordOf(entry['nodeName']) ?? wordOf(mapOf(entry['topology'])['kubernetes.io/hostname']),
            pod: wordOf(mapOf(entry['targetRef'])['name']),
          },
          after,
        );
    }
  }
  if (entries.length === 0) emitEndpointCount(sink, qualified(namespace, owner), 'none', object.nameLine);
}
