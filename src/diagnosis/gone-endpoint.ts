import type { Cite, FindingDraft } from '../core/finding.js';
import { cutLists } from '../model/cut-lists.js';
import type { Placed } from '../model/facts.js';
import type { Case } from './cause.js';

/** Queries over UDP that leave a node for an address where no pod is, while others of the same client reach an endpoint. */
export interface GoneEndpoint {
  readonly symptom: FindingDraft;
  readonly node: string;
  readonly src: string;
  /** Where they go. */
  readonly target: string;
  readonly port: number;
  /** Service of which the target may have been an endpoint: its address, and an endpoint that answers the same client. */
  readonly service: { readonly name: string; readonly address: string; readonly at: Placed };
  readonly endpoint: { readonly address: string; readonly at: Placed };
  readonly answered: Cite;
}

/**
 * What a stale translation looks like where no dump of conntrack is there: seen behind the translation (on an uplink), so that
 * it may be the client itself that asks the old address. Only where pods and endpoints are listed, and the address is
 * nobody's.
 */
export async function goneEndpoints(given: Case): Promise<readonly GoneEndpoint[]> {
  const { scene, cluster, facts, symptoms } = given;
  // Of a list that was cut nobody knows whom the address belongs to.
  const cut = cutLists(cluster);
  if (facts.pods.length === 0 || cut.has('pods') || cut.has('endpoints')) return [];
  const tracked = new Set(
    (await scene.rows('SELECT DISTINCT source FROM conntrack ORDER BY source')).map((row) =>
      cluster.nodeOf({ source: Number(row['source']) }),
    ),
  );
  const found: GoneEndpoint[] = [];
  for (const symptom of symptoms) {
    if (symptom.code !== 'unreplied-udp' || symptom.severity === 'info' || !onUplink(given, symptom)) continue;
    for (const { src, dst, dport } of symptom.flows ?? []) {
      const { role, node } = cluster.owner(src);
      if (role !== 'pod' || node === undefined || dport === undefined || tracked.has(node)) continue;
      if (cluster.owner(dst).role !== 'pod-range' || facts.endpoints.some((e) => e.address === dst)) continue;
      for (const endpoint of facts.endpoints) {
        if (!endpoint.ready || (endpoint.port ?? dport) !== dport) continue;
        const service = facts.services.find(
          (s) => s.name === endpoint.service && s.namespace === endpoint.namespace && s.cluster_ip !== undefined,
        );
        const answered = service === undefined ? undefined : await reaches(given, src, endpoint.address, dport);
        if (service?.cluster_ip === undefined || answered === undefined) continue;
        found.push({
          symptom,
          node,
          src,
          target: dst,
          port: dport,
          service: {
            name: `${service.namespace ?? 'default'}/${service.name}`,
            address: service.cluster_ip,
            at: service,
          },
          endpoint: { address: endpoint.address, at: endpoint },
          answered,
        });
        break;
      }
    }
  }
  return found;
}

/** Every frame that is cited was seen on a physical link. */
const onUplink = ({ scene }: Case, symptom: FindingDraft): boolean => {
  const taps = symptom.evidence.flatMap((cite) => ('at' in cite && 'tap' in cite.at ? [scene.tap(cite.at.tap)] : []));
  return taps.length > 0 && taps.every((tap) => tap.device === 'uplink');
};

/** A query of this client to an endpoint that was answered. */
async function reaches({ scene }: Case, src: string, endpoint: string, port: number): Promise<Cite | undefined> {
  const safe = (address: string): string => address.replace(/[^0-9a-fA-F:.]/g, '');
  const [row] = await scene.rows(`
    SELECT o.tap, o.place FROM opener o JOIN address s ON s.id = o.src JOIN address d ON d.id = o.dst
    WHERE o.proto = 17 AND o.answered AND o.dport = ${port} AND s.address = '${safe(src)}' AND d.address = '${safe(endpoint)}'
    ORDER BY o.tap, o.place LIMIT 1`);
  return row === undefined
    ? undefined
    : {
        role: `the same client is answered by ${endpoint}`,
        at: { tap: Number(row['tap']), place: Number(row['place']) },
      };
}
