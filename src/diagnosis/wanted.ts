import type { NonEmpty, NotChecked } from '../core/finding.js';
import type { Cluster } from '../model/cluster.js';
import type { Missing } from '../model/journey/missing.js';
import { agentOn } from './agent.js';
import type { Standing } from './arbitrate.js';

/** What would make the causes certain that stand on their own and are not proven: one entry per command. */
export function wanted(standings: readonly Standing[]): readonly NotChecked[] {
  const found = new Map<string, { code: NotChecked['code']; missing: string[]; collect: string }>();
  for (const { cause, supports } of standings) {
    if (supports !== undefined || cause.severity === 'info' || cause.confidence === 'proven') continue;
    for (const { what, collect } of cause.wants ?? []) {
      const known = found.get(collect);
      if (known === undefined) found.set(collect, { code: cause.code, missing: [what], collect });
      else if (!known.missing.includes(what)) known.missing.push(what);
    }
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
