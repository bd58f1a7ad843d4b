import type { neighbour } from '../core/event/network.js';
import type { Cite, FindingDraft, Remedy } from '../core/finding.js';
import type { Fact } from '../model/facts.js';
import type { Host } from '../model/host/host.js';
import { endOf } from '../model/journey/compare.js';
import { pass } from '../model/journey/hooks.js';
import { fresh, type Packet } from '../model/journey/packet.js';
import type { Walk } from '../model/journey/step.js';
import type { Walking } from '../model/journey/walking.js';
import type { Case, CauseDraft } from './cause.js';
import { crosses } from './flow-end.js';
import { isNativeRule, listNative } from './native-rules.js';
import { iptables, type RuleInWords, ruleOf } from './rule-words.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from './witness.js';

const [ICMPV6, SOLICITATION, ADVERTISEMENT] = [58, 135, 136];
/** Any address of a link; the kernel asks with one where it forwards what waits (net/ipv6/ndisc.c, ndisc_solicit). */
const LINK_LOCAL = 'fe80::1';

/** A question for an address, and the node whose INPUT takes it or its answer away. */
interface Dropped {
  readonly node: string;
  readonly asker: string;
  readonly entry: Fact<typeof neighbour>;
  readonly what: 'solicitations' | 'advertisements';
  readonly walk: Walk;
  readonly rule: RuleInWords;
}

/**
 * Nodes whose own firewall drops IPv6 neighbour discovery.
 *
 * Physics: ARP is no IP and passes netfilter by; neighbour discovery is ICMPv6 (RFC 4861), multicast at first, and passes INPUT and
 * OUTPUT like all else. conntrack does not track it, so that rules for what is established or new do not match. A firewall that drops
 * types 135 and 136 lets nobody find the node's MAC address, or the node nobody else's: IPv6 to it ends with "host unreachable".
 *
 * Innocent: rules for other devices, sources or types; a neighbour that was resolved; one that nobody has an entry for; a rule that
 * leaves the multicast or the link-local form of the question through.
 *
 * Proven: the rule that takes the question, the asker's entry without a MAC address, and a connection that fails.
 */
export function droppedDiscovery(given: Case): readonly CauseDraft[] {
  const found = new Map<string, Dropped[]>();
  for (const asker of given.hosts.values())
    for (const entry of asker.neighbours.value) {
      const dropped = droppedFor(given, asker, entry);
      if (dropped === undefined) continue;
      const key = `${dropped.node} ${dropped.rule.chain} ${dropped.rule.text}`;
      found.set(key, [...(found.get(key) ?? []), dropped]);
    }
  return [...found.values()].map((all) => draft(given, all as [Dropped, ...Dropped[]]));
}

function droppedFor(given: Case, asker: Host, entry: Fact<typeof neighbour>): Dropped | undefined {
  const { address, dev } = entry;
  if (!address.includes(':') || !/FAILED|INCOMPLETE/.test(entry.state)) return undefined;
  if (asker.neighbours.value.some((one) => one.address === address && one.dev === dev && one.mac !== undefined))
    return undefined;
  const node = given.cluster.nodeWithAddress(address);
  const target = given.hosts.get(node ?? '');
  const own = asker.addresses[6].value.find((one) => one.ifname === dev && !/^fe80/i.test(one.address))?.address;
  const at = target?.addresses[6].value.find((one) => one.address === address)?.ifname;
  if (target === undefined || target === asker || own === undefined || at === undefined) return undefined;
  const asked = [LINK_LOCAL, own].map((src) =>
    inputOf(target, at, discovery(SOLICITATION, src, solicitedNode(address))),
  );
  const answered = [inputOf(asker, dev, discovery(ADVERTISEMENT, address, own))];
  for (const [host, walks, what] of [
    [target, asked, 'solicitations'],
    [asker, answered, 'advertisements'],
  ] as const) {
    const [walk] = walks;
    if (walk === undefined || walks.some((one) => one === undefined)) continue;
    const rule = ruleOf(given, { node: host.name, walk });
    if (rule !== undefined) return { node: host.name, asker: asker.name, entry, what, walk, rule };
  }
  return undefined;
}

/** `ff02::1:ffXX:XXXX`, with the last 24 bits of the address (RFC 4291 2.7.1). */
function solicitedNode(address: string): string {
  const groups = address.split(':');
  const low = (groups.at(-1) ?? '').padStart(4, '0');
  const high = (groups.at(-2) ?? '').padStart(4, '0').slice(2);
  return `ff02::1:ff${high}:${low}`;
}

const discovery = (icmpType: number, src: string, dst: string): Packet => {
  const packet = fresh({ family: 6, proto: ICMPV6, src, dst, icmpType, icmpCode: 0, length: 72 });
  return { ...packet, ct: { ...packet.ct, state: 'UNTRACKED' } };
};

/** The end of a packet that INPUT of the host drops, whichever way through its rules it takes; undefined for all others. */
function inputOf(host: Host, iif: string, packet: Packet): Walk | undefined {
  const start: Walking = { steps: [], packet, assumptions: [], tracked: [], known: [], hops: 0 };
  const { on, over } = pass(host, start, { hook: 'INPUT', iif });
  const walks = over.flatMap(({ position }) => (position.at === 'end' ? [position.walk] : []));
  const all = walks.every(({ disposition }) => /^(?:dropped|rejected)-by-rule$/.test(disposition));
  return on.length === 0 && all && walks[0]?.assumptions.length === 0 ? walks[0] : undefined;
}

function draft(given: Case, all: readonly [Dropped, ...Dropped[]]): CauseDraft {
  const [{ node, asker, entry, what, walk, rule }] = all;
  const explains = (s: FindingDraft): boolean =>
    SILENCE.has(s.code) &&
    (all.some((one) => endsThere(given, s, one)) ||
      allFlows(
        s,
        (flow) =>
          flow.dst.includes(':') &&
          all.some(({ asker, node: other }) => [asker, other].every((name) => crosses(given.cluster, flow, name))),
      ));
  const shown = given.symptoms.filter(explains);
  const by = rule.policy ? `the policy of ${rule.chain} is DROP` : `${rule.chain} has the rule ${rule.text}`;
  return {
    code: 'host-firewall-drop',
    severity: shown.length > 0 ? 'critical' : 'warning',
    confidence: shown.length > 0 ? 'proven' : 'likely',
    title: `${node} drops IPv6 neighbour ${what}: ${by}`,
    summary: `On ${node}, ${by}, which drops ICMPv6 neighbour ${what}, so ${what === 'solicitations' ? `${asker} does not learn the MAC address of ${entry.address}` : `${node} does not learn the MAC address of ${entry.address}, whose answer it drops`}, and IPv6 by that next hop fails while IPv4 works.`,
    explanation:
      'What ARP is for IPv4 is ICMPv6 for IPv6 (types 135 and 136), and passes the firewall like everything else. It is never established nor new for conntrack, so only a rule for these types, or for all of ICMPv6, lets it in.',
    subjects: subjects(node, rule.chain, entry.address, ...all.map((one) => one.asker), entry.dev),
    culprits: [node],
    count: all.length,
    evidence: evidence(
      ...((walk.steps.at(-1)?.at ?? []).map((at): Cite => ({ role: 'the rule that drops', at })) as [Cite, ...Cite[]]),
      ...all.map((one): Cite => ({ role: `what ${one.asker} has for ${one.entry.address}`, at: one.entry })),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [acceptance(node, rule)],
    explains,
  };
}

/** A conversation of the symptom ends at the asker's entry. */
const endsThere = ({ failed }: Case, symptom: FindingDraft, { entry }: Dropped): boolean =>
  symptom.severity !== 'info' &&
  failed.some(
    ({ symptoms, comparison, journey }) =>
      symptoms.includes(symptom) &&
      (comparison === undefined ? journey.walks : [comparison.trip]).some((trip) =>
        endOf(trip)
          .steps.at(-1)
          ?.at.some(({ source, line }) => source === entry.source && line === entry.line),
      ),
  );

function acceptance(node: string, rule: RuleInWords): Remedy {
  const why =
    'neighbour discovery has to reach the kernel, from everybody on the link (RFC 4890 4.4); the firewall stays closed otherwise. Write it down where its rules come from, or it is gone after the next start';
  if (isNativeRule(rule))
    return {
      command: `nft 'insert rule ${rule.table} ${rule.chain} icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept'    # on ${node}`,
      why,
      verify: `${listNative(rule)}    # on ${node}: the new rule comes first; then ip -6 neigh on the other node`,
      rollback: `nft delete rule ${rule.table} ${rule.chain} handle HANDLE    # on ${node}; HANDLE: ${listNative(rule)}`,
    };
  const tool = iptables(rule, 6);
  const types = ['neighbour-solicitation', 'neighbour-advertisement', 'router-advertisement'];
  const each = (option: string): string =>
    types.map((type) => `${tool} ${option} -p icmpv6 --icmpv6-type ${type} -j ACCEPT`).join(' && ');
  return {
    command: `${each('-I INPUT 1')}    # on ${node}`,
    why,
    verify: `${tool} -nvL INPUT | head -6    # on ${node}: the counters of the new rules grow; then ip -6 neigh on the other node`,
    rollback: `${each('-D INPUT')}    # on ${node}`,
  };
}
