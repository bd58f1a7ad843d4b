import type { interfaceAddress } from '../core/event/network.js';
import type { Cite, FindingDraft } from '../core/finding.js';
import type { Fact } from '../model/facts.js';
import type { Case, CauseDraft } from './cause.js';
import { crosses } from './flow-end.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from './witness.js';

type Own = Fact<typeof interfaceAddress>;

/**
 * Nodes whose IPv6 address the kernel does not use, because duplicate address detection heard somebody else with it
 * (RFC 4862 5.4; `ip addr`: dadfailed, kernel `net/ipv6/addrconf.c`, addrconf_dad_failure).
 *
 * Physics: the node neither answers for the address nor sends with it; what others send there reaches the machine that has it, which
 * drops it. All routes by this next hop are dead, while IPv4 works.
 *
 * Innocent: `tentative` alone, a question that is still open; link-local and temporary addresses, of which the kernel makes others;
 * devices that are no uplink: on bridges with hairpin ports and on tunnels a loop brings the question itself back.
 */
export function failedDad(given: Case): readonly CauseDraft[] {
  const { cluster, facts } = given;
  const seen = new Set<string>();
  return facts.addresses.flatMap((own): readonly CauseDraft[] => {
    const node = cluster.nodeOf(own);
    const flags = own.flags ?? [];
    if (node === undefined || !flags.includes('dadfailed') || flags.includes('temporary')) return [];
    if (/^fe[89ab]/i.test(own.address) || cluster.nodeWithAddress(own.address) !== node) return [];
    if (cluster.device(node, own.ifname) !== 'uplink' || seen.has(own.address)) return [];
    seen.add(own.address);
    return [draft(given, node, own)];
  });
}

function draft(given: Case, node: string, own: Own): CauseDraft {
  const { cluster, facts } = given;
  const { address, ifname } = own;
  const macs = new Set(facts.links.flatMap((link) => (cluster.nodeOf(link) === node ? (link.mac ?? []) : [])));
  const holder = facts.neighbours.find(
    (entry) =>
      entry.address === address &&
      entry.mac !== undefined &&
      macs.size > 0 &&
      !macs.has(entry.mac) &&
      cluster.nodeOf(entry) !== node,
  );
  const explains = (s: FindingDraft): boolean =>
    SILENCE.has(s.code) && allFlows(s, (flow) => flow.dst.includes(':') && crosses(cluster, flow, node));
  const shown = given.symptoms.filter(explains);
  const prefix = `${address}/${own.prefix_length ?? 64}`;
  const who = holder === undefined ? 'another machine' : `the machine with the MAC address ${holder.mac}`;
  return {
    code: 'duplicate-node-address',
    severity: shown.length > 0 ? 'critical' : 'warning',
    confidence: shown.length > 0 || holder !== undefined ? 'proven' : 'likely',
    title: `${node} does not use its address ${address}: somebody else on ${ifname} has it`,
    summary: `The kernel of ${node} found ${address} taken when it put it on ${ifname} (dadfailed), by ${who}, so ${node} neither answers for it nor sends with it, and what goes there or by that next hop is lost.`,
    explanation:
      'Before an IPv6 address is used, the kernel asks the link for it, and gives it up when somebody answers. Only IPv6 is concerned; the address stands in the list all the same. A loop in the network that brings the question back to its sender looks alike.',
    subjects: subjects(address, node, ifname, holder?.mac),
    count: 1,
    evidence: evidence(
      { role: `the address on ${ifname} of ${node}`, at: own },
      ...(holder === undefined ? [] : [{ role: 'who has it, as another node sees it', at: holder } as Cite]),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      {
        command: `ip addr del ${prefix} dev ${ifname} && ip addr add ${prefix} dev ${ifname}    # on ${node}, when ${who} has given it up`,
        why: `The kernel asks again, and uses the address when nobody answers. ${holder === undefined ? `ip -6 neigh show ${address} on another node of the link shows who has it now` : 'The switch’s table tells on which port that machine is'}. Routes that the node has by ${ifname} may go with the address: note ip -6 route first`,
        verify: `ip -6 addr show dev ${ifname} dadfailed    # on ${node}: nothing`,
        rollback: 'none needed: the address is the same',
      },
    ],
    wants:
      holder === undefined && shown.length === 0
        ? [{ what: `who has ${address}`, collect: `ip -6 neigh show ${address}    # on another node of that link` }]
        : [],
    explains,
  };
}
