import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import { cutLists, isCutIn } from '../../model/cut-lists.js';
import type { Case, Cause, CauseDraft } from '../cause.js';
import { found } from '../cause.js';
import { type GoneEndpoint, goneEndpoints } from '../gone-endpoint.js';
import { everyFlow, evidence, shownBy, subjects } from '../witness.js';

/**
 * A conntrack entry of an endpoint that is gone still owns the translation.
 *
 * Physics: NAT is decided by the first packet of a flow and kept in conntrack. A UDP client that never changes its port
 * keeps its entry alive and is sent to the pod that is gone, whatever the rules say now.
 *
 * Innocent: answered flows; TCP, whose client gives up and opens another; entries of services of which the endpoints are not
 * in the bundle; an entry whose target is an endpoint, ready or not, or a pod that lives (draining).
 *
 * Proven: entry and endpoints, and packets of that flow unanswered. Entry and endpoints alone make it likely, as the two
 * dumps may be of different times. Without the entries it is possible, where a client's queries go to an address that is
 * nobody's while others of its queries reach an endpoint.
 */
export const staleConntrackEntry: Cause = {
  code: 'stale-conntrack-entry',
  async diagnose(given) {
    const { scene, cluster, facts } = given;
    const rows = await scene.rows(`
      SELECT source, line, src, dst, sport, dport, reply_src, reply_sport FROM conntrack
      WHERE proto = 'udp' AND event IS NULL AND list_contains(status, 'UNREPLIED') AND dst IS NOT NULL AND dport IS NOT NULL
      ORDER BY source, line LIMIT 20000`);
    // What a list that was cut does not hold may be a live endpoint all the same.
    const cut = cutLists(cluster);
    const stale = (cut.has('pods') ? [] : rows).flatMap((row): Entry[] => {
      const [dst, target] = [String(row['dst']), String(row['reply_src'])];
      const service = facts.services.find((s) => s.cluster_ip === dst || (s.cluster_ips ?? []).includes(dst));
      if (service === undefined || row['reply_src'] === null) return [];
      if (isCutIn(cluster, 'endpoints', service.namespace)) return [];
      const endpoints = facts.endpoints.filter(
        (e) => e.service === service.name && (e.namespace ?? service.namespace) === service.namespace,
      );
      if (!endpoints.some((e) => e.ready) || endpoints.some((e) => e.address === target)) return [];
      // Not translated at all is as stale, if the target is the service itself and its rules are there.
      if (target !== dst && facts.pods.some((p) => p.ip === target && /^Running$/.test(p.phase ?? ''))) return [];
      if (target === dst && !facts.rules.some((r) => r.chain === 'KUBE-SERVICES' && r.spec.includes(`${dst}/32`)))
        return [];
      const at = { source: Number(row['source']), line: Number(row['line']) };
      return [
        {
          node: cluster.nodeOf(at),
          src: String(row['src']),
          dst,
          dport: Number(row['dport']),
          target,
          service: `${service.namespace ?? 'default'}/${service.name}`,
          endpoint: endpoints[0]!,
          object: service,
          at,
        },
      ];
    });
    const groups = new Map<string, Entry[]>();
    for (const e of stale)
      groups.set(`${e.node} ${e.dst} ${e.dport} ${e.target}`, [
        ...(groups.get(`${e.node} ${e.dst} ${e.dport} ${e.target}`) ?? []),
        e,
      ]);
    const entries = [...groups.values()].map((group) => draft(given, group));
    return found(entries.length > 0 ? entries : (await goneEndpoints(given)).map(suspicion));
  },
};

interface Entry {
  readonly node: string | undefined;
  readonly src: string;
  readonly dst: string;
  readonly dport: number;
  readonly target: string;
  readonly service: string;
  readonly endpoint: Case['facts']['endpoints'][number];
  readonly object: Case['facts']['services'][number];
  readonly at: { readonly source: number; readonly line: number };
}

function draft(given: Case, entries: readonly Entry[]): CauseDraft {
  const [first] = entries as [Entry];
  const { dst, dport, target } = first;
  const sources = new Set(entries.map((e) => e.src));
  const explains = (s: FindingDraft): boolean =>
    /^(unreplied-udp|icmp-error)$/.test(s.code) &&
    everyFlow(
      s,
      (flow) => sources.has(flow.src) && (flow.dst === dst || flow.dst === target) && (flow.dport ?? dport) === dport,
    );
  const shown = given.symptoms.filter(explains);
  const on = first.node === undefined ? '' : ` of ${first.node}`;
  const untranslated = target === dst;
  return {
    code: 'stale-conntrack-entry',
    severity: shown.length > 0 ? 'critical' : 'warning',
    confidence: shown.length > 0 ? 'proven' : 'likely',
    title: `conntrack${on} still sends ${[...sources].slice(0, 2).join(', ')} to ${untranslated ? 'the service address itself' : target} for ${first.service}`,
    summary: `An old conntrack entry${on} still ${untranslated ? `keeps ${dst}:${dport} (${first.service}) untranslated` : `translates ${dst}:${dport} (${first.service}) to ${target}, which is no endpoint any more`}, so packets of ${[...sources].slice(0, 3).join(', ')} get no answer.`,
    explanation:
      'The translation of a flow is decided once, by its first packet. The client keeps its port, so each packet renews the entry and the present rules are never asked.',
    subjects: subjects(target, dst, ...sources, first.service, first.node),
    count: entries.length,
    evidence: evidence(
      { role: 'the old entry', at: first.at },
      ...entries.slice(1, 4).map((e): Cite => ({ role: 'another one', at: e.at })),
      { role: `an endpoint of ${first.service} now`, at: first.endpoint },
      { role: `the service with ${dst}`, at: first.object },
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      forgetting(dst, {
        dport,
        target: untranslated ? undefined : target,
        node: first.node,
        endpoint: first.endpoint.address,
      }),
    ],
    explains,
  };
}

/** The entries of one service that lead to one target are deleted; present rules decide anew. */
function forgetting(
  dst: string,
  to: {
    readonly dport: number;
    readonly target: string | undefined;
    readonly node: string | undefined;
    readonly endpoint: string;
  },
): Remedy {
  return {
    command: `conntrack -D -p udp --orig-dst ${dst} --dport ${to.dport}${to.target === undefined ? '' : ` --reply-src ${to.target}`}    # on ${to.node ?? 'the node'}`,
    why: 'The next packet makes a new entry by the present rules.',
    verify: `conntrack -L -p udp --orig-dst ${dst} --dport ${to.dport}    # reply source: ${to.endpoint}`,
    rollback: 'none: the entry is made anew by the next packet',
  };
}

function suspicion({ symptom, node, src, target, port, service, endpoint, answered }: GoneEndpoint): CauseDraft {
  return {
    code: 'stale-conntrack-entry',
    severity: 'critical',
    confidence: 'possible',
    title: `Queries of ${src} leave ${node} for ${target}, which is no pod and no endpoint of ${service.name}`,
    summary: `Some queries of ${src} leave ${node} for ${target}, which is no pod, and get no answer, while others reach ${endpoint.address}, an endpoint of ${service.name} (${service.address}): an old conntrack entry on ${node} may still translate them, or the client asks the old address itself.`,
    explanation:
      'The translation of a flow is decided once, by its first packet. A client that keeps its port renews the entry with each packet, and goes on asking an endpoint that is gone. The entries of the node would show it.',
    subjects: subjects(target, service.address, src, service.name, node),
    count: symptom.count,
    evidence: evidence(
      answered,
      ...shownBy([symptom], 2),
      { role: `an endpoint of ${service.name} now`, at: endpoint.at },
      { role: `the service with ${service.address}`, at: service.at },
    ),
    remedy: [forgetting(service.address, { dport: port, target, node, endpoint: endpoint.address })],
    wants: [
      {
        what: `the entries of connection tracking of ${node}, while the queries are sent (without new ones they are gone within minutes)`,
        collect: `conntrack -L -p udp --orig-src ${src} --reply-src ${target}    # on ${node}`,
      },
    ],
    explains: (s) => s === symptom,
  };
}
