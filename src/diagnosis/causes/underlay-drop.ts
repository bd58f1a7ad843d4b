import type { Cite, FindingDraft } from '../../core/finding.js';
import type { SightedStep } from '../../model/journey/compare.js';
import type { Conversation } from '../../model/journey/conversations.js';
import type { Missing } from '../../model/journey/missing.js';
import type { Packet } from '../../model/journey/packet.js';
import type { Step } from '../../model/journey/step.js';
import { type TerminalRun, terminalRuns } from '../../model/terminal-runs.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { answeredBetween, tunnelWorks } from '../reach.js';
import { restsOn } from '../rests-on.js';
import { seenEnvelopes } from '../seen-envelopes.js';
import { evidence, shownBy, subjects } from '../witness.js';
import { isEnvelope } from './overlay-port-blocked.js';

/**
 * The configuration is right on both nodes, and packets vanish between them.
 *
 * Physics: security groups, routers' filters and hypervisors drop what they do not know: VXLAN, IP in IP, pod addresses that
 * no port of theirs may send from. The nodes' own TCP and ping pass, so the network looks healthy.
 *
 * Innocent: a node whose rules are not in the bundle (its own firewall would look the same); size (`mtu-blackhole`); a
 * tunnel that carries other answers; a server that is silent, and its node has the packets.
 *
 * A run of tcpdump in a terminal counts as a tap where its closing lines tell that the text holds all of it and its filter takes
 * the packet in. One that ended with 0 packets has no times: whoever starts it on the receiver does so for the try that is seen to
 * leave the sender, but nothing proves it, so that it makes the loss likely at most.
 *
 * Proven: a tap on the receiver's uplink that ran, and shows other packets, does not show what left the sender. Likely: one
 * tap on the sender, while the whole configuration of both lets the packets through. Possible: the same without it, while
 * the nodes themselves reach each other.
 */
export const underlayDrop: Cause = {
  code: 'underlay-drop',
  async diagnose(given) {
    const groups = new Map<string, Loss[]>();
    const runs = await terminalRuns(given.scene);
    for (const conversation of [...given.failed, ...(await seenEnvelopes(given))]) {
      const loss = lossOf(conversation);
      if (loss === undefined || bySize(given, loss) || heardOf(given, loss)) continue;
      const key = [loss.from.node, loss.to.node, kindOf(outermost(loss.from))].join(' ');
      groups.set(key, [...(groups.get(key) ?? []), loss]);
    }
    const drafts: CauseDraft[] = [];
    for (const losses of groups.values()) {
      const draft = await judged(given, losses, runs);
      if (draft !== undefined) drafts.push(draft);
    }
    return found(drafts);
  },
};

/** Packets that were seen to leave `from` by the wire, and at nothing that `to` shows. */
interface Loss {
  readonly conversation: Conversation;
  readonly from: Step;
  readonly to: Step;
  readonly last: SightedStep;
  /** Sources of taps at the receiver that should show them; none when no tap stands there. */
  readonly looked: readonly number[];
}

function lossOf(conversation: Conversation): Loss | undefined {
  const { comparison } = conversation;
  if (comparison?.parting.kind !== 'vanished') return undefined;
  const { after } = comparison.parting;
  const next = comparison.path[comparison.path.indexOf(after) + 1];
  if (after.step.stage !== 'transmit' || next?.step.stage !== 'receive' || next.step.node === after.step.node)
    return undefined;
  return { conversation, from: after.step, to: next.step, last: after, looked: next.looked };
}

const outermost = (step: Step): Packet => step.outer ?? step.packet;

/** What the network between has to let through, in words. */
function kindOf({ proto, dport, sport, family }: Packet): string {
  const icmp = proto === 1 || proto === 58;
  const port = (name: string): string => (dport === undefined && sport === undefined ? name : `${name} ${dport}`);
  if (icmp) return family === 6 ? 'ICMPv6' : 'ICMP';
  if (proto === 4) return 'IP in IP (protocol 4)';
  if (proto === 47) return 'GRE (protocol 47)';
  return proto === 6 ? port('TCP') : proto === 17 ? port('UDP') : `IP protocol ${proto}`;
}

/** Size decides between these nodes: then the network does not filter, it is too narrow. */
const bySize = (given: Case, { from, to }: Loss): boolean =>
  given.symptoms.some(
    (s) => s.code === 'large-packets-lost' && s.subjects.includes(from.node) && s.subjects.includes(to.node),
  );

/** The receiver itself answered with an error or a reset: it has the packets. */
const heardOf = (given: Case, { conversation, to }: Loss): boolean =>
  conversation.symptoms.some(
    ({ code, subjects: names }) =>
      (code === 'icmp-error' || code === 'connection-reset') &&
      names.some((name) => !given.cluster.nodes.has(name) && given.cluster.owner(name).node === to.node),
  );

async function judged(
  given: Case,
  losses: readonly Loss[],
  runs: readonly TerminalRun[],
): Promise<CauseDraft | undefined> {
  const [first] = losses;
  const { from, to } = first!;
  const outer = outermost(from);
  if ((from.outer !== undefined || isEnvelope(from)) && (await tunnelWorks(given, outer.src, outer.dst)))
    return undefined;
  const nodes = { a: nodeAddress(given, from.node, outer.src), b: nodeAddress(given, to.node, outer.dst) };
  const reach = nodes.a === undefined || nodes.b === undefined ? [] : await answeredBetween(given, nodes.a, nodes.b);
  const watched = losses.find((loss) => loss.looked.length > 0);
  const lost = losses.flatMap((l) => l.conversation.symptoms).filter((s) => s.code === 'lost-between-captures');
  const whole = isWhole(given, to.node) && isWhole(given, from.node);
  const empty = runs.find(({ source, counted }) => counted === 0 && watched?.looked.includes(source));
  const timed = watched?.looked.some((source) => source !== empty?.source) === true;
  const confidence =
    timed && lost.length > 0
      ? 'proven'
      : timed || whole || (empty !== undefined && reach.length > 0)
        ? 'likely'
        : 'possible';
  if (confidence === 'possible' && reach.length === 0 && empty === undefined) return undefined;
  return draft(given, losses, { confidence, reach, nodes, watched, empty: timed ? undefined : empty });
}

interface Judged {
  readonly confidence: CauseDraft['confidence'];
  readonly reach: readonly Cite[];
  readonly nodes: { readonly a: string | undefined; readonly b: string | undefined };
  readonly watched: Loss | undefined;
  /** The run of tcpdump on the receiver that ended without a packet, where no other tap there tells. */
  readonly empty: TerminalRun | undefined;
}

function draft(given: Case, losses: readonly Loss[], { confidence, reach, nodes, watched, empty }: Judged): CauseDraft {
  const loss = watched ?? losses[0]!;
  const { from, to } = loss;
  const outer = outermost(from);
  const what = kindOf(outer);
  // Outside of a tunnel the network sees the pods' own addresses, and may know none of them.
  const a = (from.outer === undefined ? outer.src : undefined) || (nodes.a ?? outer.src);
  const b = from.outer === undefined ? outer.dst : (nodes.b ?? outer.dst);
  const symptoms = [...new Set(losses.flatMap((l) => l.conversation.symptoms))];
  const carrying = from.outer === undefined ? '' : `, carrying ${from.packet.src} to ${from.packet.dst},`;
  const [first, ...rest] = loss.looked;
  const seen = loss.last.seen.slice(0, 2).map(
    (s): Cite => ({
      role: `leaves ${from.node} by ${from.dev}`,
      at: { tap: s.tap.tap, place: s.place },
    }),
  );
  const configuration = [...from.at, ...to.at].slice(0, 2).map((at): Cite => ({ role: 'the way it is sent', at }));
  const never: Cite[] =
    first === undefined
      ? []
      : [
          {
            role: `what ${to.node} received`,
            absent: `no packet ${outer.src} to ${outer.dst} (${what}) comes in by ${to.dev ?? 'any device'} of ${to.node}`,
            searched: [first, ...rest],
          },
        ];
  const how =
    first === undefined
      ? `nothing in the configuration of ${to.node} drops it, and no answer comes back`
      : empty === undefined
        ? `a capture on ${to.node} that ran at the time does not show it`
        : `tcpdump on ${to.node}, whose filter lets it through, ended with 0 packets captured`;
  const explains = (symptom: FindingDraft): boolean => symptoms.includes(symptom) || crossing(given, symptom, loss);
  return {
    code: 'underlay-drop',
    severity: 'critical',
    confidence,
    title: `${what} from ${from.node} to ${to.node} is lost between the two nodes`,
    summary: `${what} from ${a} (${from.node}) to ${b} (${to.node})${carrying} leaves ${from.node} by ${from.dev} and vanishes before ${to.node}: ${how}.`,
    explanation:
      `What is configured on both nodes is right for this packet, and its size does not matter: SYNs are lost as well. So something between the nodes drops it: a security group, a router's filter, a hypervisor that checks sources. ${reach.length > 0 ? 'The nodes reach each other by their own addresses, so the link itself works.' : ''}`.trim(),
    subjects: subjects(
      from.node,
      to.node,
      nodes.a ?? a,
      nodes.b ?? b,
      what,
      from.dev,
      from.packet.dst,
      from.packet.src,
    ),
    count: losses.length,
    evidence: evidence(
      ...((seen.length > 0 ? seen : shownBy(symptoms)) as [Cite, ...Cite[]]),
      ...never,
      ...reach,
      ...configuration,
      ...shownBy(symptoms),
      ...(loss.conversation.comparison === undefined ? [] : restsOn(given, loss.conversation.comparison.trip)),
    ),
    remedy: [
      {
        command: `# ask those who run the network to let ${what} pass between ${a} and ${b}, both ways`,
        why: `security groups and routers often allow the API's and SSH's ports only${from.outer === undefined ? '; where pods are routed natively, the source and destination check of the machines has to be off as well' : ''}`,
        verify: `tcpdump -nni ${to.dev ?? 'any'} '${filterOf(outer)} and host ${a}'    # on ${to.node}, while the connection is tried from ${from.node}`,
        rollback: '# take the rule back',
      },
    ],
    wants: empty === undefined ? undefined : [atBothEnds(what, from, to, filterOf(outer))],
    explains,
  };
}

/** What would prove it where the receiver's run has no times. */
const atBothEnds = (what: string, from: Step, to: Step, filter: string): Missing => ({
  what: `whether the run on ${to.node} without a packet and that on ${from.node} were at the same time: ${what} at both ends, with times`,
  collect: `date; tcpdump -tttt -nni any '${filter} or arp'; date    # on ${from.node} and ${to.node} at the same time, while the connection is tried`,
});

/** The node's own address: the envelope's, or the first that the node is known by. */
function nodeAddress(given: Case, node: string, address: string): string | undefined {
  const known = given.cluster.nodes.get(node)?.addresses;
  return known?.has(address) ? address : known?.keys().next().value;
}

/** True when the node's routes and rules are in the bundle: then what its own kernel would do is known. */
const isWhole = (given: Case, node: string): boolean =>
  (given.hosts.get(node)?.rulesets.some((rules) => [...rules.tables.values()].some((t) => t.shown === 'whole')) ??
    false) &&
  given.hosts.get(node)?.tables.get('4 main')?.shown === 'whole';

/** True when every flow of the symptom goes between the two nodes and one end is a pod where the loss is a tunnel's. */
function crossing(given: Case, symptom: FindingDraft, { from, to }: Loss): boolean {
  const flows = symptom.flows ?? [];
  if (flows.length === 0 || from.outer === undefined) return false;
  return flows.every(({ src, dst }) => {
    const [a, b] = [given.cluster.owner(src), given.cluster.owner(dst)];
    const pods = [a, b].every((o) => ['pod', 'pod-range', 'vtep', 'gateway'].includes(o.role));
    return pods && [a.node, b.node].includes(from.node) && [a.node, b.node].includes(to.node);
  });
}

const filterOf = ({ proto, dport }: Packet): string =>
  proto === 4 || proto === 47
    ? `ip proto ${proto}`
    : proto === 1
      ? 'icmp'
      : proto === 58
        ? 'icmp6'
        : `${proto === 6 ? 'tcp' : 'udp'}${dport === undefined ? '' : ` port ${dport}`}`;
