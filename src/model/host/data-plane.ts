import type { Cluster } from '../cluster.js';
import type { Placed } from '../facts.js';
import type { Missing } from '../journey/missing.js';
import { perCluster } from '../per-cluster.js';
import type { Device } from './host.js';
import { ownRows } from './rulesets.js';

/**
 * What carries the packets of pods and services on a host in place of its routes, bridges and netfilter. Programs at tc, XDP
 * and cgroup hooks, and the flows of Open vSwitch, translate, encapsulate, drop and redirect past chains and taps: none of
 * the host's tables tells what they do.
 */
export interface DataPlane {
  /** A noun phrase: `the eBPF programs of Cilium`. */
  readonly what: string;
  /** The line that shows it. */
  readonly at: Placed;
  /** Devices behind which its programs take over. */
  readonly takes: RegExp;
  /** The device by which it gives the host what pods send to the outside, where the host's own rules translate that. */
  readonly handsOut?: RegExp | undefined;
  readonly collect: string;
}

interface Kind {
  readonly what: string;
  /** Devices that it alone makes. */
  readonly device: RegExp;
  /** Its agent's pods, on a node that shows no devices. */
  readonly pod: RegExp | undefined;
  /** A setting that turns it on in the whole cluster. */
  readonly setting: { readonly key: RegExp; readonly value: RegExp } | undefined;
  readonly takes: RegExp;
  readonly handsOut?: RegExp;
  readonly collect: (node: string) => string;
}

const KINDS: readonly Kind[] = [
  {
    // pkg/defaults/node.go: HostDevice, SecondHostDevice; the tunnel devices.
    what: 'the eBPF programs of Cilium',
    device: /^cilium_(host|net|vxlan|geneve|wg\d+)$/,
    pod: /^cilium-[a-z0-9]{5}$/,
    setting: undefined,
    takes: /^(cilium_|lxc)/,
    collect: (node) =>
      `cilium-dbg status --verbose; cilium-dbg service list; cilium-dbg bpf ipcache list    # in the cilium pod of ${node}`,
  },
  {
    // felix/dataplane/linux/dataplanedefs: BPFInDev, BPFOutDev.
    what: 'the eBPF programs of Calico',
    device: /^(bpf(in|out)\.cali|bpfnat(in|out))$/,
    pod: undefined,
    setting: { key: /^(FELIX_BPFENABLED|bpfEnabled)$/i, value: /^true$/i },
    takes: /^(cali|bpf)/,
    collect: (node) => `calico-node -bpf nat dump; calico-node -bpf routes dump    # in the calico-node pod of ${node}`,
  },
  {
    what: 'the flows of Open vSwitch',
    device: /^(ovn-k8s-mp\d+|antrea-gw\d+|ovn0)$/,
    pod: undefined,
    setting: undefined,
    takes: /^(ovn-k8s-mp|antrea-gw|ovn0)/,
    // Antrea masquerades in ANTREA-POSTROUTING (pkg/agent/route/route_linux.go); OVN in its own gateway router.
    handsOut: /^antrea-gw\d+$/,
    collect: (node) => `ovs-ofctl dump-flows br-int    # on ${node}`,
  },
];

/** The first pod of each kind's agent on each node. */
const agents = perCluster((cluster) => {
  const found = new Map(KINDS.map((kind) => [kind, new Map<string, Placed>()]));
  for (const one of cluster.facts.pods)
    for (const kind of KINDS) {
      if (one.node === undefined || kind.pod?.test(one.name) !== true) continue;
      const node = cluster.named(one.node);
      const known = found.get(kind)!;
      if (!known.has(node)) known.set(node, one);
    }
  return found;
});

/** The data plane that carries packets on the host, as its devices or routes tell, else its agent's pod or the cluster's settings. */
export function dataPlaneOf(
  name: string,
  devices: ReadonlyMap<string, Device>,
  cluster: Cluster,
): DataPlane | undefined {
  for (const kind of KINDS) {
    const at = shownBy(kind, name, devices, cluster);
    if (at !== undefined)
      return { what: kind.what, at, takes: kind.takes, handsOut: kind.handsOut, collect: kind.collect(name) };
  }
  return undefined;
}

function shownBy(kind: Kind, name: string, devices: ReadonlyMap<string, Device>, cluster: Cluster): Placed | undefined {
  for (const device of devices.values()) {
    const [link] = device.links;
    if (link !== undefined && kind.device.test(device.name)) return link;
  }
  const { pod, setting } = kind;
  const { facts } = cluster;
  // A paste often has the routes alone.
  const route = ownRows(cluster, facts.routes, name).find((r) => r.dev !== undefined && kind.device.test(r.dev));
  if (route !== undefined) return route;
  const agent = pod === undefined ? undefined : agents(cluster).get(kind)?.get(name);
  if (agent !== undefined || setting === undefined) return agent;
  return facts.settings.find((s) => setting.key.test(s.key) && setting.value.test(s.value));
}

/** Why nobody can tell what becomes of a packet that the data plane has. */
export const carriedBy = (plane: DataPlane, node: string): Missing => ({
  what: `what ${plane.what} do with it on ${node}`,
  collect: plane.collect,
  at: [plane.at],
});
