import { setting } from '../../core/event/kubernetes.js';
import type { Line, Sink } from '../../core/sink.js';
import { componentOf, readOptions } from '../host/component-flags.js';
import { isSecretName, type KubernetesObject, listOf, mapOf, wordOf } from './object-tree.js';

/** Settings of agents that are given as environment variables of their containers. */
const VARIABLES: readonly (readonly [RegExp, string])[] = [
  // Calico: node/pkg/lifecycle/startup, felix/config; the same image runs in Canal.
  [
    /^(?:CALICO_IPV[46]POOL_\w+|CALICO_NETWORKING_BACKEND|CALICO_ROUTER_ID|FELIX_\w+|IP6?|IP6?_AUTODETECTION_METHOD|CLUSTER_TYPE|NO_DEFAULT_POOLS|USE_POD_CIDR|AS)$/,
    'calico',
  ],
  [/^FLANNELD?_(?:IFACE|IP_?MASQ|IFACE_REGEX|PUBLIC_IP|MTU|SUBNET_FILE|NETWORK|BACKEND\w*)$/, 'flannel'],
  [/^(?:IPALLOC_RANGE|WEAVE_MTU|NO_MASQ_LOCAL)$/, 'weave'],
  [/^AWS_VPC_(?:K8S_CNI_EXTERNALSNAT|ENI_MTU|K8S_CNI_EXCLUDE_SNAT_CIDRS|K8S_CNI_CUSTOM_NETWORK_CFG)$/, 'aws-node'],
  [/^KUBERNETES_SERVICE_(?:HOST|PORT)$/, 'api-endpoint'],
];

/** Whose setting an environment variable is; undefined for all that do not concern the network and for secrets. */
export function variableOwner(name: string): string | undefined {
  if (isSecretName(name)) return undefined;
  return VARIABLES.find(([pattern]) => pattern.test(name))?.[1];
}

/** Settings in the command, arguments and environment of a pod's or pod template's containers. */
export function readContainers(object: KubernetesObject, spec: unknown, sink: Sink): void {
  const { containers, initContainers } = mapOf(spec);
  for (const container of [...listOf(initContainers), ...listOf(containers)].map(mapOf)) {
    const words = [...listOf(container['command']), ...listOf(container['args'])].map((word) => String(word));
    // `sh -c "exec kube-proxy --a --b"` holds the options in one word.
    const flat = words.flatMap((word) => (/\s--?[a-z]/.test(word) ? word.split(/[\s\\]+/) : [word]));
    const name = wordOf(container['name']) ?? '';
    const component = componentOf(name) ?? (/^(?:kube-)?flannel$/.test(name) ? 'flannel' : undefined);
    // A container that is no component of ours may well have an option called --iface.
    const known = component !== undefined || flat.some((word) => componentOf(word) !== undefined);
    for (const option of known ? readOptions(flat, component) : []) {
      const { key, value } = option;
      sink.emit(
        setting,
        { component: option.component, object: object.title, key, value },
        optionLine(object, flat[option.index]!),
      );
    }
    for (const { name: variable, value } of listOf(container['env']).map(mapOf)) {
      const key = wordOf(variable);
      const word = wordOf(value);
      const owner = key === undefined ? undefined : variableOwner(key);
      if (key === undefined || word === undefined || owner === undefined) continue;
      sink.emit(
        setting,
        { component: owner, object: object.title, key, value: word },
        object.line('value', word, object.line('name', key)),
      );
    }
  }
}

function optionLine(object: KubernetesObject, word: string): Line {
  return object.lines.find(({ text }) => text.includes(word)) ?? object.nameLine;
}
