import type { Cite } from '../core/finding.js';
import { contains, isPrivate, parsePrefix } from '../core/prefix.js';
import type { Scene } from '../model/scene.js';
import type { Envelope } from './vxlan-envelope.js';
import type { Wrong } from './vxlan-misplaced.js';

/** What the packets tell of whether outer addresses can be reached. */
export interface Reach {
  /** `node address`: packets from it were seen at taps of that node. */
  readonly seenFrom: ReadonlySet<string>;
  readonly unreachable: ReadonlyMap<number, Cite>;
}

/**
 * Why an envelope to the owner's own address goes nowhere, on a positive sign only: the sender got an ICMP unreachable for
 * it; or it is private, outside the sender's networks, the node is known by another address, and nothing from it was ever seen.
 */
export function outOfReach(scene: Scene, envelope: Envelope, node: string, reach: Reach): Wrong | undefined {
  const outer = scene.address(envelope.outerDst);
  const dst = scene.address(envelope.dst);
  const { at } = scene.owner(envelope.dst);
  const addresses = scene.cluster.nodes.get(node)!.addresses;
  const cites: Cite[] = at === undefined ? [] : [{ role: `why ${dst} is on ${node}`, at }];
  cites.push({ role: `${outer} is ${node}\u2019s own`, at: addresses.get(outer)! });
  const about = { whose: node, confidence: 'proven' } as const;
  const error = reach.unreachable.get(envelope.outerDst);
  if (error !== undefined)
    return {
      ...about,
      why: `${outer} is ${node}\u2019s own address, but the network says that it is unreachable from here`,
      instead: 'an address that this sender can reach',
      cites: [...cites, error],
    };
  const sender = scene.address(envelope.outerSrc);
  if (
    !isPrivate(outer) ||
    reach.seenFrom.has(`${scene.tap(envelope.tap).node ?? ''} ${envelope.outerDst}`) ||
    sameNetwork(scene, sender, outer)
  )
    return undefined;
  const unseen = `${outer} is a private address of ${node} on another network than the sender ${sender}, nothing from it was ever seen`;
  const others = [...addresses].filter(([address]) => address !== outer && !isPrivate(address));
  if (others.length > 0) {
    for (const [, other] of others.slice(0, 2)) cites.push({ role: `the other address of ${node}`, at: other });
    const names = others.map(([a]) => a);
    return {
      ...about,
      why: `${unseen}, and ${node} is known by ${names.join(', ')} as well`,
      instead: names.join(' or '),
      cites,
    };
  }
  // The API server is announced by an address that no node has: the nodes know each other by translated addresses.
  const translated = scene.cluster.facts.endpoints.find(
    (e) =>
      e.service === 'kubernetes' &&
      (e.namespace === undefined || e.namespace === 'default') &&
      !isPrivate(e.address) &&
      scene.cluster.nodeWithAddress(e.address) === undefined,
  );
  if (translated === undefined) return undefined;
  return {
    ...about,
    why: `${unseen}, and the API server is announced by ${translated.address}, which is on no node\u2019s interface: the nodes reach each other by translated addresses`,
    instead: `the address by which others reach ${node}`,
    cites: [...cites, { role: 'the API server\u2019s announced address', at: translated }],
  };
}

/** True when one of the sender's interface prefixes holds the address, or any node's prefix holds both. */
function sameNetwork(scene: Scene, sender: string, address: string): boolean {
  return scene.cluster.facts.addresses.some((a) => {
    const prefix = parsePrefix(`${a.address}/${a.prefix_length}`);
    return prefix !== undefined && contains(prefix, sender) && contains(prefix, address);
  });
}
