import { familyOf } from '../../core/address.js';
import type { FindingDraft, Remedy } from '../../core/finding.js';
import { formatPrefix } from '../../core/prefix.js';
import { isLive } from '../../model/interfaces.js';
import { type Vtep, vteps } from '../../model/vteps.js';
import { restartAgent } from '../agent.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { crosses } from '../flow-end.js';
import { overlayName } from '../shown-cni.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * Two VTEPs have one MAC address.
 *
 * Physics: the FDB maps a MAC to one outer address, so of two peers with one MAC the later entry replaces the earlier and
 * the pods of one node are unreachable. systemd's MACAddressPolicy=persistent makes the MAC of flannel.1 from the machine
 * id: machines cloned with one machine id get one MAC.
 *
 * Innocent: overlays that use one MAC everywhere on purpose (Antrea, OVN: only flannel's and Calico's devices count); the
 * object of a node that registered again under another name; one machine under two names (see `sameMachine`); a lease that was renewed.
 *
 * Proven: the devices of both nodes. An annotation, which may be older than the device, makes it likely, lost packets or not.
 */
export const duplicateVtepMac: Cause = {
  code: 'duplicate-vtep-mac',
  diagnose(given) {
    const holders = new Map<string, Vtep[]>();
    for (const v of vteps(given.cluster)) {
      if (v.mac === undefined || /^(00:){5}00$/.test(v.mac) || !isLive(given.cluster, v.node)) continue;
      // What others remember of a node counts only where the node itself is not shown.
      if (v.told === 'lease') continue;
      holders.set(v.mac, [...(holders.get(v.mac) ?? []), v]);
    }
    return found(
      [...holders].flatMap(([mac, all]) => {
        const [first] = all;
        const list = all.filter(
          (v) => v === first || !(sameMachine(given, first!.node, v.node) || maybeSame(given, first!, v)),
        );
        return new Set(list.map((v) => v.node)).size < 2 ? [] : [draft(given, mac, list)];
      }),
    );
  },
};

/**
 * A host that calls itself by a name which the cluster does not list, and a listed node of which nothing else is shown: as long as no
 * address tells them apart, the MAC address is one more sign that they are the same.
 */
function maybeSame({ cluster, facts }: Case, a: Vtep, b: Vtep): boolean {
  const listed = (v: Vtep): boolean => facts.nodes.some((node) => cluster.named(node.name) === v.node);
  const known = [a, b].find(listed);
  const stranger = [a, b].find((v) => !listed(v));
  return (
    known?.told === 'annotation' &&
    stranger?.told === 'device' &&
    cluster.dumpsOn(known.node).every(({ format }) => !/^(?:ip-|ifconfig|talos)/.test(format ?? '')) &&
    !cluster.showsInterfaces(stranger.node)
  );
}

/**
 * Two names of one machine: every network card that is shown under both has the same address. Machines that were cloned differ in one
 * at least (the card of VirtualBox's NAT is the same in all that come from one box), or could not talk to each other at all.
 */
function sameMachine({ cluster, facts }: Case, a: string, b: string): boolean {
  if (a === b) return false;
  const cards = (node: string): ReadonlyMap<string, string> =>
    new Map(
      facts.links.flatMap((link) =>
        link.mac !== undefined && cluster.nodeOf(link) === node && cluster.device(node, link.ifname) === 'uplink'
          ? [[link.ifname, link.mac] as const]
          : [],
      ),
    );
  const own = cards(a);
  const shared = [...cards(b)].filter(([ifname]) => own.has(ifname));
  return shared.length > 0 && shared.every(([ifname, mac]) => own.get(ifname) === mac);
}

function draft(given: Case, mac: string, list: readonly Vtep[]): CauseDraft {
  const { cluster } = given;
  const nodes = [...new Set(list.map((v) => v.node))];
  const devices = list.filter((v) => v.told === 'device');
  const ifname = devices[0]?.ifname ?? overlayName(cluster);
  const explains = (s: FindingDraft): boolean =>
    (SILENCE.has(s.code) || s.code === 'vxlan-wrong-outer-dst') &&
    allFlows(s, (flow) => nodes.some((node) => crosses(cluster, flow, node)));
  const shown = given.symptoms.filter(explains);
  const both = new Set(devices.map((v) => v.node)).size > 1;
  const [, second] = nodes as [string, string];
  return {
    code: 'duplicate-vtep-mac',
    severity: shown.length > 0 ? 'critical' : 'warning',
    confidence: both ? 'proven' : 'likely',
    title: `${listed(nodes)} have the same VTEP MAC address ${mac}`,
    summary: `The overlay devices of ${listed(nodes)} have the same MAC address ${mac}, so the other nodes send the packets for all of them to one.`,
    explanation:
      'Each node keeps one forwarding entry per MAC address. The entry that was written last decides which of these nodes gets the envelopes; the pods of the others are cut off.',
    subjects: subjects(mac, ...nodes, ifname),
    count: nodes.length,
    evidence: evidence(
      { role: `VTEP of ${list[0]!.node}`, at: list[0]!.at },
      ...nodes.slice(1, 5).flatMap((node) =>
        list
          .filter((v) => v.node === node)
          .slice(0, 2)
          .map((v) => ({ role: `VTEP of ${node}`, at: v.at })),
      ),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [newAddress(given, second, ifname, mac), ownMachineId(second, ifname)],
    wants: nodes
      .filter((node) => !devices.some((v) => v.node === node))
      .map((node) => ({ what: `the overlay’s device of ${node}`, collect: `ip -d link    # on ${node}` })),
    explains,
  };
}

/**
 * A locally administered address made of the node's tunnel address, so that no two nodes can have it. The agent keeps the
 * device as it finds it, and announces its address when it starts.
 */
function newAddress({ cluster }: Case, node: string, ifname: string, mac: string): Remedy {
  const known = cluster.nodes.get(node);
  const tunnel = [
    ...(known?.overlayAddresses.keys() ?? []),
    ...(known?.podRanges.map((range) => formatPrefix(range.prefix).split('/')[0]!) ?? []),
    ...(known?.addresses.keys() ?? []),
  ].find((address) => familyOf(address) === 4);
  const fresh =
    tunnel === undefined
      ? 'NEW_MAC'
      : ['0a', '58', ...tunnel.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':');
  return {
    command: `ip link set dev ${ifname} address ${fresh}    # on ${node}; then ${restartAgent(cluster, node)}`,
    why: `At once: a MAC address of its own${tunnel === undefined ? ' (NEW_MAC: any that begins with 0a: and no other node has)' : `, made of ${tunnel}`}. The agent of ${node} announces it when it starts, and the other nodes take it over.`,
    verify: `bridge fdb show dev ${ifname} | grep -c '${mac}'    # on the other nodes: 1; then try the connection again`,
    rollback: `ip link set dev ${ifname} address ${mac}    # on ${node}`,
  };
}

const ownMachineId = (node: string, ifname: string): Remedy => ({
  command: `rm /etc/machine-id && systemd-machine-id-setup && printf '[Match]\\nOriginalName=${ifname}\\n[Link]\\nMACAddressPolicy=none\\n' > /etc/systemd/network/10-${ifname}.link    # on ${node}, then reboot`,
  why: 'For good: systemd makes the MAC address of such a device from the machine id, and machines that were cloned with one id get one MAC address each time that the device is made.',
  verify: `cat /etc/machine-id    # another one on each node; after the reboot ip link show ${ifname} has another address as well`,
  rollback: `rm /etc/systemd/network/10-${ifname}.link    # on ${node}; the old machine id should not come back`,
});
