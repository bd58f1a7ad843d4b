import type { NonEmpty } from '../core/finding.js';
import type { Cluster } from '../model/cluster.js';
import type { Missing } from '../model/journey/missing.js';
import { agentOn } from './agent.js';
import type { Standing } from './arbitrate.js';
import type { Ask } from './asks.js';
import type { CauseDraft } from './cause.js';

/** Asks of its walks that a cause is marked with: each would do. */
const MOST = 2;

/** What is asked where a cause does not say by itself what would prove it, and what the bundle holds already. */
export interface Proving {
  readonly proof: (cause: CauseDraft) => Missing | undefined;
  readonly held: (ask: Missing) => boolean;
}

/**
 * What would make the causes certain that stand on their own and are not proven: what the cause itself wants, else what its walks
 * lack (`ofCauses`), else what `proof` makes of it. One entry per command; none that the bundle answers already (`held`).
 */
export function wanted(
  standings: readonly Standing[],
  ofCauses: readonly Ask[],
  { proof, held }: Proving,
): readonly Ask[] {
  const found = new Map<string, { code: Ask['code']; missing: string[]; collect: string }>();
  const add = (code: Ask['code'], { what, collect }: Missing): void => {
    const known = found.get(collect);
    if (known === undefined) found.set(collect, { code, missing: [what], collect });
    else if (!known.missing.includes(what)) known.missing.push(what);
  };
  for (const { cause, supports } of standings) {
    if (supports !== undefined || cause.severity === 'info' || cause.confidence === 'proven') continue;
    const own = (cause.wants ?? []).filter((ask) => !held(ask));
    const walks = ofCauses.filter(({ code }) => code === cause.code).slice(0, MOST);
    for (const ask of own) add(cause.code, ask);
    if (own.length > 0) continue;
    for (const { missing, collect } of walks) for (const what of missing) add(cause.code, { what, collect });
    const proved = standings.some((s) => s.cause.code === cause.code && s.cause.confidence === 'proven');
    const last = walks.length > 0 || proved ? undefined : proof(cause);
    if (last !== undefined) add(cause.code, last);
  }
  return [...found.values()].map(({ missing, ...rest }) => ({
    ...rest,
    missing: missing as unknown as NonEmpty<string>,
  }));
}

/** A capture on a device of a node (`any` for all of them), taken while the connection is tried; filter as in pcap-filter(7). */
export const capture = (node: string, dev: string | undefined, filter: string): Missing => {
  const at = dev ?? 'any';
  return {
    what: `a capture on ${dev === undefined ? 'the uplink' : dev === 'any' ? 'all devices' : dev} of ${node}, taken while the connection is tried`,
    collect: `tcpdump -nni ${at} -w ${node}-${at}.pcap '${filter}'    # on ${node}`,
  };
};

/** What the CNI's agent of a node says, by the name of its pod where the bundle shows it. */
export function agentLog(cluster: Cluster, node: string): Missing {
  const pod = agentOn(cluster, node);
  const name =
    pod === undefined ? `-n NAMESPACE AGENT_POD_OF_${node.toUpperCase()}` : `-n ${pod.namespace} ${pod.name}`;
  return {
    what: `the log of the CNI’s agent on ${node}`,
    collect: `kubectl logs ${name} --all-containers --previous; kubectl logs ${name} --all-containers`,
  };
}
