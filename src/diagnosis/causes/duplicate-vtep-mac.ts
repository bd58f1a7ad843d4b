import type { FindingDraft } from '../../core/finding.js';
import { isLive } from '../../model/interfaces.js';
import { type Vtep, vteps } from '../../model/vteps.js';
import { restartAgent } from '../agent.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { crosses } from '../flow-end.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * Two VTEPs have one MAC address.
 *
 * Physics: the FDB maps a MAC to one outer address, so of two peers with one MAC the later entry replaces the earlier and
 * the pods of one node are unreachable. systemd's MACAddressPolicy=persistent makes the MAC of flannel.1 from the machine
 * id: machines cloned with one machine id get one MAC.
 *
 * Innocent: overlays that use one MAC everywhere on purpose (Antrea, OVN: only flannel's and Calico's devices count); the
 * object of a node that registered again under another name; one node under two names; a lease that was renewed.
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
      [...holders].flatMap(([mac, list]) =>
        new Set(list.map((v) => v.node)).size < 2 ? [] : [draft(given, mac, list)],
      ),
    );
  },
};

function draft(given: Case, mac: string, list: readonly Vtep[]): CauseDraft {
  const { cluster } = given;
  const nodes = [...new Set(list.map((v) => v.node))];
  const devices = list.filter((v) => v.told === 'device');
  const ifname = devices[0]?.ifname ?? 'flannel.1';
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
    remedy: [
      {
        command: `rm /etc/machine-id && systemd-machine-id-setup && printf '[Match]\\nOriginalName=flannel*\\n[Link]\\nMACAddressPolicy=none\\n' > /etc/systemd/network/10-flannel.link && ip link delete ${ifname}    # on ${second}; then ${restartAgent(cluster, second)}`,
        why: `${second} then makes ${ifname} with a MAC address of its own. Machines cloned with one machine id get one MAC from systemd.`,
        verify: `bridge fdb show dev ${ifname} | grep -c '${mac}'    # on the other nodes: 1`,
        rollback: `rm /etc/systemd/network/10-flannel.link    # on ${second}`,
      },
    ],
    wants: nodes
      .filter((node) => !devices.some((v) => v.node === node))
      .map((node) => ({ what: `the overlay’s device of ${node}`, collect: `ip -d link    # on ${node}` })),
    explains,
  };
}
