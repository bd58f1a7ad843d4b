import { canonicalAddress } from '../../core/address.js';
import { ipamBlock, ippool } from '../../core/event/cni.js';
import { node, nodeAddress, pod, setting } from '../../core/event/kubernetes.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Sink } from '../../core/sink.js';
import { ippoolFromObject } from '../cni/ippool-object.js';
import { isSecretName, type KubernetesObject, listOf, mapOf, wordOf } from './object-tree.js';

/** Custom resources of Calico, Cilium and others that say how pods are networked. */

/** IPPool, both API groups. */
export function readIPPool(object: KubernetesObject, sink: Sink): void {
  const row = ippoolFromObject({ ...object.tree, kind: object.kind });
  const cidr = wordOf(object.at('spec.cidr')) ?? wordOf(object.at('metadata.cidr'));
  if (row !== undefined && cidr !== undefined) sink.emit(ippool, row, object.line('cidr', cidr));
}

/** BlockAffinity: libcalico-go lib/apis/v3/blockaffinity.go. `deleted` is a string in older resources. */
export function readBlockAffinity(object: KubernetesObject, sink: Sink): void {
  const printed = wordOf(object.at('spec.cidr'));
  const cidr = printed === undefined ? undefined : canonicalPrefix(printed);
  if (printed === undefined || cidr === undefined || wordOf(object.at('spec.deleted')) === 'true') return;
  sink.emit(
    ipamBlock,
    { cidr, node: wordOf(object.at('spec.node')), state: wordOf(object.at('spec.state')) },
    object.line('cidr', printed),
  );
}

/** IPAMBlock: libcalico-go lib/apis/v3/ipam_block.go; `affinity: host:NODE`. */
export function readIPAMBlock(object: KubernetesObject, sink: Sink): void {
  const printed = wordOf(object.at('spec.cidr'));
  const cidr = printed === undefined ? undefined : canonicalPrefix(printed);
  if (printed === undefined || cidr === undefined || wordOf(object.at('spec.deleted')) === 'true') return;
  const unallocated = object.at('spec.unallocated');
  sink.emit(
    ipamBlock,
    {
      cidr,
      node: /^host:(.+)$/.exec(wordOf(object.at('spec.affinity')) ?? '')?.[1],
      free: Array.isArray(unallocated) ? unallocated.length : undefined,
    },
    object.line('cidr', printed),
  );
}

/** Deeper than any such object is; a hostile one nests until the stack is full. */
const DEEPEST = 30;

/** All scalars of an object's spec as settings: for small objects whose every field is about the network. */
export function readSpec(component: string): (object: KubernetesObject, sink: Sink) => void {
  return (object, sink) => {
    let left = 60;
    const walk = (value: unknown, path: string, depth = 0): void => {
      if (left <= 0 || depth > DEEPEST || isSecretName(path)) return;
      const word = wordOf(value);
      if (word !== undefined) {
        left--;
        const key = path
          .split('.')
          .filter((part) => !/^\d+$/.test(part))
          .at(-1)!;
        sink.emit(setting, { component, object: object.title, key: path, value: word }, object.line(key, word));
      } else if (Array.isArray(value)) for (const [i, one] of value.entries()) walk(one, `${path}.${i}`, depth + 1);
      else
        for (const [name, inner] of Object.entries(mapOf(value)))
          walk(inner, path === '' ? name : `${path}.${name}`, depth + 1);
    };
    walk(object.tree['spec'], '');
  };
}

/** CiliumNode: cilium.io/v2; addresses of the node and the pod prefixes it was given. */
export function readCiliumNode(object: KubernetesObject, sink: Sink): void {
  const { name } = object;
  if (name === '') return;
  const cidrs = listOf(object.at('spec.ipam.podCIDRs')).flatMap((one) => wordOf(one) ?? []);
  if (cidrs.length > 0)
    sink.emit(
      node,
      { name, pod_cidrs: cidrs.map((cidr) => canonicalPrefix(cidr) ?? cidr) },
      object.line('podCIDRs', cidrs[0]),
    );
  for (const entry of listOf(object.at('spec.addresses')).map(mapOf)) {
    const ip = wordOf(entry['ip']);
    const address = ip === undefined ? undefined : canonicalAddress(ip);
    if (ip !== undefined && address !== undefined)
      sink.emit(nodeAddress, { node: name, type: wordOf(entry['type']) ?? '', address }, object.line('ip', ip));
  }
}

/** CiliumEndpoint: one per pod. */
export function readCiliumEndpoint(object: KubernetesObject, sink: Sink): void {
  const pair = mapOf(listOf(object.at('status.networking.addressing'))[0]);
  const ips = ['ipv4', 'ipv6'].flatMap((key) => wordOf(pair[key]) ?? []);
  if (object.name === '' || ips.length === 0) return;
  const canonical = ips.map((ip) => canonicalAddress(ip) ?? ip);
  sink.emit(
    pod,
    { namespace: object.namespace, name: object.name, ip: canonical[0], ips: canonical },
    object.line('', ips[0]),
  );
}
