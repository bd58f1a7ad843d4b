import type { Cite, FindingDraft, FlowKey } from '../../core/finding.js';
import { isCutIn } from '../../model/cut-lists.js';
import { refusedServices } from '../../model/refused-services.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { everyFlow, evidence, listed, shownBy, subjects } from '../witness.js';

/**
 * A service's traffic policy is Local, and this node has no endpoint.
 *
 * Physics: with externalTrafficPolicy or internalTrafficPolicy: Local kube-proxy sends to pods of the same node only and
 * drops elsewhere. A load balancer notices by healthCheckNodePort; a client of the NodePort does not.
 *
 * Innocent: the rule itself, which every node without such a pod has by design: for information only, unless packets met it.
 *
 * Proven: the rule that drops, and packets to that node and port without an answer. Its counter alone makes it likely.
 */
export const localTrafficPolicyNoEndpoint: Cause = {
  code: 'local-traffic-policy-no-endpoint',
  diagnose(given) {
    const groups = new Map<string, Drop[]>();
    for (const drop of [...drops(given), ...predicted(given)]) {
      if (drop.by === 'object' && groups.has(`${drop.service} ${drop.node}`)) continue;
      const key = `${drop.service} ${drop.node}`;
      groups.set(key, [...(groups.get(key) ?? []), drop]);
    }
    return found([...groups.values()].map((group) => draft(given, group)));
  },
};

interface Drop {
  readonly service: string;
  readonly node: string | undefined;
  readonly address: string | undefined;
  readonly dport: number | undefined;
  readonly packets: number;
  readonly by: 'rule' | 'object';
  readonly at: Cite;
}

/** By the objects alone, where somebody tried: the policy is Local, and every endpoint or pod of it is on another node. */
function predicted({ cluster, facts, symptoms }: Case): Drop[] {
  const flows = symptoms.filter((s) => /^unreplied-(syn|udp)$/.test(s.code)).flatMap((s) => s.flows ?? []);
  return facts.services.flatMap((s): Drop[] => {
    if (s.external_traffic_policy !== 'Local') return [];
    if (isCutIn(cluster, 'endpoints', s.namespace) || isCutIn(cluster, 'pods', s.namespace)) return [];
    const ports = facts.servicePorts.filter(
      (p) => p.service === s.name && (p.namespace ?? s.namespace) === s.namespace,
    );
    const own = facts.endpoints.filter(
      (e) => e.service === s.name && (e.namespace ?? s.namespace) === s.namespace && e.ready,
    );
    // Where no endpoints are shown, pods called after the service stand for them.
    const pods = facts.pods.filter(
      (p) => p.name.startsWith(`${s.name}-`) && p.namespace === s.namespace && p.phase === 'Running',
    );
    const homes = new Set(
      own.length > 0
        ? own.map((e) => e.node ?? cluster.owner(e.address).node)
        : pods.map((p) => (p.node === undefined ? undefined : cluster.named(p.node))),
    );
    if (homes.size === 0 || homes.has(undefined)) return [];
    return ports.flatMap((port): Drop[] => {
      const flow = flows.find(
        (f) => port.node_port !== undefined && f.dport === port.node_port && cluster.owner(f.dst).role === 'node',
      );
      const node = flow === undefined ? undefined : cluster.owner(flow.dst).node;
      if (node === undefined || homes.has(node)) return [];
      const name = `${s.namespace ?? 'default'}/${s.name}`;
      return [
        {
          service: name,
          node,
          address: undefined,
          dport: port.node_port,
          packets: 0,
          by: 'object',
          at: { role: 'the service, with the policy Local', at: s },
        },
      ];
    });
  });
}

function drops({ cluster, facts }: Case): Drop[] {
  return refusedServices(cluster).flatMap((r) => {
    if (r.why !== 'no local endpoints') return [];
    const [namespace, name] = r.service.split('/');
    // Without any endpoint anywhere it is another cause.
    const elsewhere = facts.endpoints.some(
      (e) => e.service === name && (e.namespace ?? namespace) === namespace && e.ready,
    );
    const known = facts.endpoints.some((e) => (e.namespace ?? namespace) === namespace);
    if (known && !elsewhere) return [];
    return [
      {
        service: r.service,
        node: r.node,
        address: r.address,
        dport: r.dport,
        packets: r.packets ?? 0,
        by: 'rule',
        at: { role: `the rule${r.node === undefined ? '' : ` on ${r.node}`} that drops`, at: r.at },
      },
    ];
  });
}

function draft(given: Case, group: readonly Drop[]): CauseDraft {
  const { cluster, facts } = given;
  const [first] = group as readonly [Drop, ...Drop[]];
  const [namespace, name] = first.service.split('/') as [string, string];
  const ports = facts.servicePorts.filter((p) => p.service === name && (p.namespace ?? namespace) === namespace);
  const nodePorts = new Set(
    [...group.map((d) => d.dport), ...ports.map((p) => p.node_port)].filter((p) => p !== undefined),
  );
  const object = facts.services.find((s) => s.name === name && (s.namespace ?? namespace) === namespace);
  const fronts = [...group.map((d) => d.address), object?.cluster_ip, ...(object?.external_ips ?? [])].filter(
    (a) => a !== undefined,
  );
  const toNode = ({ dst, dport }: FlowKey): boolean =>
    cluster.owner(dst).node === first.node && dport !== undefined && nodePorts.has(dport);
  const explains = (s: FindingDraft): boolean =>
    /^(unreplied-syn|unreplied-udp|icmp-error|rule-drop)$/.test(s.code) &&
    everyFlow(s, (flow) => {
      const { src, dst } = flow;
      const toFront =
        fronts.includes(dst) && (cluster.owner(src).node ?? (cluster.nodes.has(src) ? src : first.node)) === first.node;
      return toNode(flow) || toFront;
    });
  const shown = given.symptoms.filter(explains);
  const asked = shown.flatMap((s) => (s.flows ?? []).filter(toNode).map((flow) => flow.dst));
  const packets = group.reduce((sum, d) => sum + d.packets, 0);
  const homes = facts.endpoints
    .filter((e) => e.service === name && (e.namespace ?? namespace) === namespace)
    .map((e) => e.node ?? cluster.owner(e.address).node)
    .concat(first.by === 'object' ? facts.pods.filter((p) => p.name.startsWith(`${name}-`)).map((p) => p.node) : [])
    .filter((n) => n !== undefined);
  const internal = object?.internal_traffic_policy === 'Local' && object.external_traffic_policy !== 'Local';
  const policy = internal ? 'internalTrafficPolicy' : 'externalTrafficPolicy';
  const where = first.node ?? 'a node';
  const { at: decided } = first;
  const inMap = 'at' in decided && 'line' in decided.at && facts.ipsetMembers.some((m) => m === decided.at);
  return {
    code: 'local-traffic-policy-no-endpoint',
    severity: shown.some((s) => s.severity !== 'info')
      ? 'critical'
      : shown.length > 0
        ? 'warning'
        : packets > 0
          ? 'warning'
          : 'info',
    confidence: shown.length > 0 && group.some((d) => d.by === 'rule') ? 'proven' : 'likely',
    title: `${first.service} has no endpoint on ${where}, and its traffic policy is Local`,
    summary: `${first.service} has the traffic policy Local and no endpoint on ${where}${homes.length === 0 ? '' : ` (they are on ${listed(homes)})`}, so ${where} drops what clients send ${nodePorts.size === 0 ? 'it there' : `to port ${listed([...nodePorts].map(String))} there`}.`,
    explanation: `That policy keeps the client's address by sending to pods of the same node only. ${packets > 0 || shown.length > 0 ? 'Clients that come to a node without a pod get no answer.' : 'No packet met the rule: that is how it is meant to be.'}`,
    subjects: subjects(first.service, first.node, ...asked, ...[...nodePorts].map(String), ...fronts, ...homes),
    count: Math.max(1, packets),
    evidence: evidence(
      first.at,
      ...group.slice(1, 4).map((d) => d.at),
      ...(object === undefined ? [] : [{ role: 'the service', at: object } as Cite]),
      ...facts.endpoints
        .filter((e) => e.service === name && (e.namespace ?? namespace) === namespace)
        .slice(0, 3)
        .map((at): Cite => ({ role: 'an endpoint elsewhere', at })),
      ...(first.by === 'rule'
        ? []
        : facts.pods.filter((p) => p.name.startsWith(`${name}-`) && p.namespace === namespace)
      )
        .slice(0, 3)
        .map((at): Cite => ({ role: 'a pod of it elsewhere', at })),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      {
        command: `kubectl -n ${namespace} patch service ${name} -p '{"spec":{"${policy}":"Cluster"}}'`,
        why: `Every node then sends to any pod, and pods see a node's address instead of the client's. To keep it, send clients to ${homes.length === 0 ? 'nodes with a pod' : listed(homes)} only, or run a pod on ${where}.`,
        verify: inMap
          ? `nft list table ip kube-proxy | grep '${first.service}' | grep -c ': drop'    # 0 on ${where}`
          : `iptables-save | grep '${first.service}' | grep -c 'no local endpoints'    # 0 on ${where}`,
        rollback: `kubectl -n ${namespace} patch service ${name} -p '{"spec":{"${policy}":"Local"}}'`,
      },
    ],
    wants: group.some((d) => d.by === 'rule')
      ? []
      : [{ what: `the rules of ${where}`, collect: `iptables-save -c | grep '${first.service}'    # on ${where}` }],
    explains,
  };
}
