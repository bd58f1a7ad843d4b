import { canonicalAddress } from '../../core/address.js';
import { endpoint, service, servicePort } from '../../core/event/kubernetes.js';
import type { Line, Sink } from '../../core/sink.js';
import { type DescribeRecord, shown } from './describe-record.js';
import { addressAndPort, emitEndpointCount, endpointList, qualified } from './table-rows.js';

const addresses = (text: string | undefined): string[] =>
  (text ?? '').split(/[,\s]+/).flatMap((word) => canonicalAddress(word) ?? []);

/** Emits what `kubectl describe service` tells (describeService in pkg/describe). */
export function describeService(record: DescribeRecord, sink: Sink): void {
  const { name, namespace } = record;
  const ipField = record.field('IP');
  const ip = shown(ipField?.value);
  const external = [...addresses(record.value('External IPs')), ...addresses(record.value('LoadBalancer Ingress'))];
  const ips = addresses(record.value('IPs'));
  const selector = record.items('Selector').map(({ text }) => text);
  sink.emit(
    service,
    {
      namespace,
      name,
      type: record.value('Type'),
      cluster_ip: ip === undefined ? undefined : (canonicalAddress(ip) ?? ip),
      cluster_ips: ips.length > 0 ? ips : undefined,
      external_ips: external.length > 0 ? external : undefined,
      external_traffic_policy: record.value('External Traffic Policy'),
      internal_traffic_policy: record.value('Internal Traffic Policy'),
      selector: selector.length > 0 ? selector.join(',') : undefined,
    },
    ip === undefined ? record.first : ipField!.at,
  );
  // Fields come in groups: Port, TargetPort, NodePort, Endpoints.
  let port:
    | { name: string | undefined; port: number; protocol: string; target?: string; node?: number; at: Line }
    | undefined;
  const flush = () => {
    if (port === undefined) return;
    const { name: portName, port: number, protocol, target, node, at } = port;
    sink.emit(
      servicePort,
      { namespace, service: name, name: portName, protocol, port: number, target_port: target, node_port: node },
      at,
    );
    port = undefined;
  };
  let listed = 0;
  let more = 0;
  let saw: Line | undefined;
  for (const { key, value, at } of record.fields) {
    if (key === 'Port') {
      flush();
      const match = /^(\S+)\s+(\d+)\/(\w+)$/.exec(value);
      if (match !== null) port = { name: shown(match[1]), port: Number(match[2]), protocol: match[3]!, at };
    } else if (key === 'TargetPort' && port !== undefined) port.target = value.replace(/\/\w+$/, '');
    else if (key === 'NodePort' && port !== undefined) {
      const number = /(\d+)\/\w+$/.exec(value)?.[1];
      if (number !== undefined) port.node = Number(number);
    } else if (key === 'Endpoints') {
      saw = at;
      const list = endpointList(shown(value) ?? '');
      more += list.more;
      for (const word of list.listed) {
        const one = addressAndPort(word);
        if (one === undefined) continue;
        listed++;
        sink.emit(
          endpoint,
          { namespace, service: name, address: one.address, port: one.port, protocol: port?.protocol, ready: true },
          at,
        );
      }
    }
  }
  flush();
  if (saw !== undefined) emitEndpointCount(sink, qualified(namespace, name), listed === 0 ? 'none' : more, saw);
}

/** Emits what `kubectl describe endpoints` tells. */
export function describeEndpoints(record: DescribeRecord, sink: Sink): void {
  const { name, namespace } = record;
  const below = record.field('Subsets')?.below ?? [];
  const groups: { ready: string[]; waiting: string[]; ports: [number, string][]; at: Line }[] = [];
  for (const { text, at } of below) {
    const field = /^\s*(Addresses|NotReadyAddresses):\s+(\S+)$/.exec(text);
    const port = /^\s*\S+\s+(\d+)\s+(TCP|UDP|SCTP)$/.exec(text);
    if (field?.[1] === 'Addresses') groups.push({ ready: addresses(field[2]), waiting: [], ports: [], at });
    else if (field !== null) groups.at(-1)?.waiting.push(...addresses(field[2]));
    else if (port !== null) groups.at(-1)?.ports.push([Number(port[1]), port[2]!]);
  }
  for (const { ready, waiting, ports, at } of groups)
    for (const [list, isReady] of [
      [ready, true],
      [waiting, false],
    ] as const)
      for (const address of list)
        for (const [port, protocol] of ports.length > 0 ? ports : [[undefined, undefined] as const])
          sink.emit(endpoint, { namespace, service: name, address, port, protocol, ready: isReady }, at);
  if (groups.every(({ ready }) => ready.length === 0))
    emitEndpointCount(sink, qualified(namespace, name), 'none', record.field('Subsets')?.at ?? record.first);
}
