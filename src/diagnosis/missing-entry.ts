import type { Cite, Remedy } from '../core/finding.js';
import type { Host } from '../model/host/host.js';
import { tunnelKind } from '../model/journey/decapsulate.js';
import { type Vtep, vteps } from '../model/vteps.js';
import { restartAgent } from './agent.js';
import { type Blame, blames, concerns, confidenceOf, decidedBy, routeBefore } from './blame.js';
import type { Case, CauseDraft } from './cause.js';
import { rewritten } from './shown-cni.js';
import { evidence, shownBy, subjects } from './witness.js';

/**
 * Neighbour and FDB entries that a node lacks for a live peer, so that nothing leaves its VXLAN device for the peer's pods.
 *
 * Physics: a device without learning asks nobody: the CNI writes an entry of the neighbour table per next hop and one of the FDB per MAC
 * address. Without the first the kernel asks by ARP in vain, without the second the device drops the frame (vxlan_xmit, no
 * default destination).
 *
 * Innocent: a device that learns or floods, tables that are not shown whole (the model knows both), an address that is on no node
 * that is known, a node that never took part: it has no route by such a device.
 */
export function missingEntries(given: Case): readonly CauseDraft[] {
  return blames(given, (walk, last) => {
    const host = given.hosts.get(last.node);
    const device = last.dev === undefined ? undefined : host?.devices.get(last.dev);
    const peer = given.cluster.owner(last.packet.dst).node;
    if (walk.disposition !== 'no-neighbour' || last.outer !== undefined || device === undefined) return undefined;
    if (tunnelKind(device) !== 'vxlan' || peer === undefined || peer === last.node) return undefined;
    return `${last.node} ${peer}`;
  }).flatMap((blame) => {
    const host = given.hosts.get(blame.node);
    const peer = given.cluster.owner(blame.last.packet.dst).node;
    return host === undefined || peer === undefined ? [] : [draft(given, blame, host, peer)];
  });
}

function draft(given: Case, blame: Blame, host: Host, peer: string): CauseDraft {
  const { node, last } = blame;
  const dev = last.dev!;
  const table = last.stage === 'encapsulate' ? 'FDB' : 'neighbour';
  const way = routeBefore(blame.walk);
  const own = vteps(given.cluster).find((v) => v.node === peer && v.told === 'device' && v.ifname === dev);
  const end = endOf(given, host, peer);
  return {
    code: 'stale-vtep',
    severity: blame.tried ? 'critical' : 'warning',
    confidence: confidenceOf(blame),
    title: `${node} has no ${table} entry for ${peer} on ${dev}`,
    summary: `${node} sends what is for ${last.packet.dst}, a pod of ${peer}, to ${dev}, and ${last.says}, so it is dropped there and no envelope leaves for ${peer}.`,
    explanation: `Somebody, mostly the CNI’s agent, writes a neighbour and an FDB entry for each other node. ${dev} of ${node} does not learn from what it receives, so without them it cannot put a packet for ${peer} into an envelope. What ${peer} sends arrives, and the answers are lost here as well.`,
    subjects: subjects(node, peer, dev, last.packet.dst, own?.mac, end),
    count: blame.conversations.length,
    evidence: evidence(
      ...decidedBy(blame, `the ${table} entry that is not there`),
      ...(way?.at ?? []).map((at): Cite => ({ role: `the route of ${node}: ${way!.says}`, at })),
      ...(own === undefined ? [] : [{ role: `${dev} of ${peer}`, at: own.at } satisfies Cite]),
      ...shownBy(blame.symptoms),
      ...blame.ground,
    ),
    remedy: rewritten(
      given.cluster,
      {
        command: restartAgent(given.cluster, node),
        why: `The agent on ${node} writes all entries anew when it starts; its log says why this one went missing.`,
        verify: `ip neigh show dev ${dev}; bridge fdb show dev ${dev}    # on ${node}: entries for ${peer}`,
        rollback: 'none needed: the agent only writes what it wrote before',
      },
      [byHand(blame, { table, dev, own, end })],
    ),
    explains: (symptom) => concerns(blame, symptom),
  };
}

interface Entry {
  readonly table: 'FDB' | 'neighbour';
  readonly dev: string;
  readonly own: Vtep | undefined;
  readonly end: string | undefined;
}

/** The entry itself, at once. */
function byHand({ node, walk, last }: Blame, { table, dev, own, end = 'ADDRESS_OF_THE_PEER' }: Entry): Remedy {
  const mac = own?.mac ?? /(?:[\da-f]{2}:){5}[\da-f]{2}/.exec(last.says)?.[0] ?? 'MAC_OF_THE_PEER';
  const hop = /via (\S+)/.exec(routeBefore(walk)?.says ?? '')?.[1] ?? 'NEXT_HOP';
  const [add, del, show] =
    table === 'FDB'
      ? [
          `bridge fdb add ${mac} dev ${dev} dst ${end} self permanent`,
          `bridge fdb del ${mac} dev ${dev} dst ${end} self`,
          `bridge fdb show dev ${dev} | grep ${mac}`,
        ]
      : [
          `ip neigh replace ${hop} lladdr ${mac} dev ${dev} nud permanent`,
          `ip neigh del ${hop} dev ${dev}`,
          `ip neigh show ${hop} dev ${dev}`,
        ];
  return {
    command: `${add}    # on ${node}`,
    why: 'At once: the entry that is missing. It stays until somebody writes another.',
    verify: `${show}    # on ${node}; then try the connection again`,
    rollback: `${del}    # on ${node}`,
  };
}

/** An address of the peer on a network of the host, else any that it is known by. */
function endOf({ cluster }: Case, host: Host, peer: string): string | undefined {
  const known = [...(cluster.nodes.get(peer)?.addresses.keys() ?? [])];
  const six = [...host.devices.values()].some((device) => device.vxlan?.local?.includes(':') === true);
  return known.find((address) => address.includes(':') === six) ?? known[0];
}
