import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import type { Placed } from '../../model/facts.js';
import type { Device, Host } from '../../model/host/host.js';
import { type FlannelConfig, sharedFlannelConfig } from '../../model/intent/flannel-config.js';
import { vxlanPort } from '../../model/intent/flannel-vxlan.js';
import type { Known } from '../../model/intent/intent.js';
import { isLive } from '../../model/interfaces.js';
import { type SightedVtep, sightedVteps, type Vtep as ToldVtep, vteps } from '../../model/vteps.js';
import { restartAgent } from '../agent.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { crosses, flowEnd } from '../flow-end.js';
import { overlayName, shownCnis } from '../shown-cni.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * VXLAN port, VNI or backend type differ between nodes.
 *
 * Physics: a VXLAN device takes packets of its own UDP port and VNI only (drivers/net/vxlan: vxlan_rcv); another port
 * meets a closed socket, another VNI is dropped in silence. flannel ignores leases of another backend. A changed
 * configuration takes effect when an agent restarts, so nodes that were not restarted differ.
 *
 * Innocent: port 0 in flannel's log, which means 8472; two overlays side by side (devices are compared with the same
 * CNI's); a device of the old VNI that stayed beside the new one; a node that is gone and whose object stayed. Which nodes
 * are at fault, flannel's configuration says where it is shown; else the smaller part is.
 *
 * Proven: the parameters of two nodes and packets between them that get lost; the parameters alone make it likely.
 */
export const overlayParameterMismatch: Cause = {
  code: 'overlay-parameter-mismatch',
  async diagnose(given) {
    const told = [...vteps(given.cluster), ...(await sightedVteps(given.scene))];
    const all = told.filter((v) => isLive(given.cluster, v.node));
    return found(
      PARAMETERS.flatMap(({ name, of, configured }) => {
        const drafts = new Map<string, CauseDraft>();
        for (const family of ['flannel', 'calico']) {
          // Which CNI an envelope is of, only its port and VNI tell: it counts for the one CNI whose devices are there.
          const devices = new Set(all.flatMap((v) => (v.ifname === undefined ? [] : [familyOf(v)])));
          const kin = all.filter(
            (v) => familyOf(v) === family || (v.told === 'packets' && devices.size < 2 && devices.has(family)),
          );
          const intended = family === 'flannel' ? configured(sharedFlannelConfig(given.cluster)) : undefined;
          const odd = split(kin, of, intended);
          if (odd !== undefined) drafts.set(family, draft(given, name, odd));
        }
        return [...drafts.values()];
      }),
    );
  },
};

const familyOf = (v: Vtep): string =>
  v.told === 'packets' ? 'any' : v.ifname?.includes('calico') === true ? 'calico' : 'flannel';

type Vtep = ToldVtep | SightedVtep;

interface Parameter {
  readonly name: string;
  readonly of: (v: Vtep) => string | undefined;
  /** What flannel's configuration says now. */
  readonly configured: (config: FlannelConfig) => Known<string | number> | undefined;
}

const PARAMETERS: readonly Parameter[] = [
  { name: 'backend type', of: (v) => v.backend, configured: ({ type }) => type },
  { name: 'VXLAN port', of: (v) => v.port?.toString(), configured: (c) => (isVxlan(c) ? vxlanPort(c) : undefined) },
  { name: 'VNI', of: (v) => v.vni?.toString(), configured: (c) => (isVxlan(c) ? c.vni : undefined) },
];

const isVxlan = ({ type }: FlannelConfig): boolean => type?.value === 'vxlan';

interface Value {
  readonly node: string;
  readonly value: string;
  readonly told: Vtep['told'];
  readonly at: Vtep['at'];
}

/** The value that nodes should have, or that most of them have, and the nodes that have none of it. */
interface Split {
  readonly usual: Value;
  readonly usualNodes: readonly string[];
  readonly odd: readonly Value[];
  /** What else tells the value of the first odd node, and of a usual one. */
  readonly also: readonly Value[];
  /** The configuration's lines, when the usual value is theirs. */
  readonly intended: readonly Placed[];
}

/** What a node's device says beats its annotation, and both beat an older log or a lease that others remember. */
const SURENESS = ['device', 'packets', 'annotation', 'log', 'lease'] as const;

function split(
  all: readonly Vtep[],
  of: (v: Vtep) => string | undefined,
  configured: Known<string | number> | undefined,
): Split | undefined {
  const byNode = new Map<string, Value[]>();
  for (const told of SURENESS)
    for (const v of all) {
      const value = of(v);
      if (value === undefined || v.told !== told) continue;
      const known = byNode.get(v.node) ?? [];
      if (known.length === 0 || known[0]!.told === told)
        byNode.set(v.node, [...known, { node: v.node, value, told, at: v.at }]);
    }
  if (byNode.size < 2) return undefined;
  const counts = new Map<string, number>();
  for (const values of byNode.values())
    for (const value of new Set(values.map((v) => v.value))) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]![0];
  const right = configured?.value.toString();
  // A value that no node has may be newer than all agents: then the nodes are compared with each other.
  const usual = right !== undefined && counts.has(right) ? right : most;
  const odd = [...byNode.values()]
    .filter((values) => !values.some((v) => v.value === usual))
    .map((values) => values[0]!);
  if (odd.length === 0) return undefined;
  const with_ = [...byNode.values()].flatMap((values) => values.find((v) => v.value === usual) ?? []);
  const named = [odd[0]!, with_[0]!];
  const also = all.flatMap((v): Value[] => {
    const same = named.some((known) => known.node === v.node && known.value === of(v) && known.told !== v.told);
    return same ? [{ node: v.node, value: of(v)!, told: v.told, at: v.at }] : [];
  });
  const intended = usual === right ? configured!.at : [];
  return { usual: with_[0]!, usualNodes: with_.map((v) => v.node), odd, also, intended };
}

const cite = (name: string, { node, told, at }: Value): Cite => {
  const role = told === 'packets' ? `an envelope of ${node}: its ${name}` : `${name} of ${node}`;
  return 'tap' in at ? { role, at } : { role, at };
};

function draft(given: Case, name: string, { usual, usualNodes, odd, also, intended }: Split): CauseDraft {
  const { cluster } = given;
  const nodes = odd.map((v) => v.node);
  const ports = new Set(name === 'VXLAN port' ? [usual, ...odd].map((v) => Number(v.value)) : []);
  const explains = (s: FindingDraft): boolean =>
    SILENCE.has(s.code) &&
    allFlows(s, (flow) =>
      nodes.some((node) => {
        // A closed port answers the envelopes themselves.
        const envelope = s.code === 'icmp-error' && ports.has(flow.dport ?? 0);
        if (!envelope && !crosses(cluster, flow, node)) return false;
        const [a, b] = [flowEnd(cluster, flow.src), flowEnd(cluster, flow.dst)];
        const ends = [...a.nodes, ...b.nodes];
        return ends.includes(node) && ends.some((other) => usualNodes.includes(other));
      }),
    );
  const shown = given.symptoms.filter(explains);
  const [first] = odd as [Value];
  return {
    code: 'overlay-parameter-mismatch',
    severity: shown.length > 0 ? 'critical' : 'warning',
    // An envelope alone tells what was sent, not what the node's device takes.
    confidence: shown.length > 0 && [usual, first].every((v) => v.told !== 'packets') ? 'proven' : 'likely',
    title: `The overlay's ${name} is ${first.value} on ${nodes.join(', ')} and ${usual.value} on ${usualNodes.slice(0, 3).join(', ')}`,
    summary: `The overlay's ${name} differs: ${first.value} on ${nodes.join(', ')}, but ${usual.value} on ${usualNodes.slice(0, 3).join(', ')}, so these nodes do not take each other's envelopes.`,
    explanation:
      'An overlay device takes packets of its own port and VNI only, and flannel ignores nodes of another backend. The configuration was changed and not every agent restarted, or the node was set up differently (Windows nodes need VNI 4096 and port 4789 on all).',
    subjects: subjects(...nodes, first.value, ...usualNodes.slice(0, 4), usual.value),
    culprits: nodes,
    count: odd.length,
    evidence: evidence(
      cite(name, first),
      ...odd.slice(1, 4).map((v) => cite(name, v)),
      cite(name, usual),
      ...also.slice(0, 4).map((v) => cite(name, v)),
      ...intended.slice(0, 2).map((at): Cite => ({ role: `the configuration says ${usual.value}`, at })),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy:
      shownCnis(cluster).size === 0 && name !== 'backend type'
        ? [remade(given, first, usual, name)]
        : [
            {
              command: nodes
                .slice(0, 3)
                .map((node) => restartAgent(cluster, node))
                .join(' && '),
              why:
                intended.length > 0
                  ? `The agent on ${nodes.join(', ')} then reads the present configuration, which says ${usual.value}, and makes a device anew that differs from it.`
                  : `The agent on ${nodes.join(', ')} then reads the present configuration, and makes a device anew that differs from it. If the configuration says ${first.value}, restart the agents of the other nodes instead.`,
              verify: `ip -d link show type vxlan    # on ${first.node} and on ${usual.node}: id and dstport agree; delete an old device that stayed`,
              rollback: '# restart the agent again after putting the old configuration back',
            },
            ...(name === 'backend type' ? [] : [deviceAnew(given, first, usual, name)]),
          ],
    wants: [usual, first]
      .filter((v) => v.told !== 'device')
      .map(({ node }) => ({ what: `the overlay’s device of ${node}`, collect: `ip -d link    # on ${node}` })),
    explains,
  };
}

/** The VXLAN device of a host that has this value. */
const deviceWith = (host: Host | undefined, name: string, value: string): Device | undefined =>
  [...(host?.devices.values() ?? [])].find(
    ({ vxlan }) => vxlan !== undefined && `${name === 'VNI' ? vxlan.vni : vxlan.port}` === value,
  );

/** Where nobody's agent makes the device: by hand, and by whoever made it. Its addresses and routes go with it. */
function remade({ hosts }: Case, odd: Value, usual: Value, name: string): Remedy {
  const host = hosts.get(odd.node);
  const device = deviceWith(host, name, odd.value);
  const dev = device?.name ?? 'TUNNEL_DEVICE';
  const own = device?.vxlan;
  const peer = deviceWith(hosts.get(usual.node), name, usual.value)?.vxlan;
  const address = [...(host?.addresses[4].value ?? []), ...(host?.addresses[6].value ?? [])].find(
    (a) => a.ifname === dev && !/^fe80:/i.test(a.address),
  );
  const made = (vni: number | undefined, port: number | undefined): string =>
    `ip link del ${dev} && ip link add ${dev}${device?.mac === undefined ? '' : ` address ${device.mac}`} type vxlan id ${vni ?? 'VNI'} dstport ${port ?? 'PORT'}${own?.local === undefined ? '' : ` local ${own.local}`}${own?.dev === undefined ? '' : ` dev ${own.dev}`}${own?.learning === false ? ' nolearning' : ''} && ${address === undefined ? '' : `ip addr add ${address.address}/${address.prefix.length} dev ${dev} && `}ip link set ${dev}${device?.mtu === undefined ? '' : ` mtu ${device.mtu}`} up`;
  return {
    command: `ip route save dev ${dev} > ${dev}.routes; ${made(peer?.vni ?? own?.vni, peer?.port ?? own?.port)} && ip route restore < ${dev}.routes    # on ${odd.node}, then its FDB and neighbour entries (bridge fdb show dev ${dev}, ip neigh show dev ${dev} before it)`,
    why: `Port and VNI of a device cannot be changed: it has to be made anew with the ${name} of ${usual.node} (${usual.value}). The bundle shows no CNI: whoever makes ${dev} (a script, systemd-networkd) needs the same value, or it is back after a restart. Pods of ${odd.node} are cut off meanwhile.`,
    verify: `ip -d link show ${dev}    # on ${odd.node}: ${name} ${usual.value}; then try the connection again`,
    rollback: `${made(own?.vni, own?.port)} && ip route restore < ${dev}.routes    # on ${odd.node}`,
  };
}

/** Port and VNI of a device cannot be changed (drivers/net/vxlan `vxlan_nl2conf`): it has to be made anew. */
function deviceAnew({ hosts, cluster }: Case, odd: Value, usual: Value, name: string): Remedy {
  const device = [...(hosts.get(usual.node)?.devices.values() ?? [])].find((d) => d.vxlan !== undefined);
  const dev = device?.name ?? vteps(cluster).find((v) => v.ifname !== undefined)?.ifname ?? overlayName(cluster);
  return {
    command: `ip link delete ${dev}    # on ${odd.node}; then ${restartAgent(cluster, odd.node)}`,
    why: `Where the agent keeps the device that it finds: without it, it makes ${dev} with the ${name} of its configuration, as ${usual.node} has it (${usual.value}). Pods of ${odd.node} are cut off for some seconds.`,
    verify: `ip -d link show ${dev}    # on ${odd.node}: ${name} ${usual.value}; then try the connection again`,
    rollback: `ip link delete ${dev}    # on ${odd.node}; the agent makes it from the configuration that it finds then`,
  };
}
