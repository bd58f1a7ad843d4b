import { familyOf } from '../core/address.js';
import type { CauseCode } from '../core/code.js';
import { parsePrefix } from '../core/prefix.js';
import type { Missing } from '../model/journey/missing.js';
import { isNative } from '../model/netfilter/ruleset.js';
import type { Case, CauseDraft } from './cause.js';
import { culpritsOf } from './culprits.js';
import { capturedAll, isHeld } from './held.js';
import { capture, type Proving } from './wanted.js';
import { listed } from './witness.js';

/** Whom a cause is about, for the command that would prove or refute it. */
interface Concerned {
  readonly nodes: readonly string[];
  /** The destination of the packets that it takes, else the address or prefix that it names first. */
  readonly dst: string | undefined;
  readonly dev: string | undefined;
  readonly chain: string | undefined;
  /** The table of nft's own language that has the chain, with its family (`inet filter`). */
  readonly table: string | undefined;
}

type Reading = (about: Concerned & { readonly node: string }) => Missing;

const on = (node: string, what: string, command: string): Missing => ({ what, collect: `${command}    # on ${node}` });

/** Read twice while the connection is tried: a counter that stands still refutes the cause. */
const twice = (command: string): string => `for i in 1 2; do ${command}; sleep 10; done`;

const counter: Reading = ({ node, chain = 'FORWARD', table, dst }) =>
  on(
    node,
    `whether the counter of ${chain} grows while the connection is tried`,
    twice(
      table === undefined
        ? `${dst?.includes(':') ? 'ip6tables' : 'iptables'} -nvxL ${chain}`
        : `nft list chain ${table} ${chain}`,
    ),
  );

const lookup: Reading = ({ node, dst = 'ADDRESS' }) =>
  on(node, `which way the kernel of ${node} takes for ${dst}`, `ip route get ${dst.split('/')[0]}`);

/** Of the kernel's counters: what they count is in net/ipv4/route.c (ip_error), net/ipv6/ip6_output.c (ip6_forward), net/ipv4/fib_frontend.c. */
const kernelCounter =
  (names: string): Reading =>
  ({ node }) =>
    on(node, `whether the kernel of ${node} counts it while the connection is tried`, twice(`nstat -az ${names}`));

/** What decides where packets were seen to come, and a further capture would show nothing new. */
const READINGS: Readonly<Partial<Record<CauseCode, Reading>>> = {
  'overlay-port-blocked': (about) => counter({ ...about, chain: about.chain ?? 'INPUT' }),
  'host-firewall-drop': (about) => counter({ ...about, chain: about.chain ?? 'INPUT' }),
  'forward-drop': counter,
  'network-policy-drop': counter,
  'mixed-iptables-backends': ({ node }) =>
    on(
      node,
      `whether the counters of both back ends grow while the connection is tried`,
      twice('iptables-legacy -nvxL FORWARD; iptables-nft -nvxL FORWARD'),
    ),
  'rp-filter-drop': kernelCounter('TcpExtIPReversePathFilter'),
  'ip-forward-disabled': kernelCounter('IpInAddrErrors Ip6InAddrErrors'),
  'missing-pod-route': lookup,
  'blackhole-route': lookup,
  'next-hop-off-link': lookup,
  'asymmetric-route': lookup,
  'overlay-source-address': lookup,
  'vtep-address-unreachable': lookup,
  'stale-vtep': ({ node, dev = 'DEVICE' }) =>
    on(node, `whether ${dev} drops more while the connection is tried`, twice(`ip -s link show ${dev}`)),
  'vxlan-checksum-offload': ({ node, dev = 'UPLINK' }) =>
    on(node, `what ${node} leaves to its card`, `ethtool -k ${dev} | grep checksum`),
};

/** What tells the cause as well as packets do, and is read at once: no capture is asked for. */
const AT_ONCE: Readonly<Partial<Record<CauseCode, Reading>>> = {
  'cni-config-missing': ({ node }) =>
    on(node, `the CNI’s configuration on ${node}`, 'ls -l /etc/cni/net.d; cat /etc/cni/net.d/*'),
  'pod-range-exhausted': () => ({
    what: 'what becomes of new pods',
    collect: 'kubectl get events -A --field-selector reason=FailedCreatePodSandBox',
  }),
  'neighbour-table-full': ({ node }) =>
    on(
      node,
      `what the kernel of ${node} says of its neighbour table`,
      "dmesg | grep -i 'neighbo'; ip -s neigh | wc -l",
    ),
  'cni-agent-failed': ({ node }) => ({
    what: `the pods of ${node}`,
    collect: `kubectl get pods -A -o wide --field-selector spec.nodeName=${node}`,
  }),
};

/**
 * What would raise or refute a cause that is not proven and does not say so itself: a capture on all devices of the node at
 * fault, taken while the connection is tried; where one was taken, what the node's kernel has to say. Undefined where the
 * cause names no node.
 */
export function proofOf(given: Case, cause: CauseDraft): Missing | undefined {
  const about = concerned(given, cause);
  const [node] = about.nodes;
  if (node === undefined) return undefined;
  const atOnce = AT_ONCE[cause.code];
  if (atOnce !== undefined) return atOnce({ ...about, node });
  const dark = about.nodes.filter((name) => !capturedAll(given, name));
  if (dark.length > 0 && about.dst !== undefined) {
    const filter = `${about.dst.includes('/') ? 'net' : 'host'} ${about.dst}`;
    return dark.length === 1
      ? capture(dark[0]!, 'any', filter)
      : {
          what: `captures on ${listed(dark)}, taken at the same time while the connection is tried`,
          collect: `tcpdump -nni any -w $(hostname).pcap '${filter}'    # on ${listed(dark)}`,
        };
  }
  return READINGS[cause.code]?.({ ...about, node });
}

/** What `wanted` asks: nothing where the model could not be built. */
export const provingBy = (given: Case | undefined): Proving =>
  given === undefined
    ? { proof: () => undefined, held: () => false }
    : { proof: (cause) => proofOf(given, cause), held: (ask) => isHeld(given, ask) };

function concerned({ cluster, symptoms, hosts }: Case, cause: CauseDraft): Concerned {
  const isNode = (name: string): boolean => cluster.nodes.has(name);
  const culprits = culpritsOf(cause, isNode);
  const nodes = culprits.length > 0 ? culprits : cause.subjects.filter(isNode);
  const flow = symptoms.find((symptom) => (symptom.flows?.length ?? 0) > 0 && cause.explains(symptom))?.flows?.[0];
  const addresses = cause.subjects.filter((name) => familyOf(name) !== undefined);
  const dst =
    [flow?.dst, ...addresses.filter((address) => cluster.owner(address).role !== 'node'), ...addresses].find(
      (address) => address !== undefined && familyOf(address) !== undefined,
    ) ?? cause.subjects.find((name) => name.includes('/') && parsePrefix(name) !== undefined);
  const native = (hosts.get(nodes[0] ?? '')?.rulesets ?? [])
    .flatMap(({ tables }) => [...tables.values()].filter(isNative))
    .flatMap((table) => [...table.chains.keys()].map((chain) => ({ table: table.name, chain })))
    .find(({ chain }) => cause.subjects.includes(chain));
  return {
    table: native?.table,
    nodes: [...new Set(nodes)],
    dst,
    dev: cause.subjects.find((name) => cluster.nodes.get(nodes[0] ?? '')?.devices.has(name)),
    chain:
      native?.chain ??
      cause.subjects.find((name) => /^(?:[A-Z][A-Z0-9_-]*|cali-[\w-]+|KUBE-[\w-]+)$/.test(name) && !isNode(name)),
  };
}
