import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import { formatPrefix, overlaps, type Prefix, parsePrefix } from '../../core/prefix.js';
import type { Placed } from '../../model/facts.js';
import { type InterfaceAddress, interfacesOf } from '../../model/interfaces.js';
import { cniNetworks, type PodSubnet, podSubnets, within } from '../../model/pod-networks.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { flowEnd } from '../flow-end.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * The pods' bridge has an address of another subnet than the node's lease.
 *
 * Physics: the bridge plugin gives cni0 the first address of the node's subnet and keeps what it finds. When the node is
 * given another subnet, it refuses ("already has an IP address different from"), or new pods hang behind a bridge that
 * routes the old subnet.
 *
 * Innocent: docker0 with Docker's own network on nodes whose pods do not hang there; a cni0 that another runtime or a
 * former CNI left on a node that Calico or Cilium serves now (nothing leases it a subnet); IPv4 and IPv6 beside each other.
 *
 * Proven: the plugin's own refusal, or packets. The address against the lease alone makes it likely.
 */
export const staleBridgeAddress: Cause = {
  code: 'stale-bridge-address',
  diagnose(given) {
    const { cluster } = given;
    const refusals = refusalsOf(given);
    const drafts = new Map<string, CauseDraft>();
    for (const node of cluster.nodes.keys()) {
      const subnets = leased(given, node);
      for (const bridge of interfacesOf(cluster, node).list) {
        if (!holdsPods(given, node, bridge)) continue;
        const kin = subnets.filter((s) => s.prefix.family === bridge.prefix.family);
        if (kin.length === 0) continue;
        const same = interfacesOf(cluster, node).list.some(
          (i) => i.ifname === bridge.ifname && kin.some((s) => overlaps(s.prefix, i.prefix)),
        );
        if (!same)
          drafts.set(
            node,
            draft(
              given,
              node,
              bridge,
              kin,
              refusals.filter((r) => r.node === node),
            ),
          );
      }
    }
    for (const refusal of refusals) {
      const key = refusal.node ?? '';
      if (!drafts.has(key))
        drafts.set(
          key,
          draft(
            given,
            refusal.node,
            undefined,
            [],
            refusals.filter((r) => r.node === refusal.node),
          ),
        );
    }
    return found([...drafts.values()]);
  },
};

interface Refusal {
  readonly node: string | undefined;
  readonly ifname: string | undefined;
  /** What the plugin wanted. */
  readonly wanted: string | undefined;
  readonly at: Placed;
}

const DIFFERS = /"?([\w.-]+)"? already has an IP address different from ([\da-fA-F.:]+\/\d+)/;

function refusalsOf({ facts, cluster }: Case): Refusal[] {
  const logs = facts.logs
    .filter((log) => log.code === 'bridge-address-differs')
    .map((at) => ({ node: cluster.nodeOf(at), ifname: at.ifname, wanted: at.value, at }));
  const events = facts.k8sEvents.flatMap((at) => {
    const m = DIFFERS.exec(at.message);
    const node = at.node ?? facts.pods.find((p) => p.name === at.object.split('/')[1])?.node;
    return m === null
      ? []
      : [{ node: node === undefined ? undefined : cluster.named(node), ifname: m[1], wanted: m[2], at }];
  });
  return [...logs, ...events];
}

/** The subnet that flannel gave this node: its lease, or the podCIDR where flannel's annotations show that it is used. */
function leased({ cluster, facts }: Case, node: string): PodSubnet[] {
  const own = podSubnets(cluster).filter((s) => s.node === node);
  const leases = own.filter((s) => s.what === 'lease');
  const flannel = facts.nodeAnnotations.some(
    (a) => cluster.named(a.node) === node && /flannel[^/]*\/backend-type$/.test(a.key),
  );
  return leases.length > 0 ? leases : flannel ? own.filter((s) => s.what === 'podCIDR') : [];
}

/** cni0 and cbr0 are the bridge plugin's. docker0 holds pods only where it lies in the CNI's network. */
function holdsPods({ cluster }: Case, node: string, i: InterfaceAddress): boolean {
  if (/^(cni0|cbr0)$/.test(i.ifname)) return !i.address.startsWith('fe80');
  if (i.ifname !== 'docker0' || interfacesOf(cluster, node).list.some((o) => /^(cni0|cbr0)$/.test(o.ifname)))
    return false;
  return cniNetworks(cluster).some((n) => n.kind === 'flannel' && n.prefix.length > 0 && overlaps(n.prefix, i.prefix));
}

function draft(
  given: Case,
  node: string | undefined,
  bridge: InterfaceAddress | undefined,
  subnets: readonly PodSubnet[],
  refusals: readonly Refusal[],
): CauseDraft {
  const { cluster } = given;
  const ifname = bridge?.ifname ?? refusals[0]?.ifname ?? 'cni0';
  const wanted = subnets[0]?.text ?? refusals[0]?.wanted ?? 'another subnet';
  const prefixes = [bridge?.prefix, ...subnets.map((s) => s.prefix), parsePrefix(refusals[0]?.wanted ?? '')].filter(
    (p) => p !== undefined,
  );
  const explains = (s: FindingDraft): boolean =>
    SILENCE.has(s.code) &&
    allFlows(s, ({ src, dst }) =>
      [src, dst].some((end) => flowEnd(cluster, end).addresses.some((a) => within(prefixes, a))),
    );
  const shown = given.symptoms.filter(explains);
  const has = bridge === undefined ? 'an address of another subnet' : `${bridge.address}/${bridge.prefix.length}`;
  const where = node === undefined ? '' : ` of ${node}`;
  const cites: Cite[] = [
    ...refusals.slice(0, 4).map((r): Cite => ({ role: 'the plugin refuses', at: r.at })),
    ...(bridge === undefined ? [] : [{ role: `${ifname}${where}`, at: bridge.at }]),
    ...subnets.slice(0, 2).map((s): Cite => ({ role: `the ${s.what} of ${s.node}`, at: s.at })),
    ...shownBy(shown.slice(0, 4), 2),
  ];
  return {
    code: 'stale-bridge-address',
    severity: refusals.length > 0 || shown.length > 0 ? 'critical' : 'warning',
    confidence: refusals.length > 0 || shown.length > 0 ? 'proven' : 'likely',
    title: `${ifname}${where} has ${has}, but the node's subnet is ${wanted}`,
    summary: `The bridge ${ifname}${where} kept ${has} while the node's pod subnet is ${wanted}, so new pods get no network or one that nobody routes to.`,
    explanation:
      'The bridge plugin takes an existing bridge as it is. The old address belongs to a subnet that the node no longer has: the plugin refuses, or pods of the new subnet hang behind a gateway of the old one.',
    subjects: subjects(
      ifname,
      bridge?.address,
      bridge === undefined ? undefined : formatPrefix(bridge.prefix),
      wanted,
      node,
    ),
    count: Math.max(1, refusals.length),
    evidence: evidence(...(cites as [Cite, ...Cite[]])),
    remedy: [
      otherAddress(node, ifname, bridge, subnets[0]?.prefix ?? parsePrefix(refusals[0]?.wanted ?? '')),
      {
        command: `ip link delete ${ifname} && systemctl restart kubelet    # on ${node ?? 'the node'}, after kubectl drain ${node ?? 'NODE'} --ignore-daemonsets --delete-emptydir-data`,
        why: `Where pods of the old subnet still hang on it: the plugin makes ${ifname} anew with the first address of ${wanted}. Pods of this node lose their network until they are made anew, so drain it first.`,
        verify: `ip -4 addr show ${ifname}; kubectl uncordon ${node ?? 'NODE'}    # an address of ${wanted}`,
        rollback:
          bridge === undefined
            ? 'none: the bridge is made when the next pod starts'
            : `ip link add ${ifname} type bridge && ip addr add ${has} brd + dev ${ifname} && ip link set ${ifname} up`,
      },
    ],
    wants:
      refusals.length > 0 || node === undefined
        ? []
        : [
            {
              what: `what the kubelet of ${node} says`,
              collect: `journalctl -u kubelet --no-pager | grep -i cni | tail -50    # on ${node}`,
            },
          ],
    explains,
  };
}

/** The bridge plugin accepts a bridge that has the gateway's address, the first one of the subnet, and no other of the family. */
function otherAddress(
  node: string | undefined,
  ifname: string,
  bridge: InterfaceAddress | undefined,
  wanted: Prefix | undefined,
): Remedy {
  const gateway =
    wanted === undefined
      ? 'GATEWAY_OF_THE_SUBNET'
      : formatPrefix({ ...wanted, first: wanted.first + 1n, length: wanted.family === 4 ? 32 : 128 }).split('/')[0]!;
  const right = wanted === undefined ? gateway : `${gateway}/${wanted.length}`;
  const old = bridge === undefined ? 'OLD_ADDRESS' : `${bridge.address}/${bridge.prefix.length}`;
  const brd = right.includes(':') ? '' : ' brd +';
  return {
    command: `ip addr add ${right}${brd} dev ${ifname} && ip addr del ${old} dev ${ifname}    # on ${node ?? 'the node'}`,
    why: `Pods that have addresses of the present subnet get their gateway back at once, and the plugin accepts ${ifname} for new ones.${bridge === undefined ? ` OLD_ADDRESS is what ip -4 addr show ${ifname} shows.` : ''}`,
    verify: `ip -4 addr show ${ifname}    # on ${node ?? 'the node'}: ${right} alone; then try the connection again`,
    rollback: `ip addr add ${old}${brd} dev ${ifname} && ip addr del ${right} dev ${ifname}    # on ${node ?? 'the node'}`,
  };
}
