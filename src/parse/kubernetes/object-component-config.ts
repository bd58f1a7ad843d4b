import { setting } from '../../core/event/kubernetes.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable, wordTables } from '../../core/word-table.js';
import { optionValue } from '../host/component-flags.js';
import { at, listOf, mapOf, type Tree, wordOf } from './object-tree.js';

/** Where a component's configuration was found. */
export interface ConfigPlace {
  readonly object?: string | undefined;
  readonly line: (key: string, value: string) => Line;
}

/**
 * Fields of configuration files and the command-line option that says the same: one thing has one name in the store,
 * whether it came as option or as file. Fields without an option keep their own path.
 */
const FIELDS = wordTables<string>({
  // kubeproxy.config.k8s.io/v1alpha1
  KubeProxyConfiguration: {
    mode: 'proxy-mode',
    clusterCIDR: 'cluster-cidr',
    detectLocalMode: 'detect-local-mode',
    hostnameOverride: 'hostname-override',
    nodePortAddresses: 'nodeport-addresses',
    'iptables.masqueradeAll': 'masquerade-all',
    'iptables.masqueradeBit': 'iptables-masquerade-bit',
    'ipvs.scheduler': 'ipvs-scheduler',
    'ipvs.strictARP': 'ipvs-strict-arp',
    'detectLocal.bridgeInterface': 'detectLocal.bridgeInterface',
    'detectLocal.interfaceNamePrefix': 'detectLocal.interfaceNamePrefix',
    'conntrack.maxPerCore': 'conntrack-max-per-core',
    'conntrack.min': 'conntrack-min',
  },
  // kubelet.config.k8s.io/v1beta1
  KubeletConfiguration: {
    podCIDR: 'pod-cidr',
    clusterDNS: 'cluster-dns',
    clusterDomain: 'cluster-domain',
    hairpinMode: 'hairpin-mode',
  },
  // kubeadm.k8s.io
  ClusterConfiguration: {
    'networking.podSubnet': 'podSubnet',
    'networking.serviceSubnet': 'serviceSubnet',
    'networking.dnsDomain': 'dnsDomain',
    controlPlaneEndpoint: 'controlPlaneEndpoint',
    kubernetesVersion: 'kubernetesVersion',
  },
  InitConfiguration: { 'localAPIEndpoint.advertiseAddress': 'advertise-address' },
});

const COMPONENT = wordTable<string>({
  KubeProxyConfiguration: 'kube-proxy',
  KubeletConfiguration: 'kubelet',
  ClusterConfiguration: 'kubeadm',
  InitConfiguration: 'kubeadm',
});

/** True for kinds that are a component's configuration file rather than an API object. */
export function isComponentConfig(kind: string): boolean {
  return COMPONENT[kind] !== undefined;
}

/** Settings of KubeProxyConfiguration, KubeletConfiguration and kubeadm's ClusterConfiguration. */
export function readComponentConfig(tree: unknown, place: ConfigPlace, sink: Sink): void {
  const printed = wordOf(mapOf(tree)['kind']) ?? '';
  // kubeadm before 1.12 had no kind of its own in the config map, and called it MasterConfiguration.
  const kind =
    COMPONENT[printed] === undefined && at(tree, 'networking.podSubnet') !== undefined
      ? 'ClusterConfiguration'
      : printed;
  const component = COMPONENT[kind];
  if (component === undefined) return;
  for (const [path, key] of Object.entries(FIELDS[kind]!)) {
    const found = at(tree, path);
    const words = (Array.isArray(found) ? found : [found]).flatMap((one) => wordOf(one) ?? []);
    // An empty mode means the platform's default, and that is worth knowing.
    const value = words.length > 0 ? words.join(',') : path === 'mode' && found === '' ? '' : undefined;
    if (value === undefined) continue;
    const canonical = optionValue(component, key, value) ?? value;
    sink.emit(
      setting,
      { component, object: place.object, key, value: canonical },
      place.line(path.split('.').at(-1)!, words[0] ?? ''),
    );
  }
  if (kind === 'ClusterConfiguration') readExtraArgs(tree, place, sink);
}

/** kubeadm's extraArgs: a map up to v1beta3, a list of name and value from v1beta4. */
function readExtraArgs(tree: unknown, place: ConfigPlace, sink: Sink): void {
  for (const [field, component] of [
    ['controllerManager', 'kube-controller-manager'],
    ['apiServer', 'kube-apiserver'],
  ] as const) {
    const extra = at(tree, `${field}.extraArgs`) ?? at(tree, `${field}ExtraArgs`);
    const pairs = Array.isArray(extra)
      ? listOf(extra).map((one) => [mapOf(one)['name'], mapOf(one)['value']] as const)
      : Object.entries(mapOf(extra) as Tree);
    for (const [name, given] of pairs) {
      const key = wordOf(name);
      const word = wordOf(given);
      const value = key === undefined || word === undefined ? undefined : optionValue(component, key, word);
      if (key !== undefined && word !== undefined && value !== undefined)
        sink.emit(setting, { component, object: place.object, key, value }, place.line(key, word));
    }
  }
}
