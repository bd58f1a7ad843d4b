import { familyOf } from '../core/address.js';
import type { Cite } from '../core/finding.js';
import { sourcesOf } from '../model/host/host-sources.js';
import { ANYWHERE, type RoundTrip } from '../model/journey/step.js';
import type { Case } from './cause.js';

/**
 * What a predicted way rests on besides the lines that decide its end: why these addresses are whose they are, and, for each
 * node on the way, the dumps that were searched for anything that stops or diverts the packet earlier. Without them nobody
 * could tell that there is no other explanation.
 */
export function restsOn(given: Pick<Case, 'cluster' | 'hosts'>, { request, reply }: RoundTrip): readonly Cite[] {
  const steps = [...request.steps, ...(reply?.steps ?? [])];
  const packets = steps.flatMap(({ packet, outer }) => [packet, ...(outer === undefined ? [] : [outer])]);
  const addresses = new Set(packets.flatMap(({ src, dst }) => [src, dst]));
  const owners = [...addresses].flatMap((address): Cite[] => {
    const { at } = given.cluster.owner(address);
    return at === undefined ? [] : [{ role: `whose ${address} is`, at }];
  });
  const nodes = new Set(steps.map((step) => step.node));
  const elsewhere = [...nodes].flatMap((node): Cite[] => {
    const host = given.hosts.get(node);
    const [first, ...rest] = host === undefined ? [] : sourcesOf(host, familyOf(request.packet.src) === 6 ? 6 : 4);
    if (first === undefined) return [];
    const absent = `no other rule, route or setting of ${node} that the bundle shows stops or diverts it earlier`;
    return [{ role: `nothing else on ${node}`, absent, searched: [first, ...rest] }];
  });
  return [...owners.slice(0, 6), ...(addresses.has(ANYWHERE) ? stranger(given) : []), ...elsewhere.slice(0, 4)];
}

/** Of a client that is known by its name alone only the list of nodes tells that it is none of them. */
function stranger({ cluster }: Pick<Case, 'cluster'>): readonly Cite[] {
  const [first, ...rest] = new Set(cluster.facts.nodes.map((node) => node.source));
  if (first === undefined) return [];
  return [
    { role: 'the client is outside', absent: 'no node has the name that it is known by', searched: [first, ...rest] },
  ];
}
