import { canonicalAddress } from '../../core/address.js';
import { canonicalPrefix } from '../../core/prefix.js';
import { wordTable, wordTables } from '../../core/word-table.js';

/**
 * Command-line options of cluster components that concern the network (kubernetes.io command-line tools reference;
 * flannel Documentation/configuration.md; k3s docs, server and agent). All else on a command line is left alone.
 */

type Shape = 'prefixes' | 'addresses' | 'flag' | 'number' | 'word';

const OPTIONS = wordTables<Shape>({
  'kube-controller-manager': {
    'cluster-cidr': 'prefixes',
    'service-cluster-ip-range': 'prefixes',
    'allocate-node-cidrs': 'flag',
    'node-cidr-mask-size': 'number',
    'node-cidr-mask-size-ipv4': 'number',
    'node-cidr-mask-size-ipv6': 'number',
    'cidr-allocator-type': 'word',
    'configure-cloud-routes': 'flag',
  },
  'kube-apiserver': {
    'service-cluster-ip-range': 'prefixes',
    'service-node-port-range': 'word',
    'advertise-address': 'addresses',
  },
  'kube-proxy': {
    'cluster-cidr': 'prefixes',
    'proxy-mode': 'word',
    'masquerade-all': 'flag',
    'iptables-masquerade-bit': 'number',
    'detect-local-mode': 'word',
    'ipvs-scheduler': 'word',
    'ipvs-strict-arp': 'flag',
    'nodeport-addresses': 'word',
    'hostname-override': 'word',
  },
  kubelet: {
    'pod-cidr': 'prefixes',
    'node-ip': 'addresses',
    'network-plugin': 'word',
    'network-plugin-mtu': 'number',
    'cni-conf-dir': 'word',
    'cni-bin-dir': 'word',
    'hairpin-mode': 'word',
    'non-masquerade-cidr': 'prefixes',
    'cluster-dns': 'addresses',
    'cloud-provider': 'word',
    'hostname-override': 'word',
  },
  flannel: {
    iface: 'word',
    'iface-regex': 'word',
    'iface-can-reach': 'word',
    'ip-masq': 'flag',
    'kube-subnet-mgr': 'flag',
    'public-ip': 'addresses',
    'public-ipv6': 'addresses',
    'subnet-file': 'word',
    'net-config-path': 'word',
    'etcd-prefix': 'word',
    'iptables-forward-rules': 'flag',
  },
  k3s: {
    'cluster-cidr': 'prefixes',
    'service-cidr': 'prefixes',
    'cluster-dns': 'addresses',
    'flannel-backend': 'word',
    'flannel-iface': 'word',
    'flannel-conf': 'word',
    'flannel-external-ip': 'flag',
    'flannel-ipv6-masq': 'flag',
    'node-ip': 'addresses',
    'node-external-ip': 'addresses',
    'advertise-address': 'addresses',
    'disable-network-policy': 'flag',
    'disable-kube-proxy': 'flag',
    'egress-selector-mode': 'word',
    cni: 'word',
  },
  docker: {
    bip: 'word',
    'fixed-cidr': 'prefixes',
    iptables: 'flag',
    'ip-masq': 'flag',
    'ip-forward': 'flag',
    mtu: 'number',
  },
  'kube-router': {
    'run-router': 'flag',
    'run-firewall': 'flag',
    'run-service-proxy': 'flag',
    'enable-overlay': 'flag',
    'overlay-type': 'word',
    'enable-pod-egress': 'flag',
    'cluster-cidr': 'prefixes',
  },
});

const BINARIES = wordTable<string>({
  'kube-controller-manager': 'kube-controller-manager',
  'controller-manager': 'kube-controller-manager',
  'kube-apiserver': 'kube-apiserver',
  apiserver: 'kube-apiserver',
  'kube-proxy': 'kube-proxy',
  proxy: 'kube-proxy',
  kubelet: 'kubelet',
  flanneld: 'flannel',
  k3s: 'k3s',
  rke2: 'k3s',
  'k3s-server': 'k3s',
  'k3s-agent': 'k3s',
  dockerd: 'docker',
  'kube-router': 'kube-router',
});

/** The component of a binary's name, with or without its path; short names only behind `hyperkube`. */
export function componentOf(binary: string): string | undefined {
  const name = binary.replace(/^.*\//, '').replace(/:$/, '');
  return /^(?:controller-manager|apiserver|proxy)$/.test(name) ? undefined : BINARIES[name];
}

/** An option that concerns the network, with its value in canonical form. */
export interface Option {
  readonly component: string;
  readonly key: string;
  readonly value: string;
  /** Where its word stood in the list. */
  readonly index: number;
}

/** True when some component has such an option. */
export function isKnownOption(name: string): boolean {
  return ownerOf(name) !== undefined;
}

/** The first component that has the option: who most likely was meant when only the option is shown. */
export function ownerOf(name: string): string | undefined {
  return Object.keys(OPTIONS).find((component) => OPTIONS[component]![name] !== undefined);
}

/** A value in canonical form, or undefined when it is not of the option's kind (a cut line ends in half an address). */
export function optionValue(component: string, key: string, text: string | undefined): string | undefined {
  const shape = OPTIONS[component]?.[key];
  if (shape === undefined) return undefined;
  if (shape === 'flag')
    return text === undefined || /^(?:true|1|t)$/i.test(text)
      ? 'true'
      : /^(?:false|0|f)$/i.test(text)
        ? 'false'
        : undefined;
  if (text === undefined || text === '') return undefined;
  if (shape === 'number') return /^\d+$/.test(text) ? text : undefined;
  if (shape === 'word') return text;
  const parts = text
    .split(',')
    .map((part) =>
      shape === 'prefixes' ? (part.includes('/') ? canonicalPrefix(part) : undefined) : canonicalAddress(part),
    );
  return parts.every((part) => part !== undefined) ? parts.join(',') : undefined;
}

/**
 * Reads options from the words of a command line or a manifest's command and args. `component` is used until a word
 * names a binary. `--a=b`, `--a b`, flannel's `-a=b` and bare booleans are all taken.
 */
export function readOptions(words: readonly string[], component?: string): readonly Option[] {
  const found: Option[] = [];
  let current = component;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith('-')) {
      const behindHyperkube = /(?:^|\/)hyperkube$/.test(words[i - 1] ?? '') ? BINARIES[word] : undefined;
      current = behindHyperkube ?? componentOf(word) ?? current;
      continue;
    }
    const match = /^--?([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(word);
    const owner = match === null ? undefined : (current ?? ownerOf(match[1]!));
    if (match === null || owner === undefined) continue;
    const key = match[1]!;
    const flag = OPTIONS[owner]?.[key] === 'flag';
    const next = words[i + 1];
    const text = match[2] ?? (flag || next === undefined || next.startsWith('-') ? undefined : next);
    const value = optionValue(owner, key, text?.replace(/^["']|["']$/g, ''));
    if (value !== undefined) found.push({ component: owner, key, value, index: i });
  }
  return found;
}
