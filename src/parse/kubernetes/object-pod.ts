import { canonicalAddress } from '../../core/address.js';
import { nodeAddress, pod, setting } from '../../core/event/kubernetes.js';
import type { Sink } from '../../core/sink.js';
import { readContainers } from './object-containers.js';
import { readLabels } from './object-labels.js';
import { countOf, type KubernetesObject, listOf, mapOf, wordOf } from './object-tree.js';
import { qualified } from './table-rows.js';

/** Pod: core/v1 types.go. Phase and readiness as kubectl's printer shows them, so that tables and objects agree. */
export function readPod(object: KubernetesObject, sink: Sink): void {
  const spec = mapOf(object.at('spec'));
  const status = mapOf(object.at('status'));
  readContainers(object, spec, sink);
  // A static pod's manifest is no pod yet: the kubelet adds the node to its name.
  if (object.name === '' || (status['phase'] === undefined && status['podIP'] === undefined)) return;
  const printed = wordOf(status['podIP']);
  const ips = listOf(status['podIPs']).flatMap((entry) => {
    const ip = wordOf(mapOf(entry)['ip']);
    return ip === undefined ? [] : [canonicalAddress(ip) ?? ip];
  });
  const ip = printed === undefined ? ips[0] : (canonicalAddress(printed) ?? printed);
  const containers = listOf(status['containerStatuses']).map(mapOf);
  const ready = containers.filter((one) => one['ready'] === true).length;
  const total = Math.max(containers.length, listOf(spec['containers']).length);
  const phase = phaseOf(object);
  // A running pod has statuses of its containers: without them they were cut away, and nobody can tell.
  const told = total > 0 && (containers.length > 0 || phase !== 'Running');
  const runsOn = wordOf(spec['nodeName']);
  sink.emit(
    pod,
    {
      namespace: object.namespace,
      name: object.name,
      ip,
      ips: ips.length > 0 ? ips : ip === undefined ? undefined : [ip],
      node: runsOn,
      phase,
      ready: told ? `${ready}/${total}` : undefined,
      restarts: containers.reduce((sum, one) => sum + (countOf(one['restartCount']) ?? 0), 0),
      host_network: spec['hostNetwork'] === true,
    },
    printed === undefined ? object.nameLine : object.line('podIP', printed),
  );
  readLabels(object, sink);
  const host = wordOf(status['hostIP']);
  if (host !== undefined && runsOn !== undefined)
    sink.emit(
      nodeAddress,
      { node: runsOn, type: 'HostIP', address: canonicalAddress(host) ?? host },
      object.line('hostIP', host),
    );
}

/**
 * What kubectl prints as STATUS, short of init containers: a container's waiting reason, the reason of the pod, or its
 * phase. Succeeded and Failed stay, because addresses of such pods are stale.
 */
function phaseOf(object: KubernetesObject): string | undefined {
  const phase = wordOf(object.at('status.phase'));
  if (phase === 'Succeeded' || phase === 'Failed') return phase;
  if (object.at('metadata.deletionTimestamp') !== undefined) return 'Terminating';
  const waiting = [
    ...listOf(object.at('status.initContainerStatuses')),
    ...listOf(object.at('status.containerStatuses')),
  ]
    .map((one) => wordOf(mapOf(mapOf(mapOf(one)['state'])['waiting'])['reason']))
    .find((reason) => reason !== undefined && reason !== 'PodInitializing');
  return waiting ?? wordOf(object.at('status.reason')) ?? phase;
}

/** DaemonSet, Deployment, …: the settings of its template, and whether all copies are ready. */
export function readWorkload(object: KubernetesObject, sink: Sink): void {
  readContainers(object, object.at('spec.template.spec'), sink);
  const status = mapOf(object.at('status'));
  const desired = countOf(status['desiredNumberScheduled']) ?? countOf(status['replicas']);
  const ready = countOf(status['numberReady']) ?? countOf(status['readyReplicas']) ?? 0;
  if (desired === undefined || object.name === '') return;
  sink.emit(
    setting,
    {
      component: object.kind.toLowerCase(),
      object: qualified(object.namespace, object.name),
      key: 'ready',
      value: `${ready}/${desired}`,
    },
    object.line(
      status['numberReady'] === undefined ? 'readyReplicas' : 'numberReady',
      undefined,
      object.line('status'),
    ),
  );
}
