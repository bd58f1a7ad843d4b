import { appendTo } from '../core/append-to.js';
import type { neighbour } from '../core/event/network.js';
import type { Cite, FindingDraft } from '../core/finding.js';
import type { Fact } from '../model/facts.js';
import type { Case, CauseDraft } from './cause.js';
import { crosses } from './flow-end.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from './witness.js';

/** Replies that are looked at: a flood of ARP shows it as well in its first. */
const MOST = 5000;
/** Two machines that are asked at once answer within this time; one that takes an address over does not answer together with the other. */
const AT_ONCE_NS = 1_000_000_000;

type Neighbour = Fact<typeof neighbour>;

interface Reply {
  readonly mac: string;
  readonly timeNs: number;
  readonly cite: Cite;
}

/** A node's address and the MAC address of a stranger that answers for it as well. */
interface Twice {
  readonly address: string;
  readonly node: string;
  readonly own: string;
  readonly other: string;
  readonly cites: readonly [Cite, ...Cite[]];
  /** Seen in packets, or only in the neighbour tables of two nodes. */
  readonly seen: boolean;
}

/**
 * Nodes for whose address a second machine answers ARP.
 *
 * Physics: who asks takes the answer that came last; half of the others send their packets to a machine that drops them.
 *
 * Innocent: a node that answers by several of its own cards (arp_ignore 0, bonds): all MAC addresses are its own, so its devices must
 * be shown; a router that answers for others (proxy ARP) or a fabric that shows one MAC address for all: it stands for more than one
 * address; addresses that move (VRRP, keepalived, MetalLB, a node that was replaced): the two do not answer at once, nor in turn, and
 * only addresses that nodes are listed with are looked at.
 */
export async function answeredTwice(given: Case): Promise<readonly CauseDraft[]> {
  const found = new Map<string, Twice>();
  for (const twice of [...(await inPackets(given)), ...inTables(given)])
    if (!found.has(twice.address)) found.set(twice.address, twice);
  return [...found.values()].map((twice) => draft(given, twice));
}

/** Addresses that nodes are listed with, and whose they are. */
const listed = ({ cluster, facts }: Case): ReadonlyMap<string, string> =>
  new Map([
    ...facts.nodes.flatMap(({ name, internal_ip }) =>
      internal_ip === undefined ? [] : [[internal_ip, cluster.named(name)] as const],
    ),
    ...facts.nodeAddresses.flatMap(({ node, address, type }) =>
      type === 'InternalIP' ? [[address, cluster.named(node)] as const] : [],
    ),
  ]);

const ownMacs = ({ hosts }: Case, node: string): ReadonlySet<string> =>
  new Set([...(hosts.get(node)?.devices.values() ?? [])].flatMap(({ mac }) => mac ?? []));

/** True for a MAC address that may stand for many: a router's, a fabric's, another node's, or one of a group (VRRP, RFC 9568 7.3). */
function standsForMany(
  given: Case,
  mac: string,
  address: string,
  answersFor: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  if (/^(?:00:00:5e:00:0[12]:|ee:ee:ee:ee:ee:ee$)/.test(mac)) return true;
  if ([...(answersFor.get(mac) ?? [])].some((other) => other !== address)) return true;
  const others = (one: string): boolean => one !== address && !one.includes(':');
  if (given.facts.neighbours.some((n) => n.mac === mac && others(n.address))) return true;
  return [...given.hosts.keys()].some((node) => ownMacs(given, node).has(mac));
}

async function inPackets(given: Case): Promise<readonly Twice[]> {
  const { scene } = given;
  const nodes = listed(given);
  if (nodes.size === 0) return [];
  const rows = await scene.rows(
    `SELECT t.source, p.tap, p.place, p.src, p.mac_src AS mac, p.time_ns, p.arp_op FROM packet_raw p JOIN tap t USING (tap)
     WHERE p.arp_op IN (1, 2) AND p.tunnel = 0 AND p.mac_src > 0 AND p.src <> 0 AND t.direction <> 'out' ORDER BY t.source, p.time_ns, p.place LIMIT ${MOST}`,
  );
  const answersFor = new Map<string, Set<string>>();
  const replies = new Map<string, Reply[]>();
  for (const row of rows) {
    const mac = Number(row['mac'])
      .toString(16)
      .padStart(12, '0')
      .replace(/(..)(?=.)/g, '$1:');
    const address = scene.address(Number(row['src']));
    answersFor.set(mac, (answersFor.get(mac) ?? new Set()).add(address));
    if (Number(row['arp_op']) !== 2 || !nodes.has(address)) continue;
    const at = { tap: Number(row['tap']), place: Number(row['place']) };
    const cite: Cite = { role: `${mac} answers for ${address}`, at };
    appendTo(replies, `${row['source']} ${address}`, { mac, timeNs: Number(row['time_ns']), cite });
  }
  return [...replies].flatMap(([key, list]): readonly Twice[] => {
    const address = key.split(' ')[1]!;
    const node = nodes.get(address)!;
    const macs = ownMacs(given, node);
    const own = list.find(({ mac }) => macs.has(mac));
    const other = list.find(({ mac }) => !macs.has(mac));
    if (own === undefined || other === undefined || standsForMany(given, other.mac, address, answersFor)) return [];
    const both = list.filter(({ mac }) => mac === own.mac || mac === other.mac);
    const turns = both.filter(({ mac }, i) => i === 0 || mac !== both[i - 1]!.mac);
    const atOnce = turns.some(({ timeNs }, i) => i > 0 && timeNs >= 0 && timeNs - turns[i - 1]!.timeNs < AT_ONCE_NS);
    if (!atOnce && turns.length < 3) return [];
    const [first, ...rest] = turns.slice(0, 4).map(({ cite }) => cite);
    return [{ address, node, own: own.mac, other: other.mac, cites: [first!, ...rest], seen: true }];
  });
}

/** Two nodes have confirmed two different MAC addresses for it. */
function inTables(given: Case): readonly Twice[] {
  const { cluster, facts } = given;
  const nodes = listed(given);
  const confirmed = new Map<string, Neighbour[]>();
  for (const entry of facts.neighbours)
    if (entry.mac !== undefined && entry.state === 'REACHABLE' && nodes.has(entry.address))
      appendTo(confirmed, entry.address, entry);
  return [...confirmed].flatMap(([address, all]): readonly Twice[] => {
    const node = nodes.get(address)!;
    const macs = ownMacs(given, node);
    const entries = all.filter((n) => cluster.nodeOf(n) !== node);
    const own = entries.find(({ mac }) => macs.has(mac!));
    const other = entries.find(({ mac }) => !macs.has(mac!));
    if (own === undefined || other === undefined || cluster.nodeOf(own) === cluster.nodeOf(other)) return [];
    if (standsForMany(given, other.mac!, address, new Map())) return [];
    const cites = [own, other].map((n): Cite => ({ role: `${cluster.nodeOf(n)} has ${n.mac} for ${address}`, at: n }));
    return [{ address, node, own: own.mac!, other: other.mac!, cites: [cites[0]!, cites[1]!], seen: false }];
  });
}

function draft(given: Case, { address, node, own, other, cites, seen }: Twice): CauseDraft {
  const { cluster, hosts } = given;
  const explains = (s: FindingDraft): boolean =>
    SILENCE.has(s.code) && allFlows(s, (flow) => crosses(cluster, flow, node));
  const shown = given.symptoms.filter(explains);
  const device = [...(hosts.get(node)?.devices.values() ?? [])].find(({ mac }) => mac === own);
  return {
    code: 'duplicate-node-address',
    severity: shown.length > 0 ? 'critical' : 'warning',
    confidence: !seen ? 'possible' : shown.length > 0 ? 'proven' : 'likely',
    title: `Two machines answer for ${address}, the address of ${node}: ${own} and ${other}`,
    summary: `${address} is the address of ${node} (${own}${device === undefined ? '' : `, its ${device.name}`}), and another machine with the MAC address ${other} answers ARP for it as well, so what is sent to ${node} and its pods goes now to the one and now to the other.`,
    explanation: `${other} is no device of ${node} or of any other node that the bundle shows, and stands for no other address, so it is no router that answers for others. Whoever asks takes the last answer and keeps it for minutes.${seen ? '' : ' The two tables may have been written at different times: a node that got a new card between them looks the same.'}`,
    subjects: subjects(address, node, other, own, device?.name),
    culprits: [node],
    count: cites.length,
    evidence: evidence(
      ...cites,
      ...(device?.links ?? []).slice(-1).map((at): Cite => ({ role: `${own} is ${device!.name} of ${node}`, at })),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      {
        command: `arping -c 5 -I UPLINK ${address}    # on another node, UPLINK as ip route get ${address} names it; then find the port of ${other} in the switch or hypervisor: its machine needs another address`,
        why: `${node} is the one that the cluster knows by ${address}; the other machine got it by hand, from a template, or from a DHCP range that overlaps. Until it is gone, its port can be shut.`,
        verify: `ip neigh flush to ${address}; arping -c 5 -I UPLINK ${address}    # on another node: answers of ${own} alone; then try the connection again`,
        rollback: 'none needed: arping only asks; open the port again once the machine has an address of its own',
      },
    ],
    wants: seen
      ? []
      : [
          {
            what: `whether both answer at once: ARP for ${address}, asked for again`,
            collect: `ip neigh flush to ${address}; tcpdump -nne -c 20 -i any arp and host ${address}    # on ${cluster.nodeOf(given.facts.neighbours.find((n) => n.address === address && n.mac === other) ?? { source: -1 }) ?? 'another node'}`,
          },
        ],
    explains,
  };
}
