import { appendTo } from '../../core/append-to.js';
import type { pod } from '../../core/event/kubernetes.js';
import type { log } from '../../core/event/log.js';
import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import type { Fact } from '../../model/facts.js';
import { isAgent, isAtWork } from '../agent.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found, quiet, ruledOut } from '../cause.js';
import { crosses } from '../flow-end.js';
import { showsAllPods } from '../held.js';
import { routesFor } from '../route-by-hand.js';
import { agentLog } from '../wanted.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * The CNI agent does not run, or cannot program the node.
 *
 * Physics: routes, FDB and rules stay as the agent left them. What was there goes on; nodes that joined, pods that moved and
 * policies that changed are missing.
 *
 * Innocent: restarts of long ago in a pod that runs; errors in a log that goes on to a working state; a calico-node that is
 * not ready only because a BGP session is down (that is the cause then); pods of operators, Typha and controllers; finished
 * pods and those of nodes that are gone.
 *
 * Proven: the pod's state and the log that says why. One of the two makes it likely. Ruled out: the agents run and are ready.
 */
export const cniAgentFailed: Cause = {
  code: 'cni-agent-failed',
  diagnose(given) {
    const { facts, cluster } = given;
    const agents = facts.pods.filter((p) => isAgent(p.name) && p.node !== undefined);
    const broken = new Map<string, Fact<typeof pod>>();
    for (const p of agents) {
      const node = cluster.named(p.node!);
      const later = agents.some((q) => q.source === p.source && cluster.named(q.node!) === node && isAtWork(q));
      if (!isAtWork(p) && !later && !waitsForBgp(given, p, node)) broken.set(node, p);
    }
    const failures = new Map<string, Fact<typeof log>[]>();
    for (const line of lastFailures(given, new Set(broken.keys()))) {
      const node = cluster.nodeOf(line);
      if (node !== undefined) appendTo(failures, node, line);
    }
    const nodes = new Set([...broken.keys(), ...failures.keys()]);
    if (nodes.size > 0) return found([...nodes].map((n) => draft(given, n, broken.get(n), failures.get(n) ?? [])));
    const silent = given.symptoms.filter((s) => s.severity === 'critical' && SILENCE.has(s.code));
    const concerned = silent.some((s) =>
      allFlows(s, (flow) => [...cluster.nodes.keys()].some((n) => crosses(cluster, flow, n))),
    );
    if (!concerned) return quiet;
    const [agent] = agents;
    // A list of all pods without one that is known: an agent that runs on the host, or that has another name.
    if (agent === undefined && showsAllPods(given)) return quiet;
    if (agent === undefined) return cannotTell('kubectl get pods -A -o wide', 'the state of the CNI\u2019s pods');
    return ruledOut(`the CNI's pods run and are ready, such as ${agent.name}`, { role: 'a pod of the CNI', at: agent });
  },
};

/** calico-node reports not ready while a session is down: then the session is the cause. */
const waitsForBgp = ({ facts, cluster }: Case, p: Fact<typeof pod>, node: string): boolean =>
  p.phase === 'Running' &&
  /^(calico-node|canal)-/.test(p.name) &&
  (facts.logs.some((l) => l.code === 'bgp-not-established' && cluster.nodeOf(l) === node) ||
    facts.bgpPeers.some((b) => b.state !== 'up' && cluster.nodeOf(b) === node) ||
    facts.k8sEvents.some((e) => e.object.endsWith(`/${p.name}`) && /BGP not established/.test(e.message)));

const FAILURE =
  /^(api-unreachable|api-unauthorized|datastore-failed|lease-failed|lease-revoked|etcd-unreachable|device-failed|tunnel-device-failed|vxlan-device-clash|iptables-failed|route-failed|route-sync-failed|fdb-failed|neighbour-failed|fdb-sync-failed|forwarding-failed|rp-filter-refused|interface-not-found|no-default-route|no-interface-address|unknown-backend|address-not-found|bridge-netfilter-missing|subnet-file-failed|no-backend-module)$/;
const AT_WORK =
  /^(running|subnet-file-written|own-subnet|subnet-event|datastore-ready|typha-connected|interface-chosen|bgp-state|route-recovered)$/;
/** A line that it gives up is more than one that it tries again. */
const MANY = 3;

/**
 * Errors that are the last word of an agent's log: nothing after them shows it at work, and it said so several times or gave
 * up. Of an agent whose pod does not run (`broken`, by node), the last error is enough: each start writes a log of its own.
 */
function lastFailures({ facts, cluster }: Case, broken: ReadonlySet<string>): Fact<typeof log>[] {
  const bySource = new Map<number, Fact<typeof log>[]>();
  for (const line of facts.logs)
    if (/^(flannel|felix|calico-startup|calico-node|confd)$/.test(line.component))
      appendTo(bySource, line.source, line);
  return [...bySource.values()].flatMap((lines) => {
    const worked = lines.findLastIndex((l) => AT_WORK.test(l.code));
    const failed = lines.slice(worked + 1).filter((l) => FAILURE.test(l.code));
    const fatal = failed.some((l) => l.level === 'fatal') || failed.some((l) => l.code === 'lease-failed');
    const ended = lines[0] !== undefined && broken.has(cluster.nodeOf(lines[0]) ?? '');
    return fatal || failed.length >= (ended ? 1 : MANY) ? failed.slice(-5) : [];
  });
}

function draft(
  given: Case,
  node: string,
  agent: Fact<typeof pod> | undefined,
  failures: readonly Fact<typeof log>[],
): CauseDraft {
  const { cluster, facts } = given;
  const explains = (s: FindingDraft): boolean =>
    SILENCE.has(s.code) && allFlows(s, (flow) => crosses(cluster, flow, node));
  const shown = given.symptoms.filter(explains);
  const why = failures.at(-1);
  const state = agent === undefined ? undefined : `${agent.phase ?? 'not ready'}, ${agent.ready ?? '?'} ready`;
  const notReady = facts.nodes.find((n) => cluster.named(n.name) === node && /^NotReady/.test(n.status ?? ''));
  const own = facts.pods.find((p) => isAgent(p.name) && p.node !== undefined && cluster.named(p.node) === node);
  const name = agent?.name ?? own?.name;
  const namespace = agent?.namespace ?? own?.namespace ?? 'NAMESPACE';
  const cites: Cite[] = [
    ...(agent === undefined ? [] : [{ role: 'the pod of the agent', at: agent }]),
    ...failures.slice(-4).map((at): Cite => ({ role: 'why', at })),
    ...(notReady === undefined ? [] : [{ role: 'its node', at: notReady }]),
    ...shownBy(shown.slice(0, 3), 1),
  ];
  return {
    code: 'cni-agent-failed',
    severity: shown.length > 0 || notReady !== undefined ? 'critical' : 'warning',
    confidence: agent !== undefined && why !== undefined ? 'proven' : 'likely',
    title: `The CNI agent on ${node} ${agent === undefined ? 'reports failures and nothing after them' : `is not working (${state})`}`,
    summary: `The CNI agent on ${node}${name === undefined ? '' : ` (${name})`} ${state === undefined ? 'cannot program the node' : `is ${state}`}${why === undefined ? '' : `: ${why.message.slice(0, 140)}`}.`,
    explanation:
      'Routes, forwarding entries and rules of this node stay as the agent left them. Pods and nodes that came since are missing in them.',
    subjects: subjects(node, name, ...failures.map((f) => f.address ?? f.ifname)),
    count: Math.max(1, failures.length, agent?.restarts ?? 0),
    evidence: evidence(...(cites as [Cite, ...Cite[]])),
    remedy: [
      ...(why !== undefined && /vxlan device: operation not supported/.test(why.message)
        ? [vxlanModule(given, node)]
        : []),
      {
        command: `kubectl -n ${namespace} logs ${name ?? `AGENT_POD_OF_${node.toUpperCase()}`} --previous --all-containers | tail -50${why === undefined ? '' : `    # ${listed([why.code])}`}`,
        why: 'Remove what the last lines name; then the agent catches up by itself.',
        verify: `kubectl -n ${namespace} get pods -o wide --field-selector spec.nodeName=${node}    # all ready, no new restarts`,
        rollback: 'none: reading changes nothing',
      },
      ...(agent === undefined ? [] : [anew(agent)]),
      ...routesFor(given, node, shown),
    ],
    wants: why === undefined ? [agentLog(cluster, node)] : [],
    explains,
  };
}

/** A pod that waits longer and longer between its starts tries again at once when it is made anew. */
const anew = ({ namespace = 'NAMESPACE', name, node }: Fact<typeof pod>): Remedy => ({
  command: `kubectl -n ${namespace} delete pod ${name}`,
  why: 'Once what its log names is gone: its daemon set makes it anew at once, instead of after the pause between two starts.',
  verify: `kubectl -n ${namespace} get pods -o wide --field-selector spec.nodeName=${node}    # all ready, no new restarts`,
  rollback: 'none needed: the daemon set keeps one such pod on each node',
});

/** EOPNOTSUPP of RTM_NEWLINK (net/core/rtnetlink.c): the kernel knows no such kind of device and could load no module for it. */
function vxlanModule({ cluster, facts }: Case, node: string): Remedy {
  const own = facts.nodes.find((n) => cluster.named(n.name) === node && n.kernel !== undefined);
  const ubuntu = /Ubuntu/.test(own?.os_image ?? '');
  return {
    command: `${ubuntu ? `apt-get install linux-modules-extra-${own!.kernel} && ` : ''}modprobe vxlan    # on ${node}`,
    why: `The kernel of ${node} cannot make VXLAN devices${ubuntu ? '; Ubuntu keeps the module in a package of its own on some of its kernels' : ': its module is missing or may not be loaded'}.`,
    verify: 'lsmod | grep -w vxlan    # and the agent then stays up',
    rollback: 'modprobe -r vxlan',
  };
}
