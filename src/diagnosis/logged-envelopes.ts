import type { FindingDraft, Remedy } from '../core/finding.js';
import { OVERLAY_PORTS, WEAVE_PEER_PORT } from '../model/overlay-ports.js';
import type { Case, CauseDraft } from './cause.js';
import { networkOf } from './dropping-rule.js';
import { crosses } from './flow-end.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from './witness.js';

/**
 * Nodes whose kernel log says by its words that they drop envelopes to themselves (`[UFW BLOCK] … DPT=8472`), and whose rules
 * are not in the bundle: where they are, the rules decide. Likely, for the words are the rule's author's.
 */
export function loggedEnvelopes(given: Case, known: readonly CauseDraft[]): readonly CauseDraft[] {
  const byNode = new Map<string, FindingDraft[]>();
  for (const symptom of given.symptoms) {
    const node = blocker(given, symptom);
    if (node === undefined || known.some((draft) => draft.subjects[0] === node)) continue;
    byNode.set(node, [...(byNode.get(node) ?? []), symptom]);
  }
  return [...byNode].map(([node, symptoms]) => draft(given, node, symptoms));
}

/** The node that logged the drop of envelopes to an address of its own; its rules are not shown. */
function blocker({ scene, cluster, hosts }: Case, symptom: FindingDraft): string | undefined {
  if (symptom.code !== 'rule-drop' || symptom.severity === 'info' || symptom.confidence === 'possible')
    return undefined;
  const [flow] = symptom.flows ?? [];
  const node = flow === undefined ? undefined : cluster.nodeWithAddress(flow.dst);
  const envelopes = allFlows(
    symptom,
    ({ src, dst, dport }) =>
      (OVERLAY_PORTS.has(dport ?? -1) || dport === WEAVE_PEER_PORT) &&
      cluster.nodeWithAddress(dst) === node &&
      cluster.nodeWithAddress(src) !== undefined,
  );
  const logged = symptom.evidence.some(
    (cite) => 'at' in cite && 'tap' in cite.at && scene.tap(cite.at.tap).node === node,
  );
  const ruled = (hosts.get(node ?? '')?.rulesets.length ?? 0) > 0;
  return envelopes && logged && !ruled ? node : undefined;
}

function draft(given: Case, node: string, symptoms: readonly FindingDraft[]): CauseDraft {
  const { cluster } = given;
  const flows = symptoms.flatMap((s) => s.flows ?? []);
  const ports = [...new Set(flows.map((flow) => flow.dport!))];
  const peers = [...new Set(flows.map((flow) => cluster.nodeWithAddress(flow.src)!))];
  const explains = (s: FindingDraft): boolean =>
    symptoms.includes(s) ||
    (SILENCE.has(s.code) &&
      allFlows(s, (flow) => crosses(cluster, flow, node) && peers.some((peer) => crosses(cluster, flow, peer))));
  const silent = given.symptoms.filter((s) => explains(s) && !symptoms.includes(s));
  const [first] = flows;
  return {
    code: 'overlay-port-blocked',
    severity: 'critical',
    confidence: 'likely',
    title: `${node} drops the tunnel packets (${named(ports)}) of ${listed(peers)}`,
    summary: `${node} logs that it drops ${named(ports)} from ${listed([...new Set(flows.map((f) => f.src))])} to ${first!.dst}, the tunnel packets of ${listed(peers)}: its own firewall keeps the overlay out.`,
    explanation: `An envelope is an ordinary packet for ${node} itself and passes INPUT before the tunnel device sees it. The nodes reach each other by the ports that are open, so they look healthy, while every packet from pods of ${listed(peers)} is lost.`,
    subjects: subjects(node, first!.dst, ...flows.map((f) => f.src), ...ports.map(String)),
    count: symptoms.reduce((sum, s) => sum + s.count, 0),
    evidence: evidence(symptoms[0]!.evidence[0], ...shownBy(symptoms), ...shownBy(silent, 2)),
    remedy: ports.map((port) =>
      letIn(
        given,
        node,
        flows.map((f) => f.src),
        port,
        symptoms,
      ),
    ),
    wants: [{ what: `the rules of ${node}`, collect: `iptables-save -c; nft list ruleset    # on ${node}` }],
    explains,
  };
}

/** Envelopes are UDP; Weave's peers talk by TCP and UDP of one port. */
const named = (ports: readonly number[]): string =>
  `${ports.includes(WEAVE_PEER_PORT) ? 'port' : 'UDP'} ${ports.join(', ')}`;

/** The port opened for the nodes, with the tool that the log's words name. */
function letIn(
  given: Case,
  node: string,
  sources: readonly string[],
  port: number,
  symptoms: readonly FindingDraft[],
): Remedy {
  const from = [...new Set(sources.map((source) => networkOf(given, node, source)))];
  const ufw = symptoms.some((s) => /\[UFW /.test(s.title));
  const each = (word: (source: string) => string): string => `${from.map(word).join(' && ')}    # on ${node}`;
  const tool = sources.some((source) => source.includes(':')) ? 'ip6tables' : 'iptables';
  const protocols = port === WEAVE_PEER_PORT ? ['tcp', 'udp'] : ['udp'];
  const all = (word: (source: string, proto: string) => string): string =>
    each((source) => protocols.map((proto) => word(source, proto)).join(' && '));
  const rule = (source: string, proto: string): string => `-s ${source} -p ${proto} --dport ${port} -j ACCEPT`;
  return {
    command: ufw
      ? all((source, proto) => `ufw allow proto ${proto} from ${source} to any port ${port}`)
      : all((source, proto) => `${tool} -I INPUT 1 ${rule(source, proto)}`),
    why: `the envelopes of the other nodes have to reach the tunnel device; accept them from these only, and from every node of the cluster${ufw ? '' : ', in the tool that keeps the rules as well'}`,
    verify: `dmesg -T | grep DPT=${port} | tail -3    # on ${node}: no new lines; then try the connection again`,
    rollback: ufw
      ? all((source, proto) => `ufw delete allow proto ${proto} from ${source} to any port ${port}`)
      : all((source, proto) => `${tool} -D INPUT ${rule(source, proto)}`),
  };
}
