import { canonicalAddress, formatIpv4 } from '../../core/address.js';
import { lease } from '../../core/event/cni.js';
import { nodeAnnotation, setting } from '../../core/event/kubernetes.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';
import type { RowOf } from '../../core/table.js';
import { goUnquote } from './logfmt.js';
import type { Meaning } from './message-rule.js';

type Lease = RowOf<typeof lease>;

/** Go prints a u32 as hexadecimal without leading zeros: 0xaf40300 is 10.244.3.0. */
function hexAddress(hex: string | undefined): string | undefined {
  if (hex === undefined) return undefined;
  const value = Number.parseInt(hex, 16);
  return value > 0 && value <= 0xffffffff ? formatIpv4(value) : undefined;
}

/** BackendData is JSON as a list of bytes, `0x7b, 0x22, …` or `123 34 …`. */
function backendData(bytes: string, base: 10 | 16): Pick<Lease, 'vtep_mac' | 'vni'> {
  const codes = bytes
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map((word) => Number.parseInt(word, base));
  return backendJson(String.fromCharCode(...codes.filter((code) => code >= 0 && code < 128).slice(0, 4096)));
}

function backendJson(json: string): Pick<Lease, 'vtep_mac' | 'vni'> {
  const mac = /"VtepMAC":"([\da-fA-F:]{17})"/.exec(json)?.[1]?.toLowerCase();
  const vni = /"VNI":(\d{1,8})/.exec(json)?.[1];
  return { vtep_mac: mac, vni: vni === undefined ? undefined : Number(vni) };
}

const EVENT =
  /Type:(\d+)[\s\S]*?\bSubnet:ip\.IP4Net\{IP:0x([\da-f]+), PrefixLen:0x([\da-f]+)\}(?:[\s\S]*?\bPublicIP:0x([\da-f]+))?(?:[\s\S]*?\bBackendType:"([^"]*)")?(?:[\s\S]*?\bBackendData:json\.RawMessage\{([^}]*)\}?)?/i;

/** An event printed with Go's `%#v`, whole or cut short (subnet.Event until 0.21, lease.Event since). */
export function leaseOfDump(dump: string): Lease | undefined {
  const m = EVENT.exec(dump);
  const address = hexAddress(m?.[2]);
  const subnet = address === undefined ? undefined : canonicalPrefix(`${address}/${Number.parseInt(m![3]!, 16)}`);
  if (m === null || subnet === undefined) return undefined;
  return {
    subnet,
    public_ip: hexAddress(m[4]),
    backend: m[5] === '' ? undefined : m[5],
    ...(m[6] === undefined ? {} : backendData(m[6], 16)),
    action: m[1] === '0' ? 'added' : 'removed',
  };
}

/** Leases printed with Go's `%v` (until 0.8): `{10.244.1.0/24 {192.168.1.11 vxlan [123 34 …]} 2016-… UTC 3605}`. */
function leasesOfOldDump(message: string): Lease[] {
  const found: Lease[] = [];
  for (const m of message.matchAll(/\{([\d.]+\/\d+) \{([\d.]+) ([\w-]*) \[([\d ]*)\]\}/g)) {
    const subnet = canonicalPrefix(m[1]!);
    if (subnet !== undefined)
      found.push({
        subnet,
        public_ip: canonicalAddress(m[2]!),
        backend: m[3] || undefined,
        ...backendData(m[4]!, 10),
        action: 'added',
      });
  }
  return found;
}

/** Turns what flanneld says into settings, leases and annotations. One per log: it remembers the backend. */
export class FlannelFacts {
  #backend: string | undefined;

  emit(sink: Sink, message: string, meaning: Meaning, time: string | undefined, at: Line) {
    const set = (key: string, value: string | undefined, object?: string) => {
      if (value !== undefined && value !== '') sink.emit(setting, { component: 'flannel', object, key, value }, at);
    };
    const give = (row: Lease) => sink.emit(lease, { ...row, backend: row.backend ?? this.#backend, time }, at);
    const own = (printed: string | undefined, address?: string) => {
      const subnet = printed === undefined ? undefined : canonicalPrefix(printed);
      if (subnet !== undefined) give({ subnet, public_ip: address, action: 'own' });
    };
    switch (meaning.code) {
      case 'interface-chosen':
        set('interface', meaning.ifname);
        return set('interface-address', meaning.address);
      case 'public-ip':
        return set('public-ip', meaning.address);
      case 'backend':
        this.#backend = meaning.value;
        return set('Backend.Type', meaning.value);
      case 'vxlan-config':
        for (const m of message.matchAll(/\b(VNI|Port|GBP|Learning|DirectRouting|MTU)[=:](\w+)/g))
          set(`Backend.${m[1]}`, m[2]);
        return;
      case 'network-changed': {
        const m = /\(([^,(]+), ([^)]+)\) is not equal/.exec(message);
        set(m?.[1]?.includes(':') ? 'IPv6Network' : 'Network', canonicalPrefix(m?.[1] ?? ''));
        return own(m?.[2]);
      }
      case 'own-subnet':
        return own(meaning.value, meaning.address);
      case 'network-mismatch': {
        const m = /subnet "([^"]+)" specified in the flannel net config/i.exec(message);
        const node = /PodCIDR of the "([^"]+)" node/.exec(message)?.[1];
        set(m?.[1]?.includes(':') ? 'IPv6Network' : 'Network', canonicalPrefix(m?.[1] ?? ''));
        return set('PodCIDR', canonicalPrefix(meaning.value ?? ''), node);
      }
      case 'node-name':
        if (meaning.value === undefined) return;
        set('node-name', meaning.value);
        // The program that runs there says so itself.
        return sink.host(meaning.value, 'uname');
      case 'flags':
        for (const m of message.matchAll(
          /\b(etcdEndpoints|etcdPrefix|kubeSubnetMgr|iface|ifaceRegex|ifaceCanReach|ipMasq|publicIP|publicIPv6|subnetFile|iptablesForwardRules|netConfPath):(\[[^\]]*\]|[^\s}]*)(?=[ }])/g,
        ))
          set(m[1]!, m[2] === '[]' ? undefined : m[2]!.replace(/^\[|\]$/g, ''));
        return;
      case 'net-conf':
        set('Network', canonicalPrefix(/"Network":\s*"([^"]+)"/.exec(message)?.[1] ?? ''));
        return set('Backend.Type', /"Type":\s*"([^"]+)"/.exec(message)?.[1]);
      case 'annotations':
        for (const m of message.matchAll(
          /"((?:flannel\.alpha\.coreos\.com|projectcalico\.org)\/[^"]+)":("(?:[^"\\]|\\.)*")/g,
        ))
          sink.emit(nodeAnnotation, { node: meaning.value ?? '', key: m[1]!, value: goUnquote(m[2]!) }, at);
        return;
      case 'subnet-event':
        return this.#event(message, meaning, give);
      default:
        return;
    }
  }

  #event(message: string, meaning: Meaning, give: (row: Lease) => void) {
    const dumped = message.startsWith('Batch') ? leaseOfDump(message) : undefined;
    if (dumped !== undefined) return give(dumped);
    const action = /remov/i.test(message.slice(0, 30)) ? 'removed' : 'added';
    const old = leasesOfOldDump(message);
    if (old.length > 0) {
      for (const row of old) give({ ...row, action });
      return;
    }
    const mac = /VtepMAC: ([\da-f:]{17})/i.exec(message)?.[1]?.toLowerCase();
    // wireguard prints its peer with a port and a list of subnets.
    for (const printed of (/: \[?((?:[\da-fA-F.:]+\/\d+[ ,]*)+)/.exec(message)?.[1] ?? '').split(/[ ,]+/)) {
      const subnet = canonicalPrefix(printed);
      if (subnet !== undefined && printed.includes('/'))
        give({ subnet, public_ip: meaning.address, vtep_mac: mac, action });
    }
  }
}
