import type { ClusterMap, MapNode } from '../core/exhibits.js';
import { formatPrefix } from '../core/prefix.js';
import type { Judgement } from '../diagnosis/judge.js';
import type { Cluster } from '../model/cluster.js';
import type { Host } from '../model/host/host.js';
import type { Journeys } from '../model/journey/journeys.js';
import { vteps } from '../model/vteps.js';
import type { Quoter } from '../store/evidence.js';
import { oddNodes } from './odd-nodes.js';
import { podPrefixes } from './pod-prefixes.js';
import { type Lost, mapWays } from './ways.js';

/** What the map is drawn from. */
export interface MapRoom {
  readonly cluster: Cluster;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly journeys: Journeys;
  readonly judgement: Judgement;
  readonly quoter: Quoter;
}

/** All nodes by name, and how each reaches the pods of the others. */
export async function clusterMap(room: MapRoom): Promise<ClusterMap> {
  const { cluster, hosts, judgement } = room;
  const names = [...new Set([...cluster.nodes.keys(), ...cluster.dumpedNodes])].sort();
  const prefixes = podPrefixes(cluster);
  const odd = oddNodes(names, judgement);
  const told = vteps(cluster);
  const dumped = new Set(cluster.dumpedNodes);
  return {
    nodes: names.map((name): MapNode => {
      const host = hosts.get(name);
      return {
        name,
        addresses: addressesOf(cluster, name, host),
        podCidrs: [...new Set((prefixes.get(name) ?? []).map(formatPrefix))],
        vteps: host === undefined || ownVteps(host).length === 0 ? toldVteps(cluster, name, told) : ownVteps(host),
        odd: odd.blamed.get(name) ?? [],
        differs: odd.different.get(name) ?? [],
        collected: dumped.has(name),
      };
    }),
    ways: await mapWays({ ...room, lost: lostPackets(judgement) }, names, prefixes),
  };
}

/** Packets that vanished between two nodes. */
function lostPackets({ given }: Judgement): readonly Lost[] {
  return (given?.failed ?? []).flatMap(({ comparison }) => {
    if (comparison?.parting.kind !== 'vanished') return [];
    const { after, before } = comparison.parting;
    return after.step.node === before.step.node ? [] : [{ from: after.step.node, dst: after.step.packet.dst }];
  });
}

/** A load balancer has thousands of addresses: nobody reads more than these in a drawing. */
const MOST_ADDRESSES = 64;

function addressesOf(cluster: Cluster, name: string, host: Host | undefined): MapNode['addresses'] {
  const held = host === undefined ? [] : [...host.addresses[4].value, ...host.addresses[6].value];
  return [...(cluster.nodes.get(name)?.addresses.keys() ?? [])].slice(0, MOST_ADDRESSES).map((address) => ({
    address,
    device: held.find((own) => own.address === address)?.ifname,
  }));
}

/** Tunnel devices as the node itself shows them. */
const ownVteps = (host: Host): MapNode['vteps'] =>
  [...host.devices.values()]
    .filter((device) => device.role === 'overlay')
    .map((device) => ({
      device: device.name,
      address: [...host.addresses[4].value, ...host.addresses[6].value].find((own) => own.ifname === device.name)
        ?.address,
      mac: device.mac,
      local: device.vxlan?.local,
    }));

/** Tunnel devices of a node of which nothing was collected, as others are told of them. */
function toldVteps(cluster: Cluster, name: string, told: ReturnType<typeof vteps>): MapNode['vteps'] {
  const mac = told.find((vtep) => vtep.node === name && vtep.mac !== undefined)?.mac;
  const [address] = cluster.nodes.get(name)?.overlayAddresses.keys() ?? [];
  return mac === undefined && address === undefined ? [] : [{ device: 'overlay', address, mac }];
}
