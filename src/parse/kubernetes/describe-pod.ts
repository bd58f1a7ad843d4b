import { canonicalAddress } from '../../core/address.js';
import { nodeAddress, pod, setting } from '../../core/event/kubernetes.js';
import { objectLabels } from '../../core/event/policy.js';
import type { Line, Sink } from '../../core/sink.js';
import { componentOf, readOptions } from '../host/component-flags.js';
import { type Below, type DescribeRecord, shown } from './describe-record.js';
import { variableOwner } from './object-containers.js';

/** Emits what `kubectl describe pod` tells (describePod in pkg/describe). */
export function describePod(record: DescribeRecord, sink: Sink): void {
  const { name, namespace } = record;
  const [runsOn, hostText] = (record.value('Node') ?? '').split('/');
  const host = canonicalAddress(hostText ?? '');
  const ipField = record.field('IP');
  const ip = canonicalAddress(ipField?.value ?? '');
  const ips = (record.field('IPs')?.below ?? []).flatMap(
    ({ text }) => canonicalAddress(/^\s*IP:\s+(\S+)$/.exec(text)?.[1] ?? '') ?? [],
  );
  const containers = record.field('Containers')?.below ?? [];
  const ready = containers.filter(({ text }) => /^\s+Ready:\s+\w+$/.test(text));
  const restarts = containers.flatMap(({ text }) => /^\s+Restart Count:\s+(\d+)$/.exec(text)?.[1] ?? []);
  sink.emit(
    pod,
    {
      namespace,
      name,
      ip,
      ips: ips.length > 0 ? ips : ip === undefined ? undefined : [ip],
      node: shown(runsOn),
      phase: waiting(containers) ?? record.value('Status')?.replace(/ \(.*\)$/, ''),
      ready: ready.length > 0 ? `${ready.filter(({ text }) => /True$/.test(text)).length}/${ready.length}` : undefined,
      restarts: restarts.length > 0 ? restarts.reduce((sum, count) => sum + Number(count), 0) : undefined,
      // The kubelet reports the node's address for exactly the pods that use its network.
      host_network: ip === undefined || host === undefined ? undefined : ip === host,
    },
    ip === undefined ? record.first : ipField!.at,
  );
  const labels = record.items('Labels').map(({ text }) => text);
  if (record.field('Labels') !== undefined && labels.every((pair) => /^[\w./-]+=[\w.-]*$/.test(pair)))
    sink.emit(objectLabels, { kind: 'Pod', namespace, name, labels }, record.field('Labels')!.at);
  if (host !== undefined && runsOn !== undefined)
    sink.emit(nodeAddress, { node: runsOn, type: 'HostIP', address: host }, record.field('Node')!.at);
  for (const section of ['Init Containers', 'Containers'])
    describeContainers(record.field(section)?.below ?? [], ['Pod', namespace, name], sink);
}

/** A container that waits names the reason, which kubectl get shows as STATUS. */
function waiting(lines: readonly Below[]): string | undefined {
  const state = lines.findIndex(({ text }) => /^\s+State:\s+Waiting$/.test(text));
  return state < 0 ? undefined : /^\s+Reason:\s+(\S+)$/.exec(lines[state + 1]?.text ?? '')?.[1];
}

/** Options and variables of network components in a list of described containers. */
export function describeContainers(lines: readonly Below[], title: readonly (string | undefined)[], sink: Sink): void {
  const object = title.filter((part) => part !== undefined).join('/');
  const words: string[] = [];
  const places: Line[] = [];
  for (const { text, at } of lines) {
    const word = text.trim();
    const container = /^([a-z0-9][a-z0-9-]*):$/.exec(word)?.[1];
    // A container's name stands for its binary until its command tells.
    if (container !== undefined) {
      words.push(container === 'kube-flannel' ? 'flanneld' : container);
      places.push(at);
    } else if (/^-{1,2}[a-z]/.test(word) || componentOf(word) !== undefined) {
      words.push(word);
      places.push(at);
    }
    const variable = /^([A-Z][A-Z0-9_]*):\s+(\S.*)$/.exec(word);
    const owner = variable === null ? undefined : variableOwner(variable[1]!);
    if (variable !== null && owner !== undefined && !/^\(|^</.test(variable[2]!))
      sink.emit(setting, { component: owner, object, key: variable[1]!, value: variable[2]! }, at);
  }
  for (const { component, key, value, index } of readOptions(words, 'none'))
    sink.emit(setting, { component, object, key, value }, places[index]!);
}
