import type { Cite, Confidence } from '../core/finding.js';
import { contains, isPrivate, type Prefix } from '../core/prefix.js';
import type { Host } from '../model/host/host.js';
import type { Missing } from '../model/journey/missing.js';
import type { Case } from './cause.js';
import { nextHops } from './next-hops.js';
import { signOfLife } from './sign-of-life.js';

/** Whether packets that a node sends to an address arrive at the peer that they are meant for. */
export type PeerEnd =
  /** The peer's own address, or one that it announces: if that is wrong, the announcement is at fault. */
  | { readonly kind: 'own'; readonly silent?: Cite | undefined }
  /**
   * The peer does not have it; `who` says what is there instead, `atMost` how sure that can be. `answers`: somebody may be
   * there and hand the packets on, so that only a connection that fails tells against it.
   */
  | {
      readonly kind: 'not-its';
      readonly who: string;
      readonly atMost: Confidence;
      readonly answers: boolean;
      readonly cites: readonly Cite[];
    }
  | { readonly kind: 'unknown'; readonly missing?: Missing | undefined };

/** What a host sends by. */
export interface Lead {
  readonly host: Host;
  readonly peer: string;
  /** Pods of the peer that it is the way to. */
  readonly prefix: Prefix;
  /** One of these pods. */
  readonly sample: string;
  readonly address: string;
  /** Tunnel device that puts packets into envelopes for the address; absent where it is a plain next hop. */
  readonly tunnel?: string | undefined;
}

/**
 * Whose the address is, as far as it can be told. Linux answers ARP for each of its addresses on every interface that is up
 * (arp_ignore 0, net/ipv4/arp.c), so a peer that lives on the sender's own link and does not answer for an address there does
 * not have it. An address that nobody is known to have may be a router's, or one more of the peer's: then nothing is said.
 */
export function endOf(given: Case, lead: Lead): PeerEnd {
  const { cluster } = given;
  const { host, peer, address } = lead;
  const family = address.includes(':') ? 6 : 4;
  const entry = host.neighbours.value.findLast((n) => n.address === address && n.dev !== lead.tunnel);
  const silent: Cite | undefined =
    entry !== undefined && /FAILED|INCOMPLETE/.test(entry.state)
      ? { role: `nobody answers for ${address}`, at: entry }
      : undefined;
  if (cluster.nodes.get(peer)?.addresses.has(address) === true) return { kind: 'own', silent };
  const { announcements, interfaces } = nextHops(given);
  const own = interfaces(peer);
  if (
    own.list.some((i) => i.address === address) ||
    announcements.some((a) => a.node === peer && a.address === address && cluster.nodeOf(a.at) !== host.name)
  )
    return { kind: 'own', silent };
  const better = addressOnLink(given, host, peer, address);
  const alive = signOfLife(cluster, peer);
  if (silent !== undefined && entry !== undefined && alive !== undefined && better !== undefined)
    return routes(given, lead)
      ? unknown(given, lead)
      : {
          kind: 'not-its',
          who: `nobody answers for ${address} on ${entry.dev}`,
          // Two interfaces of one network, the other of them down, look the same from afar.
          atMost: own.whole.has(family) ? 'proven' : 'likely',
          answers: false,
          cites: [silent, alive, ...better.cites],
        };
  const holder = cluster.nodeWithAddress(address);
  if (holder !== undefined && holder !== host.name) return otherNode(given, lead, holder);
  if (!own.whole.has(family) || ['service', 'vtep', 'gateway', 'pod'].includes(cluster.owner(address).role))
    return unknown(given, lead);
  // Translated one to one somewhere, or handed on by a router.
  const translated = !isPrivate(address) && own.list.every((i) => i.prefix.family !== family || isPrivate(i.address));
  const router = better === undefined || routes(given, lead) || !goesStraight(given, lead);
  if (translated || (lead.tunnel === undefined && router)) return unknown(given, lead);
  const [first, ...rest] = own.sources;
  return {
    kind: 'not-its',
    who: `${address} is on no interface of ${peer}`,
    atMost: 'likely',
    answers: lead.tunnel === undefined,
    cites: [{ role: `not on ${peer}`, absent: `${address} on an interface of ${peer}`, searched: [first!, ...rest] }],
  };
}

/** The address is another node's: whether that node hands the packets on is walked where its configuration is shown. */
function otherNode(given: Case, lead: Lead, holder: string): PeerEnd {
  const { host, peer, address, sample } = lead;
  const at = given.cluster.nodes.get(holder)?.addresses.get(address);
  const from = { kind: 'node', node: host.name } as const;
  const { walks } = given.journeys.between({ from, to: sample, proto: 6, dport: 80 });
  if (walks.some(({ request }) => request.steps.some((step) => step.node === peer))) return { kind: 'own' };
  const dropped = walks.some(({ request: { node, disposition } }) => node === holder && disposition !== 'unknown');
  if (!dropped && !goesStraight(given, lead)) return unknown(given, lead);
  return {
    kind: 'not-its',
    who: `${address} is ${holder}`,
    atMost: dropped ? 'likely' : 'possible',
    answers: true,
    cites: at === undefined ? [] : [{ role: `whose ${address} is`, at }],
  };
}

function unknown({ cluster, hosts }: Case, { host, peer, address }: Lead): PeerEnd {
  const shown = cluster.showsInterfaces(peer) || hosts.get(host.name)?.neighbours.shown !== 'none';
  return {
    kind: 'unknown',
    missing: shown
      ? undefined
      : {
          what: `whether ${peer} has the address ${address}`,
          collect: `ip addr    # on ${peer}; and ip neigh show ${address} on ${host.name}`,
        },
  };
}

/** True for a next hop by which nodes reach more than this peer's pods: a router. */
const routes = (given: Case, { peer, address }: Lead): boolean =>
  [...(nextHops(given).behind.get(address) ?? [])].some((node) => node !== peer);

/** True when the host reaches the pods of another node by that node's own address: no router stands between them. */
const goesStraight = (given: Case, { host, peer }: Lead): boolean =>
  [...(nextHops(given).straight.get(host.name) ?? [])].some((node) => node !== peer);

/** The peer's own address on a link of the host on which the other address would be as well. */
export function addressOnLink(
  { cluster }: Case,
  host: Host,
  peer: string,
  beside: string,
): { readonly address: string; readonly dev: string; readonly cites: readonly Cite[] } | undefined {
  for (const link of linksOf(host))
    if (contains(link.prefix, beside))
      for (const [address, at] of cluster.nodes.get(peer)?.addresses ?? [])
        if (contains(link.prefix, address) && address !== beside)
          return { address, dev: link.dev, cites: [{ role: `${peer} is ${address}`, at }] };
  return undefined;
}

/** Networks that the host's uplinks are in: by its addresses, or by its routes without a next hop. */
function linksOf(host: Host): readonly { readonly prefix: Prefix; readonly dev: string }[] {
  const uplink = (dev: string): boolean =>
    !['overlay', 'bridge', 'workload'].includes(host.devices.get(dev)?.role ?? '');
  const held = [...host.addresses[4].value, ...host.addresses[6].value].map(({ prefix, ifname }) => ({
    prefix,
    dev: ifname,
  }));
  const routed = [...host.tables.values()].flatMap((table) =>
    table.value.flatMap(({ prefix, type, hops: [hop] }) =>
      type === 'unicast' && hop?.dev !== undefined && hop.via === undefined ? [{ prefix, dev: hop.dev }] : [],
    ),
  );
  const narrow = { 4: 31, 6: 127 };
  return [...held, ...routed].filter(
    ({ prefix, dev }) => prefix.length > 0 && prefix.length < narrow[prefix.family] && uplink(dev),
  );
}
