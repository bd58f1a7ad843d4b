import { k8sEvent } from '../../core/event/kubernetes.js';
import type { Sink } from '../../core/sink.js';
import { countOf, type KubernetesObject, mapOf, wordOf } from './object-tree.js';

/** Longest message kept. */
const MESSAGE = 2000;

/** Event: core/v1 and events.k8s.io/v1 types.go, whose field names differ. */
export function readEvent(object: KubernetesObject, sink: Sink): void {
  const { tree } = object;
  const about = mapOf(tree['involvedObject'] ?? tree['regarding']);
  const source = mapOf(tree['source'] ?? tree['deprecatedSource']);
  const series = mapOf(tree['series']);
  const message = wordOf(tree['message']) ?? wordOf(tree['note']) ?? '';
  const reason = wordOf(tree['reason']);
  const kind = wordOf(about['kind']);
  if (reason === undefined || kind === undefined) return;
  const reporter =
    wordOf(source['component']) ?? wordOf(tree['reportingComponent']) ?? wordOf(tree['reportingController']);
  sink.emit(
    k8sEvent,
    {
      namespace: wordOf(about['namespace']) ?? object.namespace,
      type: wordOf(tree['type']),
      reason,
      object: `${kind.toLowerCase()}/${wordOf(about['name']) ?? ''}`,
      message: message.slice(0, MESSAGE),
      last_seen:
        wordOf(tree['lastTimestamp']) ??
        wordOf(tree['deprecatedLastTimestamp']) ??
        wordOf(series['lastObservedTime']) ??
        wordOf(tree['eventTime']),
      count: countOf(tree['count']) ?? countOf(tree['deprecatedCount']) ?? countOf(series['count']),
      reporter,
      node: wordOf(source['host']) ?? (reporter === 'kubelet' ? wordOf(tree['reportingInstance']) : undefined),
    },
    object.line(tree['message'] === undefined ? 'note' : 'message'),
  );
}
