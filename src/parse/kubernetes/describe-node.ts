import { canonicalAddress } from '../../core/address.js';
import { node, nodeAddress, nodeCondition, pod } from '../../core/event/kubernetes.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Sink } from '../../core/sink.js';
import { annotationsOf, type Below, type DescribeRecord, shown } from './describe-record.js';
import { emitAnnotation } from './object-node.js';
import { cellsOf, headingsOf } from './text-columns.js';

/** `Key:  value` beneath a field. */
function inner(lines: readonly Below[], key: string): string | undefined {
  const line = lines.find(({ text }) => text.trim().startsWith(`${key}:`));
  return shown(
    line?.text
      .trim()
      .slice(key.length + 1)
      .trim(),
  );
}

/** Emits what `kubectl describe node` tells (describeNode in pkg/describe). */
export function describeNode(record: DescribeRecord, sink: Sink): void {
  const { name } = record;
  const cidrField = record.field('PodCIDRs') ?? record.field('PodCIDR');
  const cidrs = (cidrField?.value ?? '').split(/[,\s]+/).flatMap((word) => canonicalPrefix(word) ?? []);
  const addresses = (record.field('Addresses')?.below ?? []).flatMap(({ text, at }) => {
    const match = /^\s*([A-Za-z]+):\s+(\S+)$/.exec(text);
    return match === null ? [] : [{ type: match[1]!, address: canonicalAddress(match[2]!) ?? match[2]!, at }];
  });
  const conditions = conditionsOf(record);
  const ready = conditions.find(({ type }) => type === 'Ready')?.status;
  const info = record.field('System Info')?.below ?? [];
  // The whole object was printed when what stands behind PodCIDR is there.
  const complete = record.has('Non-terminated Pods', 'Allocated resources', 'Events');
  sink.emit(
    node,
    {
      name,
      status:
        ready === undefined
          ? undefined
          : `${ready === 'True' ? 'Ready' : 'NotReady'}${record.value('Unschedulable') === 'true' ? ',SchedulingDisabled' : ''}`,
      roles: record.value('Roles') ?? record.value('Role'),
      internal_ip: addresses.find(({ type }) => type === 'InternalIP')?.address,
      external_ip: addresses.find(({ type }) => type === 'ExternalIP')?.address,
      hostname: addresses.find(({ type }) => type === 'Hostname')?.address,
      pod_cidrs: cidrs.length > 0 || complete ? cidrs : undefined,
      provider_id: record.value('ProviderID'),
      os_image: inner(info, 'OS Image'),
      kernel: inner(info, 'Kernel Version'),
      runtime: inner(info, 'Container Runtime Version'),
      kubelet: inner(info, 'Kubelet Version'),
    },
    cidrs.length > 0 ? cidrField!.at : record.first,
  );
  for (const { type, address, at } of addresses) sink.emit(nodeAddress, { node: name, type, address }, at);
  for (const { key, value, at } of annotationsOf(record.items('Annotations')))
    emitAnnotation(sink, name, key, value, at);
  for (const { type, status, reason, message, at } of conditions)
    sink.emit(nodeCondition, { node: name, type, status, reason, message }, at);
  for (const { text, at } of record.items('Taints')) {
    const match = /^([^=:\s]+)(?:=([^:]*))?:(\w+)$/.exec(text);
    if (match !== null)
      sink.emit(
        nodeCondition,
        { node: name, type: 'taint', status: match[3]!, reason: match[1], message: shown(match[2]) },
        at,
      );
  }
  for (const { text, at } of record.field('Non-terminated Pods')?.below ?? []) {
    const match = /^\s+([a-z0-9][a-z0-9-]*)\s{2,}([a-z0-9][a-z0-9.-]*)\s{2,}\d/.exec(text);
    if (match !== null) sink.emit(pod, { namespace: match[1], name: match[2]!, node: name }, at);
  }
}

function conditionsOf(record: DescribeRecord) {
  const lines = record.field('Conditions')?.below ?? [];
  const headings = headingsOf(lines[0]?.text.trim().toUpperCase() ?? '');
  if (headings === undefined) return [];
  return lines.slice(1).flatMap(({ text, at }) => {
    const cells = cellsOf(headings, text.trim());
    const type = cells?.get('TYPE');
    const status = cells?.get('STATUS');
    if (type === undefined || status === undefined || !/^(?:True|False|Unknown)$/.test(status)) return [];
    return [{ type, status, reason: cells?.get('REASON'), message: cells?.get('MESSAGE'), at }];
  });
}
