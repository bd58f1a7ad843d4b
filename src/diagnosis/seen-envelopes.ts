import type { FindingDraft } from '../core/finding.js';
import { Tunnel } from '../core/frame.js';
import type { Parting, SightedStep } from '../model/journey/compare.js';
import type { Conversation } from '../model/journey/conversations.js';
import { walkable } from '../model/journey/ground.js';
import type { Question } from '../model/journey/journeys.js';
import type { Seen } from '../model/journey/seen.js';
import { type Journey, PASSING, type RoundTrip, type Step } from '../model/journey/step.js';
import { captureWindows, ranDuring, runsAt, type Watch } from '../model/journey/watch.js';
import type { TapView } from '../model/taps.js';
import { terminalRuns } from '../model/terminal-runs.js';
import type { Case } from './cause.js';
import { perCase } from './per-case.js';
import { sealedEnvelopes } from './sealed-envelopes.js';
import { SILENCE } from './witness.js';

const UDP = 17;

/** IP protocol of each kind of envelope that shows what it carries (RFC 2003, 4213, 2784). */
const PROTOCOLS: ReadonlyMap<number, number> = new Map([
  [Tunnel.vxlan, 17],
  [Tunnel.geneve, 17],
  [Tunnel.ipip, 4],
  [Tunnel.ip6ip, 41],
  [Tunnel.gre, 47],
  [Tunnel.flannelUdp, 17],
]);

/** Envelopes of one kind from one node to another, as captures show them. */
interface Envelopes {
  readonly question: Question;
  readonly sender: string;
  readonly receiver: string;
  readonly symptoms: Set<FindingDraft>;
  readonly seen: Seen[];
}

/**
 * The envelopes in which captures show packets of conversations that fail, as packets of their own from node to node. What put
 * them in, Open vSwitch, a program or a device without settings, need not be known: that they are sent is seen, and the
 * receiver's INPUT meets them before anything takes them out.
 *
 * Left out: conversations whose walk is in an envelope already; what comes out of the envelope on the receiver; envelopes of which
 * nobody knows what becomes of them on the receiver. WireGuard's, which show nothing of what they carry, are looked
 * for in sealed-envelopes.ts.
 */
export const seenEnvelopes = perCase(async (given: Case): Promise<readonly Conversation[]> => {
  const carried = carriedPackets(given);
  const pairs = [...carried.keys()];
  const found = new Map<string, Envelopes>();
  for (const { row, symptoms } of await sealedEnvelopes(given)) add(given, found, row, UDP, symptoms);
  const rows =
    pairs.length === 0
      ? []
      : await given.scene.rows(`
    SELECT tap, tunnel, outer_src, outer_dst, outer_dport, src, dst, min(place) AS place, count(*) AS n, min(time_ns) AS first_ns, max(time_ns) AS last_ns
    FROM packet_raw WHERE tunnel < ${Tunnel.wireguard} AND (src, dst) IN (VALUES ${pairs.map((pair) => `(${pair})`).join(', ')})
    GROUP BY tap, tunnel, outer_src, outer_dst, outer_dport, src, dst ORDER BY ALL`);
  const plain = new Set(
    rows
      .filter((row) => Number(row['tunnel']) === Tunnel.none)
      .map((row) => `${given.scene.tap(Number(row['tap'])).node} ${row['src']}, ${row['dst']}`),
  );
  for (const row of rows) {
    const proto = PROTOCOLS.get(Number(row['tunnel']));
    const pair = `${row['src']}, ${row['dst']}`;
    const receiver = given.cluster.nodeWithAddress(given.scene.address(Number(row['outer_dst'])));
    if (proto !== undefined && !plain.has(`${receiver} ${pair}`))
      add(given, found, row, proto, carried.get(pair) ?? new Set());
  }
  if (found.size === 0) return [];
  const watch = { windows: await captureWindows(given.scene), runs: await terminalRuns(given.scene), clocks: [] };
  return [...found.values()].flatMap((envelopes) => walked(given, watch, envelopes) ?? []);
});

/** Takes a row of packets in envelopes of one kind between two nodes to the others of that kind. */
function add(
  { scene, cluster }: Case,
  found: Map<string, Envelopes>,
  row: Readonly<Record<string, unknown>>,
  proto: number,
  symptoms: ReadonlySet<FindingDraft>,
): void {
  const [src, dst] = [scene.address(Number(row['outer_src'])), scene.address(Number(row['outer_dst']))];
  const [sender, receiver] = [cluster.nodeWithAddress(src), cluster.nodeWithAddress(dst)];
  if (sender === undefined || receiver === undefined || sender === receiver) return;
  const port = Number(row['outer_dport']);
  const dport = proto === UDP && port >= 0 ? port : undefined;
  const question: Question = { from: { kind: 'node', node: sender, address: src }, to: dst, proto, dport };
  const key = JSON.stringify(question);
  const known = found.get(key) ?? { question, sender, receiver, symptoms: new Set(), seen: [] };
  for (const symptom of symptoms) known.symptoms.add(symptom);
  known.seen.push({
    tap: scene.tap(Number(row['tap'])),
    place: Number(row['place']),
    count: Number(row['n']),
    firstNs: Number(row['first_ns']),
    lastNs: Number(row['last_ns']),
  });
  found.set(key, known);
}

/** Packets of failing conversations by the ids of their ends, with the symptoms; those that no walk puts into an envelope. */
function carriedPackets({ scene, failed }: Case): ReadonlyMap<string, ReadonlySet<FindingDraft>> {
  const carried = new Map<string, Set<FindingDraft>>();
  for (const { question, comparison, journey, symptoms } of failed) {
    const silent = symptoms.filter(({ code }) => SILENCE.has(code));
    const trips = comparison === undefined ? journey.walks : [comparison.trip];
    const steps = trips.flatMap(({ request, reply }) => [...request.steps, ...(reply?.steps ?? [])]);
    if (silent.length === 0 || steps.some(({ outer }) => outer !== undefined)) continue;
    for (const { src, dst } of [
      { src: question.from.address ?? '', dst: question.to },
      ...steps.map(({ packet }) => packet),
    ]) {
      const [a, b] = [scene.addressId(src), scene.addressId(dst)];
      if (a === undefined || b === undefined) continue;
      for (const pair of [`${a}, ${b}`, `${b}, ${a}`]) {
        const known = carried.get(pair) ?? new Set();
        for (const symptom of silent) known.add(symptom);
        carried.set(pair, known);
      }
    }
  }
  return carried;
}

type Watching = Pick<Watch, 'windows' | 'runs' | 'clocks'>;

/** The envelope's walk, laid beside what the taps of both nodes show of it; undefined where nobody can tell how it ends. */
function walked(given: Case, watch: Watching, envelopes: Envelopes): Conversation | undefined {
  const { question, sender, receiver, symptoms } = envelopes;
  const whole = walkable(given.hosts.get(sender))
    ? given.journeys.between(question)
    : given.journeys.arriving(question);
  // An envelope has no answer: what would become of one says nothing.
  const [request, ...others] = whole?.walks.map((walk) => walk.request) ?? [];
  if (request === undefined || others.length > 0 || request.disposition === 'unknown') return undefined;
  const comesIn = request.steps.find(({ stage, node }) => stage === 'receive' && node === receiver);
  if (comesIn === undefined) return undefined;
  const trip: RoundTrip = { request };
  const journey: Journey = {
    origin: question.from,
    walks: [trip],
    outcome: PASSING.has(request.disposition) ? 'pass' : 'drop',
  };
  const path = sighted(given, watch, envelopes, request.steps, comesIn);
  return {
    question,
    journey,
    symptoms: [...symptoms],
    comparison: { trip, path, parting: partingOf(path, journey) },
  };
}

/** Where the envelope leaves the sender and comes in at the receiver, with what is seen there. */
function sighted(
  { scene }: Case,
  watch: Watching,
  { sender, receiver, seen }: Envelopes,
  steps: readonly Step[],
  comesIn: Step,
): readonly SightedStep[] {
  const leaves = steps.findLast(({ stage, node }) => stage === 'transmit' && node === sender);
  const at = (node: string): readonly Seen[] => seen.filter((one) => one.tap.node === node);
  const [first] = at(sender);
  const before = first === undefined ? undefined : { ...first, timeKind: first.tap.timeKind };
  const during = first?.tap.timeKind === 'epoch' ? { firstNs: first.firstNs, clockOf: sender } : undefined;
  const ran = [
    ...scene.taps.filter((tap) => isUplinkOf(tap, receiver) && ranDuring(watch, tap, during)),
    ...runsAt(scene, watch, comesIn, before),
  ].map(({ source }) => source);
  const step = (one: Step, looked: readonly number[]): SightedStep => {
    const there = at(one.node);
    const sight = there.length > 0 ? 'seen' : looked.length > 0 ? 'not-seen' : 'dark';
    return { step: one, leg: 'request', sight, seen: there, looked };
  };
  return [...(leaves === undefined ? [] : [step(leaves, [])]), step(comesIn, [...new Set(ran)])];
}

function partingOf(path: readonly SightedStep[], { outcome }: Journey): Parting {
  const [leaves, comesIn] = path.length === 2 ? path : [undefined, path[0]];
  if (leaves?.sight === 'seen' && comesIn?.sight === 'not-seen')
    return { kind: 'vanished', after: leaves, before: comesIn };
  return outcome === 'drop' ? { kind: 'drop', seen: comesIn?.sight === 'seen', last: comesIn } : { kind: 'agrees' };
}

const isUplinkOf = ({ kind, node, device }: TapView, receiver: string): boolean =>
  kind === 'capture' && node === receiver && (device === 'uplink' || device === 'any');
