import { canonicalAddress } from '../../core/address.js';
import { node, nodeAddress, nodeAnnotation, nodeCondition, setting } from '../../core/event/kubernetes.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';
import { readOptions } from '../host/component-flags.js';
import { type KubernetesObject, listOf, mapOf, wordOf } from './object-tree.js';

/** Owners of node annotations that concern the network. */
const ANNOTATION =
  /^(?:flannel\.alpha\.coreos\.com|projectcalico\.org|(?:network\.|io\.)?cilium\.(?:io|network)|io\.cilium\.network|k3s\.io\/(?:internal|external)-ip|k3s\.io\/hostname|rke2\.io\/(?:internal|external)-ip|rke\.cattle\.io\/(?:internal|external)-ip|alpha\.kubernetes\.io\/provided-node-ip|k8s\.ovn\.org|kube-router\.io|kilo\.squat\.ai|submariner\.io|node\.antrea\.io|ovn\.kubernetes\.io)/;

/** True for an annotation of a node that concerns its network. Private keys have no place in annotations, but who knows. */
export function isNetworkAnnotation(key: string): boolean {
  return ANNOTATION.test(key) && !/private|secret|token/i.test(key);
}

/** Emits an annotation of a node; k3s keeps its command line in one, whose options become settings. */
export function emitAnnotation(sink: Sink, owner: string, key: string, value: string, line: Line): void {
  if (key === 'k3s.io/node-args' || key === 'rke2.io/node-args') emitNodeArguments(sink, owner, value, line);
  else if (isNetworkAnnotation(key)) sink.emit(nodeAnnotation, { node: owner, key, value }, line);
}

function emitNodeArguments(sink: Sink, owner: string, value: string, line: Line): void {
  const words = [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!);
  for (const option of readOptions(words, 'k3s'))
    sink.emit(
      setting,
      { component: option.component, object: `Node/${owner}`, key: option.key, value: option.value },
      line,
    );
}

/** Node: core/v1 types.go; STATUS and ROLES are computed as kubectl's printer does. */
export function readNode(object: KubernetesObject, sink: Sink): void {
  const { name } = object;
  if (name === '') return;
  const addresses = listOf(object.at('status.addresses')).flatMap((entry) => {
    const { type, address } = mapOf(entry);
    const word = wordOf(address);
    return word === undefined ? [] : [{ type: wordOf(type) ?? '', address: canonicalAddress(word) ?? word }];
  });
  const first = (type: string) => addresses.find((one) => one.type === type)?.address;
  const conditions = listOf(object.at('status.conditions')).map(mapOf);
  const several = listOf(object.at('spec.podCIDRs'));
  const printed = (several.length > 0 ? several : [object.at('spec.podCIDR')]).flatMap((cidr) => wordOf(cidr) ?? []);
  const cidrs = printed.map((cidr) => canonicalPrefix(cidr) ?? cidr);
  const info = mapOf(object.at('status.nodeInfo'));
  const roles = Object.keys(object.labels).flatMap((key) => /^node-role\.kubernetes\.io\/(.+)$/.exec(key)?.[1] ?? []);
  sink.emit(
    node,
    {
      name,
      status: statusOf(conditions, object.at('spec.unschedulable') === true),
      roles: roles.length > 0 ? roles.sort().join(',') : undefined,
      internal_ip: first('InternalIP'),
      external_ip: first('ExternalIP'),
      hostname: first('Hostname') ?? wordOf(object.labels['kubernetes.io/hostname']),
      // An object that was cut before its status may have been cut before its podCIDR.
      pod_cidrs: cidrs.length > 0 || object.at('status') !== undefined ? cidrs : undefined,
      provider_id: wordOf(object.at('spec.providerID')),
      os_image: wordOf(info['osImage']),
      kernel: wordOf(info['kernelVersion']),
      runtime: wordOf(info['containerRuntimeVersion']),
      kubelet: wordOf(info['kubeletVersion']),
    },
    printed[0] === undefined ? object.nameLine : object.line('podCIDR', printed[0]),
  );
  const block = object.line('addresses');
  for (const { type, address } of addresses)
    sink.emit(nodeAddress, { node: name, type, address }, object.line('address', address, block));
  for (const [key, value] of Object.entries(object.annotations)) {
    const word = wordOf(value);
    if (word !== undefined) emitAnnotation(sink, name, key, word, object.line(key));
  }
  const from = object.line('conditions');
  for (const condition of conditions) {
    const type = wordOf(condition['type']);
    const status = wordOf(condition['status']);
    if (type === undefined || status === undefined) continue;
    sink.emit(
      nodeCondition,
      { node: name, type, status, reason: wordOf(condition['reason']), message: wordOf(condition['message']) },
      object.line('type', type, from),
    );
  }
  for (const taint of listOf(object.at('spec.taints')).map(mapOf)) {
    const key = wordOf(taint['key']);
    if (key === undefined) continue;
    sink.emit(
      nodeCondition,
      {
        node: name,
        type: 'taint',
        status: wordOf(taint['effect']) ?? '',
        reason: key,
        message: wordOf(taint['value']),
      },
      object.line('key', key),
    );
  }
}

function statusOf(conditions: readonly Readonly<Record<string, unknown>>[], cordoned: boolean): string | undefined {
  const ready = conditions.find((one) => one['type'] === 'Ready')?.['status'];
  if (ready === undefined) return undefined;
  return `${ready === 'True' || ready === true ? 'Ready' : 'NotReady'}${cordoned ? ',SchedulingDisabled' : ''}`;
}
