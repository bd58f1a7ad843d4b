import type { Cite, FindingDraft } from '../../core/finding.js';
import { ANYWHERE } from '../../model/journey/step.js';
import { type Blame, blames, concerns, confidenceOf, decidedBy, routeBefore } from '../blame.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { evidence, shownBy, subjects } from '../witness.js';

/**
 * The reverse-path filter drops packets on arrival, because the answer would leave by another interface.
 *
 * Physics: with an effective rp_filter of 1 (the maximum of `all` and the device) a packet is dropped when the route back to
 * its source does not leave by the device that it came by; 2 asks only for any route. It is silent unless log_martians is on.
 *
 * Innocent: sources that are themselves the fault (untranslated pods, a node's address on the overlay: those causes win);
 * strangers on the LAN.
 *
 * Proven: the sysctl and the route back, with the packets seen to arrive, or the kernel's own martian line. Likely: either alone.
 */
export const rpFilterDrop: Cause = {
  code: 'rp-filter-drop',
  diagnose(given) {
    const computed = blames(given, (walk, last) =>
      walk.disposition === 'dropped-by-reverse-path' ? `${last.node} ${last.dev}` : undefined,
    ).map((blame) => draft(given, blame));
    const told = given.symptoms
      .filter((s) => s.code === 'martian-source' && s.severity !== 'info')
      .filter((s) => !computed.some((d) => d.explains(s)))
      .map((s) => fromLog(given, s));
    return found([...computed, ...told]);
  },
};

const logged = (given: Case, node: string, dev: string | undefined): readonly FindingDraft[] =>
  given.symptoms.filter(
    (s) => s.code === 'martian-source' && s.subjects.includes(node) && (dev === undefined || s.subjects.includes(dev)),
  );

function draft(given: Case, blame: Blame): CauseDraft {
  const { node, last } = blame;
  const { packet } = last;
  const dev = last.dev ?? 'all';
  const martians = logged(given, node, last.dev).filter((s) =>
    blame.conversations.some((c) => s.flows?.some((f) => f.src === packet.src || f.dst === c.question.to) ?? true),
  );
  const before = routeBefore(blame.walk);
  const source = packet.src === ANYWHERE ? 'outside its networks' : packet.src;
  const own = confidenceOf(blame);
  return {
    code: 'rp-filter-drop',
    severity: 'critical',
    confidence: martians.length > 0 ? 'proven' : own,
    title: `The reverse-path filter of ${node} drops what comes in by ${dev} from ${source}`,
    summary: `${node} drops packets from ${source} to ${packet.dst} that come in by ${dev}: ${last.says.replace(ANYWHERE, 'such a source')}.`,
    explanation: `With strict reverse-path filtering a packet is dropped on arrival when the answer to its source would leave by another interface; nothing is sent back, and nothing is logged unless log_martians is on. A tap on ${dev} shows the packet all the same, for it sees it before the filter.`,
    subjects: subjects(node, dev, packet.src === ANYWHERE ? undefined : packet.src, packet.dst),
    count: blame.conversations.length,
    evidence: evidence(
      ...decidedBy(blame, 'the filter and the way back'),
      ...martians.flatMap((s) => s.evidence.slice(0, 3)),
      ...(before?.at ?? []).map((at): Cite => ({ role: 'where the packet was going', at })),
      ...shownBy(blame.symptoms.filter((s) => !martians.includes(s))),
      ...blame.ground,
    ),
    remedy: [loosen(node, dev)],
    explains: (symptom) => martians.includes(symptom) || concerns(blame, symptom),
  };
}

/** What the kernel wrote down, where routes or sysctls are not in the bundle. */
function fromLog(given: Case, symptom: FindingDraft): CauseDraft {
  const node = symptom.subjects.find((name) => given.cluster.nodes.has(name));
  const [flow] = symptom.flows ?? [];
  const dev = symptom.subjects.find((name) => /^[a-z][\w.@-]*$/i.test(name) && name !== node);
  const explains = (other: FindingDraft): boolean =>
    other === symptom ||
    (other.severity !== 'info' &&
      (other.flows?.length ?? 0) > 0 &&
      other.flows!.every((f) => symptom.flows?.some((own) => own.src === f.src && own.dst === f.dst) ?? false));
  return {
    code: 'rp-filter-drop',
    severity: symptom.severity,
    confidence: 'likely',
    title: `The reverse-path filter${node === undefined ? '' : ` of ${node}`} drops packets${flow === undefined ? '' : ` from ${flow.src} to ${flow.dst}`}`,
    summary: `${symptom.title}: the kernel itself says so.`,
    explanation: `${symptom.explanation} Without the routes and sysctls of that node it cannot be said which route is the odd one.`,
    subjects: subjects(node, dev, ...symptom.subjects),
    count: symptom.count,
    evidence: symptom.evidence,
    remedy: [loosen(node ?? 'NODE', dev ?? 'DEVICE')],
    explains,
  };
}

const loosen = (node: string, dev: string) => ({
  command: `sysctl -w net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.${dev.replaceAll('.', '/')}.rp_filter=2    # on ${node}`,
  why: 'loose mode accepts a source that any interface leads to; better still, make the two ways agree (one route for both directions)',
  verify: `nstat -az TcpExtIPReversePathFilter    # on ${node}: it stands still; then try the connection again`,
  rollback: `sysctl -w net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.${dev.replaceAll('.', '/')}.rp_filter=1    # on ${node}`,
});
