import { setting } from '../../core/event/kubernetes.js';
import type { Line, Sink } from '../../core/sink.js';
import { readComponentConfig } from './object-component-config.js';
import { at, KubernetesObject, listOf, mapOf, wordOf } from './object-tree.js';
import { parseYaml } from './yaml-objects.js';

/** Config maps of CNIs and kube components. Their values are text: JSON, YAML or single words. */

/** One key of a config map, with the lines that its text stands on. */
export interface ConfigText {
  readonly object: string;
  readonly text: string;
  /** The line of a value inside the text. */
  readonly line: (key: string, value: string) => Line;
  readonly lines: readonly Line[];
}

type Reader = (config: ConfigText, sink: Sink) => void;

/** Emits every scalar of a tree that `wanted` lists by its dotted path. */
function emitPaths(component: string, tree: unknown, paths: readonly string[], config: ConfigText, sink: Sink): void {
  for (const path of paths) {
    const value = wordOf(at(tree, path));
    if (value === undefined) continue;
    const key = path.split('.').at(-1)!;
    sink.emit(setting, { component, object: config.object, key: path, value }, config.line(key, value));
  }
}

const NET_CONF = [
  'Network',
  'IPv6Network',
  'SubnetLen',
  'SubnetMin',
  'SubnetMax',
  'EnableIPv4',
  'EnableIPv6',
  'EnableNFTables',
  ...['Type', 'VNI', 'Port', 'GBP', 'Learning', 'DirectRouting', 'MTU', 'MTUV6'].map((key) => `Backend.${key}`),
];

/** flannel's net-conf.json (Documentation/configuration.md). */
const netConf =
  (component: string): Reader =>
  (config, sink) => {
    const parsed = parseYaml(config.text);
    if (parsed === undefined || parsed.fault !== undefined || mapOf(parsed.value)['Network'] === undefined)
      sink.note(`${config.object}: net-conf.json is damaged or has no Network`, config.lines[0]?.number);
    emitPaths(component, parsed?.value, NET_CONF, config, sink);
  };

/** A CNI network configuration list or a single plugin's configuration. */
const cniConf: Reader = (config, sink) => {
  // Calico's templates hold bare __CNI_MTU__ where a number will stand.
  const value = parseYaml(config.text.replace(/:\s*(__\w+__)/g, ': "$1"'))?.value;
  emitPaths('cni', value, ['name', 'cniVersion'], config, sink);
  const plugins = at(value, 'plugins');
  for (const plugin of Array.isArray(plugins) ? plugins : [value]) {
    emitPaths(
      'cni',
      plugin,
      [
        'type',
        'mtu',
        'bridge',
        'ipMasq',
        'ipam.type',
        'ipam.subnet',
        'delegate.isDefaultGateway',
        'delegate.hairpinMode',
      ],
      config,
      sink,
    );
    // host-local's newer form: a list of range sets.
    for (const range of listOf(at(plugin, 'ipam.ranges')).flat()) {
      const subnet = wordOf(mapOf(range)['subnet']);
      if (subnet !== undefined)
        sink.emit(
          setting,
          { component: 'cni', object: config.object, key: 'ipam.subnet', value: subnet },
          config.line('subnet', subnet),
        );
    }
  }
};

const word =
  (component: string, key: string): Reader =>
  (config, sink) => {
    const value = wordOf(config.text.trim());
    if (value !== undefined && value.length <= 200)
      sink.emit(setting, { component, object: config.object, key, value }, config.line(key, value));
  };

const component: Reader = (config, sink) => {
  const parsed = parseYaml(config.text);
  if (parsed === undefined)
    sink.note(`${config.object}: the configuration inside cannot be read as YAML`, config.lines[0]?.number);
  readComponentConfig(parsed?.value, { object: config.object, line: config.line }, sink);
};

/** Keys of cilium-config that decide how packets go (docs.cilium.io, ConfigMap options). */
const CILIUM =
  /^(?:cluster-pool-ipv[46]-(?:cidr|mask-size)|tunnel|tunnel-protocol|tunnel-port|routing-mode|(?:ipv[46]-)?native-routing-cidr|auto-direct-node-routes|kube-proxy-replacement|ipam|enable-ipv[46](?:-masquerade)?|masquerade|enable-bpf-masquerade|enable-ip-masq-agent|mtu|devices|enable-wireguard|enable-ipsec|cluster-id|enable-endpoint-routes|direct-routing-device|policy-audit-mode|enable-policy)$/;

/** Readers by config map name and key. */
const READERS: readonly (readonly [RegExp, RegExp, (key: string) => Reader])[] = [
  [/flannel/, /^net-conf\.json$/, () => netConf('flannel')],
  [/canal/, /^net-conf\.json$/, () => netConf('canal')],
  [/./, /^net-conf\.json$/, () => netConf('flannel')],
  [/./, /^(?:cni-conf\.json|cni_network_config)$/, () => cniConf],
  [/^kubeadm-config$/, /^(?:ClusterConfiguration|MasterConfiguration)$/, () => component],
  [/^kube-proxy/, /^config\.conf$/, () => component],
  [/^kubelet-config/, /^kubelet$/, () => component],
  [/canal/, /^(?:canal_iface|masquerade|veth_mtu|typha_service_name)$/, (key) => word('canal', key)],
  [/calico/, /^(?:calico_backend|veth_mtu|typha_service_name)$/, (key) => word('calico', key)],
  [/^cilium-config$/, CILIUM, (key) => word('cilium', key)],
  [/^kubernetes-services-endpoint$/, /^KUBERNETES_SERVICE_(?:HOST|PORT)$/, (key) => word('calico', key)],
];

/** Reads one key of a config map; keys that nobody knows, secrets among them, are left alone. */
export function readConfigKey(name: string, key: string, config: ConfigText, sink: Sink): void {
  READERS.find(([names, keys]) => names.test(name) && keys.test(key))?.[2](key)(config, sink);
}

/** ConfigMap: core/v1 types.go. */
export function readConfigMap(object: KubernetesObject, sink: Sink): void {
  for (const [key, value] of Object.entries(mapOf(object.tree['data']))) {
    const text = wordOf(value);
    if (text === undefined) continue;
    const from = object.line(key, undefined, object.line('data'));
    readConfigKey(
      object.name,
      key,
      {
        object: object.title,
        text,
        lines: [from],
        // In a JSON dump the whole text is on the line of its key.
        line: (inner, word) =>
          /^["'\s]*[|>]?/.test(text) && from.text.includes(word) ? from : object.line(inner, word, from),
      },
      sink,
    );
  }
}

/** A line finder over lines that hold nothing but the text. */
export function plainLines(lines: readonly Line[]): (key: string, value: string) => Line {
  const object = new KubernetesObject({}, lines);
  return (key, value) => object.line(key, value);
}
