import { familyOf } from '../core/address.js';
import type { FindingDraft } from '../core/finding.js';
import { collectNode } from '../model/journey/ground.js';
import type { Ask } from './asks.js';
import type { Case } from './cause.js';
import { dumped } from './dumped.js';
import { lookInto, silentPodOf } from './silent-pod.js';
import { listed, SILENCE } from './witness.js';

/** Symptoms that are followed up. */
const MOST = 2;

/**
 * Where to look next for conversations that fail and that no cause explains: a capture on the nodes of both ends that have none,
 * and the configuration of those of which nothing is shown; the pod itself, where packets were seen going to it. `open` are the symptoms, worst first.
 */
export function nextLooks(given: Case, open: readonly FindingDraft[]): readonly Ask[] {
  const failing = open.flatMap((symptom) => {
    const { code, flows, partly } = symptom;
    const [flow] = flows ?? partly ?? [];
    return SILENCE.has(code) && flow !== undefined ? [{ code, flow, silent: silentPodOf(given, symptom) }] : [];
  });
  return failing.slice(0, MOST).flatMap(({ code, flow, silent }): readonly Ask[] => {
    if (silent !== undefined) return [lookInto(silent, code)];
    const { src, dst } = flow;
    const receiver = familyOf(dst) === undefined ? undefined : nodeOf(given, dst);
    const nodes = [...new Set([nodeOf(given, src), receiver])].filter((node) => node !== undefined);
    const dark = nodes.filter((node) => !hasCapture(given, node));
    const bare = withoutRoutes(given, nodes);
    return [
      ...(dark.length === 0 && nodes.length > 0
        ? []
        : [captureOf(code, dark, `host ${dst}`, `${src} tries to reach ${dst}`)]),
      ...bare.map(
        (node): Ask => ({
          code: 'missing-pod-route',
          missing: [`the configuration of ${node}`],
          collect: collectNode(node),
        }),
      ),
    ];
  });
}

/** What to look at where nothing in the bundle shows a conversation, or one (`unheard`) too short: packets, and nodes that were named and not dumped. */
export function firstLooks(given: Case, unheard?: { readonly src: string; readonly dst: string }): readonly Ask[] {
  const { nodes } = dumped(given.cluster);
  const bare = withoutRoutes(given, nodes);
  return [
    ...(unheard !== undefined
      ? [
          captureOf(
            'lost-between-captures',
            nodes,
            `host ${unheard.dst}`,
            `${unheard.src} tries to reach ${unheard.dst}`,
          ),
        ]
      : given.scene.packets > 0 && nodes.some((node) => hasCapture(given, node))
        ? []
        : [captureOf('unreplied-syn', nodes, undefined, 'a connection that fails is tried')]),
    ...bare.map(
      (node): Ask => ({ code: 'missing-pod-route', missing: [`the routes of ${node}`], collect: collectNode(node) }),
    ),
  ];
}

function captureOf(code: Ask['code'], nodes: readonly string[], filter: string | undefined, while_: string): Ask {
  const where = nodes.length === 0 ? 'the nodes of both ends' : listed(nodes);
  return {
    code,
    missing: [`packets: a capture on ${where}, taken while ${while_}`],
    collect: `tcpdump -nni any -w $(hostname).pcap${filter === undefined ? '' : ` '${filter.replaceAll("'", '')}'`}    # on ${where}`,
  };
}

/** The node of an address; a name is that of the host at which it was typed, unless it is a pod's, or words. */
function nodeOf({ cluster, facts }: Case, end: string): string | undefined {
  const { node } = cluster.owner(end);
  if (node !== undefined || familyOf(end) !== undefined) return node;
  const pod = facts.pods.find(({ name }) => name === end)?.node;
  return pod !== undefined ? cluster.named(pod) : /\s/.test(end) ? undefined : cluster.named(end);
}

const withoutRoutes = ({ cluster }: Case, nodes: readonly string[]): readonly string[] =>
  nodes.filter((node) => !dumped(cluster).routed.has(node));

const hasCapture = ({ scene }: Case, node: string): boolean =>
  scene.taps.some((tap) => tap.kind !== 'log' && tap.node === node);
