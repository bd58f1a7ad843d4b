import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import { formatPrefix } from '../../core/prefix.js';
import { announced } from '../../model/announced.js';
import { cited } from '../../model/facts.js';
import { lookup } from '../../model/host/policy-routing.js';
import { ANYWHERE } from '../../model/journey/step.js';
import { type Blame, blames, concerns, confidenceOf, decidedBy, routeBefore } from '../blame.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { routerWay } from '../router-way.js';
import { wayToNode } from '../way-to-node.js';
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
      ...(before?.at ?? []).map((at): Cite => ({ role: `where the packet was going: ${before!.says}`, at })),
      ...shownBy(blame.symptoms.filter((s) => !martians.includes(s))),
      ...blame.ground,
    ),
    remedy: [...oneWay(given, blame, dev), loosen(given, node, dev)],
    explains: (symptom) => martians.includes(symptom) || concerns(blame, symptom),
  };
}

/** What the kernel wrote down, where routes or sysctls are not in the bundle. */
function fromLog(given: Case, symptom: FindingDraft): CauseDraft {
  const node = symptom.subjects.find((name) => given.hosts.has(name));
  const [flow] = symptom.flows ?? [];
  const dev = symptom.subjects.find((name) => /^[a-z][\w.@-]*$/i.test(name) && name !== node);
  const explains = (other: FindingDraft): boolean =>
    other === symptom ||
    (other.severity !== 'info' &&
      (other.flows?.length ?? 0) > 0 &&
      other.flows!.every((f) => symptom.flows?.some((own) => own.src === f.src && own.dst === f.dst) ?? false));
  const back = wayBack(given, node, dev, flow?.src);
  return {
    code: 'rp-filter-drop',
    severity: symptom.severity,
    confidence: 'likely',
    title: `The reverse-path filter${node === undefined ? '' : ` of ${node}`} drops packets${flow === undefined ? '' : ` from ${flow.src} to ${flow.dst}`}`,
    summary: `${symptom.title}: the kernel itself says so.`,
    explanation: `${symptom.explanation} ${back?.says ?? 'Without the routes and sysctls of that node it cannot be said which route is the odd one.'}`,
    subjects: subjects(node, dev, ...symptom.subjects),
    count: symptom.count,
    evidence: evidence(...symptom.evidence, ...(back?.cites ?? [])),
    remedy: [loosen(given, node ?? 'NODE', dev ?? 'DEVICE')],
    explains,
  };
}

/** Where the node would send an answer, when that is by another device than the packet came in by. */
function wayBack(
  { hosts }: Case,
  node: string | undefined,
  dev: string | undefined,
  src: string | undefined,
): { readonly says: string; readonly cites: readonly Cite[] } | undefined {
  const host = hosts.get(node ?? '');
  if (host === undefined || dev === undefined || src === undefined || src.includes(':')) return undefined;
  const back = lookup(host, { family: 4, dst: src, mark: 0 });
  const other = back.kind === 'unicast' ? back.hops[0].dev : undefined;
  if (back.kind !== 'unicast' || other === undefined || other === dev) return undefined;
  return {
    says: `The route back to ${src} leaves by ${other}, not by ${dev}.`,
    cites: back.at.map((at): Cite => ({ role: 'the way back', at })),
  };
}

/** The odd route back, moved to the device that the packets come in by. */
function oneWay(given: Case, { node, last }: Blame, dev: string): readonly Remedy[] {
  const host = given.hosts.get(node);
  const { packet } = last;
  const odd = cited(
    [...(host?.tables.values() ?? [])].flatMap((table) => table.value),
    (route) => route.at,
    last.at,
  );
  if (host === undefined || odd?.type !== 'unicast' || odd.hops.length !== 1 || odd.hops[0]!.via === undefined)
    return [];
  const client = given.cluster.owner(packet.src).node;
  const way = client === undefined ? routerWay(given, host, dev) : wayToNode(given, host, client, packet.family, dev);
  if (way === undefined || (client !== undefined && !way.includes(` dev ${dev}`))) return [];
  const known = announced(given.cluster).some((a) => a.node === client && a.address === odd.hops[0]!.via);
  // The route back leads to the address that the other node is known by: its own way here is the odd one.
  if (known) return [];
  const to = odd.prefix.length === 0 ? 'default' : formatPrefix(odd.prefix);
  const table = `${odd.metric > 0 ? ` metric ${odd.metric}` : ''}${odd.table === 'main' ? '' : ` table ${odd.table}`}`;
  const [hop] = odd.hops;
  return [
    {
      command: `ip route replace ${to} ${way}${table}    # on ${node}`,
      why: `answers then leave by ${dev}, where the requests come in, and the filter may stay as it is.${client === undefined ? ` ${HOW_TO_FIND_THE_GATEWAY}` : ''} Write it down where the node's network is configured, or the route by ${hop!.dev} comes back`,
      verify: `ip route get ${packet.src === ANYWHERE ? 'ADDRESS_OF_A_CLIENT' : packet.src}    # on ${node}: dev ${dev}; then try the connection again`,
      rollback: `ip route replace ${to} via ${hop!.via} dev ${hop!.dev}${odd.proto === undefined ? '' : ` proto ${odd.proto}`}${table}    # on ${node}`,
    },
  ];
}

const HOW_TO_FIND_THE_GATEWAY =
  'Make sure that this is the router of that network: ip route show default on another node.';

/** Loose mode, and back to what the settings are now. */
function loosen({ hosts }: Case, node: string, dev: string): Remedy {
  const keys = ['all', ...(dev === 'all' ? [] : [dev.replaceAll('.', '/')])].map(
    (name) => `net.ipv4.conf.${name}.rp_filter`,
  );
  const now = (key: string): string => hosts.get(node)?.sysctls.get(key.replaceAll('/', '.'))?.value ?? '1';
  return {
    command: `sysctl -w ${keys.map((key) => `${key}=2`).join(' ')}    # on ${node}`,
    why: 'loose mode accepts a source that any interface leads to; it helps where the answer arrives by the other interface as well. Better, make both directions take one way',
    verify: `nstat -az TcpExtIPReversePathFilter    # on ${node}: it stands still; then try the connection again`,
    rollback: `sysctl -w ${keys.map((key) => `${key}=${now(key)}`).join(' ')}    # on ${node}`,
  };
}
