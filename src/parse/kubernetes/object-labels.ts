import { objectLabels } from '../../core/event/policy.js';
import type { Sink } from '../../core/sink.js';
import { type KubernetesObject, wordOf } from './object-tree.js';

/** Labels of a pod or namespace: what policies select by. An object without any has an empty list. */
export function readLabels(object: KubernetesObject, sink: Sink): void {
  if (object.name === '') return;
  const pairs = Object.entries(object.labels).map(([key, value]) => [key, wordOf(value) ?? ''] as const);
  const [first] = pairs;
  sink.emit(
    objectLabels,
    {
      kind: object.kind,
      namespace: object.kind === 'Namespace' ? undefined : object.namespace,
      name: object.name,
      labels: pairs.map(([key, value]) => `${key}=${value}`),
    },
    first === undefined ? object.nameLine : object.line(first[0], first[1], object.line('labels')),
  );
}
