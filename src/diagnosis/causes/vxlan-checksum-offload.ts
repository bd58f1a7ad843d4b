import type { Cite, FindingDraft } from '../../core/finding.js';
import { tunnelKind } from '../../model/journey/decapsulate.js';
import type { Step } from '../../model/journey/step.js';
import { concernsConversations } from '../blame.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { overlayName, shownCnis } from '../shown-cni.js';
import { capture } from '../wanted.js';
import { evidence, shownBy, subjects } from '../witness.js';

/**
 * Checksums of packets in a tunnel are wrong on the wire, because transmit offload leaves them to a card that does not fill
 * them in, and the receiver drops the packets.
 *
 * Physics: with offload the kernel puts half a checksum into the packet and the card is to complete it. Inside VXLAN some
 * drivers and virtual cards do not, and kernels before 5.7 spoiled the outer one of masqueraded packets. ICMP's checksum is
 * computed in software, so ping works through the same tunnel.
 *
 * Innocent: wrong checksums at the sender's own tap, which every offload shows; packets that were answered; virtual links
 * that carry unfinished checksums from end to end.
 *
 * Proven: wrong at the receiver's tap, unanswered, with offload on at the sender. Likely: without the sender's settings.
 * Possible: wrong at the sender's tap, while ping passes the same tunnel, and offload is on.
 */
export const vxlanChecksumOffload: Cause = {
  code: 'vxlan-checksum-offload',
  async diagnose(given) {
    const groups = new Map<string, FindingDraft[]>();
    for (const symptom of given.symptoms) {
      if (symptom.code !== 'bad-checksum' || symptom.severity === 'info' || !(await inTunnel(given, symptom))) continue;
      const sender = senderOf(given, symptom);
      if (sender !== undefined) groups.set(sender, [...(groups.get(sender) ?? []), symptom]);
    }
    const received = [...groups].map(([sender, symptoms]) => atReceiver(given, sender, symptoms));
    return found(received.length > 0 ? received : await atSender(given));
  },
};

const frames = (symptom: FindingDraft): readonly { tap: number; place: number }[] =>
  symptom.evidence.flatMap((cite) => ('at' in cite && 'tap' in cite.at ? [cite.at] : []));

/** True when the frames, or the ports that the kernel logged, are those of a tunnel. */
async function inTunnel(given: Case, symptom: FindingDraft): Promise<boolean> {
  const [first] = frames(symptom);
  if (first === undefined)
    return (symptom.flows ?? []).some((f) => [8472, 4789, 6081].includes(f.dport ?? 0)) || loggedTunnel(given, symptom);
  const rows = await given.scene.rows(
    `SELECT 1 FROM packet_raw WHERE tap = ${first.tap} AND place = ${first.place} AND tunnel > 0 LIMIT 1`,
  );
  return rows.length > 0;
}

/** The kernel's own line names the port that the envelope went to. */
const loggedTunnel = (given: Case, symptom: FindingDraft): boolean =>
  symptom.evidence.some(
    (cite) =>
      'at' in cite &&
      'line' in cite.at &&
      given.facts.logs.some(
        (log) =>
          'line' in cite.at &&
          log.source === cite.at.source &&
          log.line === cite.at.line &&
          /bad checksum.* to [\d.]+:(?:8472|4789|6081)\b/.test(log.message),
      ),
  );

const nodesIn = (given: Case, symptom: FindingDraft): readonly string[] => [
  ...new Set(
    symptom.subjects.flatMap((name) => {
      const node = given.cluster.nodes.has(name) ? name : given.cluster.nodeWithAddress(name);
      return node === undefined ? [] : [node];
    }),
  ),
];

function receiverOf(given: Case, symptom: FindingDraft): string | undefined {
  const [first] = frames(symptom);
  if (first !== undefined) return given.scene.tap(first.tap).node;
  const line = symptom.evidence.find((cite) => 'at' in cite && 'line' in cite.at);
  return line !== undefined && 'at' in line && 'line' in line.at ? given.cluster.nodeOf(line.at) : undefined;
}

const senderOf = (given: Case, symptom: FindingDraft): string | undefined =>
  nodesIn(given, symptom).find((node) => node !== receiverOf(given, symptom));

/** The node's tunnel device, by name. */
const tunnelOf = (given: Case, node: string): string | undefined =>
  [...(given.hosts.get(node)?.devices.values() ?? [])].find((device) => tunnelKind(device) === 'vxlan')?.name;

/** Lines of `ethtool -k` that say that checksums are left to the device. */
const offloading = (given: Case, node: string): readonly Cite[] =>
  given.facts.offloads
    .filter(
      (o) =>
        o.on &&
        given.cluster.nodeOf(o) === node &&
        /^(tx-checksum-ip-generic|tx-udp_tnl-csum-segmentation)$/.test(o.feature) &&
        /^(overlay|uplink)$/.test(
          given.hosts.get(node)?.devices.get(o.ifname)?.role ?? given.cluster.device(node, o.ifname) ?? '',
        ),
    )
    .map((at): Cite => ({ role: `${at.feature} of ${at.ifname} is on at the sender`, at }));

function remedyFor({ cluster }: Case, dev: string, sender: string, receiver: string) {
  const calico = shownCnis(cluster).has('calico');
  return [
    {
      command: `ethtool -K ${dev} tx-checksum-ip-generic off    # on ${sender}`,
      why: `the kernel then computes the checksums of what goes into the tunnel itself; do the same on every node with this kernel and card, make it permanent (a udev rule${calico ? '; Calico’s featureDetectOverride "ChecksumOffloadBroken=true"' : ''}), and update the driver`,
      verify: `nstat -az TcpInCsumErrors UdpInCsumErrors    # on ${receiver}: they stand still; then try the connection again`,
      rollback: `ethtool -K ${dev} tx-checksum-ip-generic on    # on ${sender}`,
    },
  ];
}

function atReceiver(given: Case, sender: string, symptoms: readonly FindingDraft[]): CauseDraft {
  const receiver = symptoms.map((s) => receiverOf(given, s)).find((node) => node !== undefined) ?? 'the receiver';
  const dev = tunnelOf(given, sender) ?? tunnelOf(given, receiver) ?? overlayName(given.cluster);
  const on = offloading(given, sender);
  const flows = symptoms.flatMap((s) => s.flows ?? []);
  const shown = symptoms.some((s) => s.confidence !== 'possible');
  return {
    code: 'vxlan-checksum-offload',
    severity: 'critical',
    confidence: on.length > 0 && shown ? 'proven' : shown ? 'likely' : 'possible',
    title: `Packets in the tunnel from ${sender} reach ${receiver} with wrong checksums`,
    summary: `What ${sender} sends to ${receiver} through ${dev} arrives with wrong checksums, because ${sender} leaves them to its card${on.length > 0 ? '' : ', most probably'}; ${receiver} drops it.`,
    explanation: `With transmit offload the kernel leaves the checksum to the card, and inside a tunnel not every card fills it in. ${receiver}'s kernel drops such packets and counts them. ICMP has a checksum of its own, so ping works through the same tunnel, and TCP outside of it works as well.`,
    subjects: subjects(sender, receiver, dev, ...symptoms.flatMap((s) => s.subjects)),
    count: symptoms.reduce((sum, s) => sum + s.count, 0),
    evidence: evidence(symptoms[0]!.evidence[0], ...shownBy(symptoms, 5), ...on),
    remedy: remedyFor(given, dev, sender, receiver),
    explains: (symptom) =>
      symptoms.includes(symptom) ||
      ((symptom.flows ?? []).length > 0 &&
        symptom.flows!.every((f) => flows.some((own) => own.src === f.src && own.dst === f.dst))),
  };
}

/** Where no tap stands at the receiver: wrong at the sender, silence, and ping that passes the same tunnel. */
async function atSender(given: Case): Promise<readonly CauseDraft[]> {
  const drafts: CauseDraft[] = [];
  for (const conversation of given.failed) {
    const sent = conversation.comparison?.path.findLast(
      (s) => s.leg === 'request' && s.step.stage === 'transmit' && s.sight === 'seen' && s.step.outer !== undefined,
    );
    const later = conversation.comparison?.path.slice(conversation.comparison.path.indexOf(sent!) + 1) ?? [];
    if (sent === undefined || later.some((s) => s.sight === 'seen')) continue;
    const { step } = sent;
    const on = offloading(given, step.node);
    const receiver = given.cluster.nodeWithAddress(step.outer!.dst);
    if (
      on.length === 0 ||
      receiver === undefined ||
      drafts.some((d) => d.subjects[0] === step.node && d.subjects[1] === receiver)
    )
      continue;
    const places = await damagedWhilePingPasses(given, step);
    const [first] = places;
    if (first === undefined) continue;
    const dev = tunnelOf(given, step.node) ?? overlayName(given.cluster);
    const same = given.failed.filter((c) =>
      c.comparison?.trip.request.steps.some((s) => s.outer?.src === step.outer!.src && s.outer.dst === step.outer!.dst),
    );
    drafts.push({
      code: 'vxlan-checksum-offload',
      severity: 'critical',
      confidence: 'possible',
      title: `Packets leave ${step.node} in the tunnel to ${receiver} with unfinished checksums, and get no answer while ping does`,
      summary: `What ${step.node} sends to ${receiver} through ${dev} leaves with unfinished checksums and gets no answer, while ping passes the same tunnel: the card may not fill them in. A capture at ${receiver} would tell.`,
      explanation: `Unfinished checksums at the sender are what offload looks like, and no fault by themselves. But only packets with such checksums are lost here, and ping, whose checksum the kernel computes, is answered. If they are still wrong in a capture on ${receiver}, this is it.`,
      subjects: subjects(step.node, receiver, dev, step.packet.src, step.packet.dst),
      count: same.length,
      evidence: evidence(first, ...places.slice(1), ...on, ...shownBy(conversation.symptoms)),
      remedy: remedyFor(given, dev, step.node, receiver),
      wants: [capture(receiver, 'any', `host ${step.outer!.src}`)],
      explains: (symptom) => concernsConversations(same, symptom),
    });
  }
  return drafts;
}

/** Frames with unfinished checksums and an echo reply through the same tunnel; none when either is not there. */
async function damagedWhilePingPasses(given: Case, { outer, packet }: Step): Promise<readonly Cite[]> {
  const safe = (address: string): string => address.replace(/[^0-9a-fA-F:.]/g, '');
  const rows = await given.scene.rows(`
    WITH inside AS (
      SELECT p.*, s.address AS outer_from, d.address AS outer_to FROM packet_raw p JOIN address s ON s.id = p.outer_src JOIN address d ON d.id = p.outer_dst
      WHERE p.tunnel > 0 AND s.address IN ('${safe(outer!.src)}', '${safe(outer!.dst)}') AND d.address IN ('${safe(outer!.src)}', '${safe(outer!.dst)}'))
    SELECT 'bad' AS what, tap, place FROM (SELECT tap, place FROM inside WHERE outer_from = '${safe(outer!.src)}' AND proto = ${packet.proto} AND (l4_checksum = 0 OR outer_checksum = 0) ORDER BY tap, place LIMIT 3)
    UNION ALL SELECT 'ping', tap, place FROM (SELECT tap, place FROM inside WHERE outer_from = '${safe(outer!.dst)}' AND proto IN (1, 58) AND icmp_type IN (0, 129) ORDER BY tap, place LIMIT 1)
    ORDER BY what, tap, place`);
  const cites = rows.map(
    (row): Cite => ({
      role: row['what'] === 'bad' ? 'leaves with an unfinished checksum' : 'ping is answered through the same tunnel',
      at: { tap: Number(row['tap']), place: Number(row['place']) },
    }),
  );
  return rows.some((r) => r['what'] === 'bad') && rows.some((r) => r['what'] === 'ping') ? cites : [];
}
