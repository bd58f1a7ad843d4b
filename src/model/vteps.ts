import { parsePrefix } from '../core/prefix.js';
import { currentLeases } from './announced.js';
import type { Cluster } from './cluster.js';
import type { Placed } from './facts.js';
import { perCluster } from './per-cluster.js';
import type { Scene } from './scene.js';

/** A frame. */
export interface Sighted {
  readonly tap: number;
  readonly place: number;
}

/** What one line tells of a node's VXLAN device. */
export interface Vtep {
  readonly node: string;
  /** Device, when the line is of the device itself. */
  readonly ifname: string | undefined;
  readonly mac: string | undefined;
  readonly vni: number | undefined;
  readonly port: number | undefined;
  /** Backend type: vxlan, host-gw, … */
  readonly backend: string | undefined;
  /** `device`: the kernel's own word. `packets`: envelopes that the
   * node sent. `annotation` and `lease`: what peers are told. `log`: how the agent was started. */
  readonly told: 'device' | 'packets' | 'annotation' | 'lease' | 'log';
  readonly at: Placed;
}

/** The same, told by an envelope. */
export type SightedVtep = Omit<Vtep, 'at'> & { readonly at: Sighted };

/** VXLAN devices of CNIs that give each node a MAC address of its own (Antrea's is the same everywhere, on purpose). */
const OF_A_CNI = /^(flannel[.\d-]|flannel-v6|vxlan\.calico|vxlan-v6\.calico)/;
/** Devices of Open vSwitch and Weave: they have no network identifier of their own, or the same MAC address on every node. */
const OF_A_SWITCH = /^(?:vxlan_sys|vxlan-\d|antrea|ovs|br-)/;
/** Linux uses 8472 where flannel's configuration says 0. */
const LINUX_DEFAULT_PORT = 8472;

/** All that the bundle tells of the nodes' VXLAN devices: links, annotations, leases, agents' logs. */
export const vteps = perCluster((cluster): readonly Vtep[] => {
  const { facts } = cluster;
  const found: Vtep[] = [];
  const unnamed = overlayOfItsOwn(cluster);
  const none = { ifname: undefined, mac: undefined, vni: undefined, port: undefined, backend: undefined };
  for (const link of facts.links) {
    const node = cluster.nodeOf(link);
    if (node === undefined || !(OF_A_CNI.test(link.ifname) || link.ifname === unnamed)) continue;
    found.push({
      node,
      ifname: link.ifname,
      mac: link.mac,
      vni: link.vxlan_vni,
      port: link.vxlan_port,
      backend: undefined,
      told: 'device',
      at: link,
    });
  }
  for (const a of facts.nodeAnnotations) {
    const node = cluster.named(a.node);
    if (/flannel[^/]*\/backend-type$/.test(a.key))
      found.push({ ...none, node, backend: a.value, told: 'annotation', at: a });
    // Calico: libcalico-go lib/backend/k8s/resources/node.go.
    if (/^projectcalico\.org\/VXLANTunnelMACAddr(?:V6)?$/.test(a.key)) {
      const ifname = a.key.endsWith('V6') ? 'vxlan-v6.calico' : 'vxlan.calico';
      found.push({ ...none, node, ifname, mac: a.value.toLowerCase(), told: 'annotation', at: a });
    }
    if (!/flannel[^/]*\/backend-data$/.test(a.key)) continue;
    const mac = /"VtepMAC":"([\da-fA-F:]{17})"/.exec(a.value)?.[1]?.toLowerCase();
    const vni = /"VNI":(\d+)/.exec(a.value)?.[1];
    found.push({ ...none, node, mac, vni: vni === undefined ? undefined : Number(vni), told: 'annotation', at: a });
  }
  for (const lease of currentLeases(cluster)) {
    const node = lease.own ? lease.node : (cluster.nodeWithAddress(lease.publicIp ?? '') ?? lease.node);
    if (node === undefined) continue;
    found.push({
      ...none,
      node,
      mac: lease.vtepMac,
      vni: lease.vni,
      backend: lease.own ? undefined : lease.backend,
      told: 'lease',
      at: lease.at,
    });
  }
  // The last start of each agent.
  const started = new Map<string, Vtep>();
  for (const log of facts.logs) {
    const node = cluster.nodeOf(log);
    if (node === undefined || log.component !== 'flannel') continue;
    if (log.code === 'backend')
      started.set(`${log.source} type`, { ...none, node, backend: log.value, told: 'log', at: log });
    if (log.code !== 'vxlan-config') continue;
    const number = (name: string): number | undefined => {
      const text = new RegExp(`\\b${name}[=:](\\d+)`).exec(log.message)?.[1];
      return text === undefined ? undefined : Number(text);
    };
    const port = number('Port');
    started.set(`${log.source} config`, {
      ...none,
      node,
      vni: number('VNI'),
      port: port === 0 ? LINUX_DEFAULT_PORT : port,
      told: 'log',
      at: log,
    });
  }
  return [...found, ...started.values()];
});

/**
 * The name of the VXLAN device that carries the pod networks of a cluster whose CNI nobody knows: one name on all nodes, with a network
 * identifier, without learning, and behind routes to other nodes' pods. Undefined where a known CNI has one, and where it is in doubt.
 */
function overlayOfItsOwn(cluster: Cluster): string | undefined {
  const { facts } = cluster;
  if (facts.links.some(({ ifname }) => OF_A_CNI.test(ifname)) || facts.leases.length > 0) return undefined;
  const devices = facts.links.filter(
    (link) =>
      link.vxlan_vni !== undefined &&
      link.vxlan_vni > 0 &&
      link.vxlan_learning === false &&
      !OF_A_SWITCH.test(link.ifname) &&
      cluster.nodeOf(link) !== undefined,
  );
  const names = new Set(devices.map(({ ifname }) => ifname));
  const [name] = names;
  if (name === undefined || names.size > 1) return undefined;
  const carries = facts.routes.some(
    (route) => route.dev === name && route.via !== undefined && inPodRange(cluster, route.dst),
  );
  return carries ? name : undefined;
}

function inPodRange(cluster: Cluster, text: string): boolean {
  const prefix = parsePrefix(text);
  return prefix !== undefined && prefix.length > 0 && cluster.inPodRange(prefix, true);
}

/** Port and VNI of the envelopes that nodes send: what their devices really use. Envelopes of Cilium have no VNI of a network. */
export async function sightedVteps(scene: Scene): Promise<readonly SightedVtep[]> {
  if (!scene.holds('tunnel')) return [];
  const { cluster } = scene;
  if (cluster.facts.pods.some((p) => /^cilium-/.test(p.name))) return [];
  const rows = await scene.rows(`
    SELECT outer_src, vni, outer_dport, min(tap) AS tap, arg_min(place, tap * 4294967296 + place) AS place FROM packet_raw
    WHERE tunnel = 1 AND outer_src <> 0 GROUP BY outer_src, vni, outer_dport ORDER BY tap, place, outer_src, vni, outer_dport LIMIT 1000`);
  return rows.flatMap((row): SightedVtep[] => {
    const node = cluster.nodeWithAddress(scene.address(Number(row['outer_src'])));
    if (node === undefined) return [];
    return [
      {
        node,
        ifname: undefined,
        mac: undefined,
        vni: Number(row['vni']),
        port: Number(row['outer_dport']),
        backend: undefined,
        told: 'packets',
        at: { tap: Number(row['tap']), place: Number(row['place']) },
      },
    ];
  });
}
