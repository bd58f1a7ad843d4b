import type { FindingDraft } from '../core/finding.js';
import { Tunnel } from '../core/frame.js';
import { lookup } from '../model/host/policy-routing.js';
import type { Case } from './cause.js';
import { SILENCE } from './witness.js';

/** WireGuard's packets of one node to another, as a row of the query has them, with the symptoms of what they may carry. */
export interface Sealed {
  readonly row: Readonly<Record<string, unknown>>;
  readonly symptoms: ReadonlySet<FindingDraft>;
}

/**
 * WireGuard's packets between nodes whose pods fail to reach each other by such a device: what is in them nobody sees. Both ends use
 * one port, and whoever gets a handshake answers it, so that packets of one direction alone tell that the other end has none of them.
 * Pairs of nodes between which packets were seen both ways are left out: WireGuard works there.
 */
export async function sealedEnvelopes(given: Case): Promise<readonly Sealed[]> {
  const pairs = new Map<string, Set<FindingDraft>>();
  for (const { question, symptoms } of given.failed) {
    const silent = symptoms.filter(({ code }) => SILENCE.has(code));
    const from = 'node' in question.from ? question.from.node : undefined;
    const to = given.cluster.owner(question.to).node;
    if (silent.length === 0 || from === undefined || to === undefined || from === to) continue;
    const far = question.from.address ?? '';
    if (!isSealed(given, from, question.to) && !isSealed(given, to, far)) continue;
    for (const key of [`${from} ${to}`, `${to} ${from}`]) {
      const known = pairs.get(key) ?? new Set();
      for (const symptom of silent) known.add(symptom);
      pairs.set(key, known);
    }
  }
  if (pairs.size === 0) return [];
  const rows = await given.scene.rows(`
    SELECT tap, tunnel, outer_src, outer_dst, outer_dport, min(place) AS place, count(*) AS n, min(time_ns) AS first_ns, max(time_ns) AS last_ns
    FROM packet_raw WHERE tunnel = ${Tunnel.wireguard} GROUP BY tap, tunnel, outer_src, outer_dst, outer_dport ORDER BY ALL`);
  const nodeOf = (id: unknown): string => given.cluster.nodeWithAddress(given.scene.address(Number(id))) ?? '';
  const keyed = rows.map((row) => ({ row, from: nodeOf(row['outer_src']), to: nodeOf(row['outer_dst']) }));
  const seen = new Set(keyed.map(({ from, to }) => `${from} ${to}`));
  return keyed.flatMap(({ row, from, to }) => {
    const symptoms = pairs.get(`${from} ${to}`);
    return symptoms === undefined || seen.has(`${to} ${from}`) ? [] : [{ row, symptoms }];
  });
}

/** The node's route to the address leads into a WireGuard device. */
function isSealed({ hosts }: Case, node: string, address: string): boolean {
  const host = hosts.get(node);
  const way =
    host === undefined || address === ''
      ? undefined
      : lookup(host, { family: address.includes(':') ? 6 : 4, dst: address, mark: 0 });
  const dev = way?.kind === 'unicast' ? way.hops[0].dev : undefined;
  return dev !== undefined && (host!.devices.get(dev)?.kind === 'wireguard' || NAMES.test(dev));
}

/** flannel's, Calico's and Cilium's; by hand most are wg0. */
const NAMES = /^(?:flannel-wg(?:-v6)?|wireguard\.cali|wg-v6\.cali|cilium_wg\d+|wg\d+)$/;
