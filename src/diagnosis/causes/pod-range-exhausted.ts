import { appendTo } from '../../core/append-to.js';
import type { Cite } from '../../core/finding.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Placed } from '../../model/facts.js';
import { clusterCidrs } from '../../model/pod-networks.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { freeNetwork } from '../free-network.js';
import { evidence, listed, subjects } from '../witness.js';

/**
 * There is no address or subnet left to give.
 *
 * Physics: host-local gives addresses out of the node's subnet, Calico out of blocks of a pool, the controller-manager
 * subnets out of --cluster-cidr. What is used up makes new pods or nodes wait; nothing that runs is disturbed.
 *
 * Innocent: a line of a log that goes on without the complaint while no pod waits (somebody made room since).
 *
 * Proven: the line that says so, and pods that wait or a node without podCIDR; the line alone makes it likely.
 */
export const podRangeExhausted: Cause = {
  code: 'pod-range-exhausted',
  diagnose(given) {
    const complaints = [...fromLogs(given), ...fromEvents(given)];
    const groups = new Map<string, Complaint[]>();
    for (const c of complaints) appendTo(groups, `${c.kind} ${c.node}`, c);
    return found([...groups.values()].map((group) => draft(given, group)));
  },
};

interface Complaint {
  readonly kind: 'addresses' | 'subnets';
  readonly node: string | undefined;
  readonly range: string | undefined;
  readonly at: Placed;
}

const ADDRESSES =
  /no IP addresses available in (?:range set|network): ?([\da-fA-F.:/-]*[\da-fA-F])|Assigned 0 out of \d+ requested IPv[46] addresses|No more IPs available|no more (?:free )?addresses/i;
const SUBNETS = /CIDRNotAvailable|no remaining CIDRs|out of subnets/i;

function fromLogs(given: Case): Complaint[] {
  const { facts, cluster } = given;
  return facts.logs.flatMap((log): Complaint[] => {
    if (log.code === 'range-exhausted' || (log.code === 'no-address-ready' && isLasting(given, log)))
      return [{ kind: 'addresses', node: cluster.nodeOf(log), range: log.value, at: log }];
    if (!/^(subnets-exhausted|cidr-allocation-failed|cidr-not-available)$/.test(log.code)) return [];
    // "failed to allocate cidr" has other reasons as well.
    if (log.code === 'cidr-allocation-failed' && !SUBNETS.test(log.message)) return [];
    const named = log.code === 'cidr-not-available' ? log.value : undefined;
    return [
      { kind: 'subnets', node: named === undefined ? undefined : cluster.named(named), range: undefined, at: log },
    ];
  });
}

/** The VPC's agent attaches interfaces ahead of need: for a moment there is no address, unless the subnet has none either. */
const isLasting = ({ facts, cluster }: Case, { source }: Placed): boolean =>
  facts.logs.some((log) => log.code === 'range-exhausted' && cluster.nodeOf(log) === cluster.nodeOf({ source }));

function fromEvents({ facts, cluster }: Case): Complaint[] {
  return facts.k8sEvents.flatMap((event): Complaint[] => {
    const text = `${event.reason} ${event.message}`;
    const object = event.object.split('/');
    if (SUBNETS.test(text))
      return [
        {
          kind: 'subnets',
          node: /^node$/i.test(object[0]!) ? cluster.named(object[1]!) : undefined,
          range: undefined,
          at: event,
        },
      ];
    const m = ADDRESSES.exec(event.message);
    if (m === null) return [];
    const pod = facts.pods.find((p) => p.name === object[1]);
    const node = pod?.node ?? event.node;
    return [{ kind: 'addresses', node: node === undefined ? undefined : cluster.named(node), range: m[1], at: event }];
  });
}

function draft(given: Case, group: readonly Complaint[]): CauseDraft {
  const { facts, cluster } = given;
  const [first] = group as [Complaint];
  const waiting = facts.pods.filter(
    (p) =>
      /^(Pending|ContainerCreating|Init:0)/.test(p.phase ?? '') &&
      (first.node === undefined || p.node === undefined || cluster.named(p.node) === first.node),
  );
  const without = facts.nodes.filter((n) => n.pod_cidrs?.length === 0);
  const witness = first.kind === 'addresses' ? waiting : without;
  const subnet = facts.nodes.find((n) => cluster.named(n.name) === first.node)?.pod_cidrs?.[0];
  const spanned = group.map((c) => c.range).find((range) => range !== undefined);
  const range =
    first.kind === 'subnets'
      ? clusterCidrs(cluster)[0]?.text
      : (subnet ?? (spanned === undefined ? undefined : (canonicalPrefix(spanned) ?? spanned)));
  const on = first.node === undefined ? '' : ` on ${first.node}`;
  return {
    code: 'pod-range-exhausted',
    severity: witness.length > 0 || first.kind === 'subnets' ? 'critical' : 'warning',
    confidence: witness.length > 0 ? 'proven' : 'likely',
    title:
      first.kind === 'subnets'
        ? `No pod subnet is left${range === undefined ? '' : ` in ${range}`}`
        : `No pod address is left${on}`,
    summary:
      first.kind === 'subnets'
        ? `No subnet is left${range === undefined ? '' : ` in the cluster network ${range}`} to give ${first.node ?? 'to new nodes'}, so its pods get no network.`
        : `No address is left${range === undefined ? '' : ` in ${range}`}${on}, so new pods wait${waiting.length === 0 ? '' : ` (${listed(waiting.map((p) => p.name))})`}.`,
    explanation:
      first.kind === 'subnets'
        ? 'The controller-manager divides its network into equal subnets, one for each node. All are given out, some perhaps to nodes that are gone.'
        : 'Addresses are given out of the subnet of the node, or a block of the pool. They also leak when containers die without a clean-up, so that a range can be full with few pods.',
    subjects: subjects(
      range,
      first.node,
      ...waiting.slice(0, 4).map((p) => p.name),
      ...without.slice(0, 4).map((n) => n.name),
    ),
    count: group.length,
    evidence: evidence(
      { role: 'what says so', at: first.at },
      ...group.slice(1, 5).map((c): Cite => ({ role: 'and again', at: c.at })),
      ...witness.slice(0, 4).map(
        (row): Cite => ({
          role: first.kind === 'addresses' ? 'a pod that waits' : 'a node without podCIDR',
          at: row,
        }),
      ),
    ),
    remedy: [
      first.kind === 'subnets'
        ? {
            command:
              'kubectl get nodes    # delete what is gone: kubectl delete node NAME; then a larger --cluster-cidr for the controller-manager',
            why: `Subnets of deleted nodes come back${range === undefined ? '' : ` into ${range}`}. More room takes a larger --cluster-cidr (or a longer --node-cidr-mask-size for new nodes), in step with the CNI's network.`,
            verify: "kubectl get nodes -o custom-columns='NAME:.metadata.name,CIDR:.spec.podCIDR'",
            rollback: '# put the old --cluster-cidr back; podCIDRs that were given stay',
          }
        : facts.logs.some((log) => log.code === 'range-exhausted' && log.component === 'aws-node')
          ? {
              command:
                "aws ec2 describe-subnets --query 'Subnets[].[SubnetId,CidrBlock,AvailableIpAddressCount]' --output table",
              why: 'The pods have addresses of the VPC, and the subnet has none left. More room takes a subnet of a secondary CIDR for pods (ENIConfig), or fewer addresses that nodes keep in store (WARM_IP_TARGET, MINIMUM_IP_TARGET of aws-node).',
              verify: `kubectl get pods -A -o wide --field-selector spec.nodeName=${first.node ?? 'NODE'} | grep -c ContainerCreating`,
              rollback: 'none needed: it only looks',
            }
          : facts.pools.length > 0
            ? {
                command: `calicoctl ipam check && printf 'apiVersion: projectcalico.org/v3\\nkind: IPPool\\nmetadata:\\n  name: more-pods\\nspec:\\n  cidr: ${freeNetwork(cluster)}\\n  natOutgoing: true\\n' | calicoctl apply -f -`,
                why: 'The check shows addresses that leaked; a second pool gives room at once.',
                verify: 'calicoctl ipam show; kubectl get pods -A -o wide | grep -c ContainerCreating',
                rollback: 'calicoctl delete ippool more-pods',
              }
            : {
                command: `ls /var/lib/cni/networks/*/ | wc -l; crictl pods -q | wc -l    # on ${first.node ?? 'the node'}`,
                why: 'Many more files than pods are leaked addresses: remove those that no running pod has (crictl pods, ip netns), and the plugin gives them again. As many files as pods: the node needs a larger subnet, or fewer pods.',
                verify: `kubectl get pods -A -o wide --field-selector spec.nodeName=${first.node ?? 'NODE'} | grep -c ContainerCreating`,
                rollback: '# keep a copy of /var/lib/cni/networks before',
              },
    ],
    // Pods without a network send nothing: what waits shows in lists and events, not in packets.
    explains: () => false,
  };
}
