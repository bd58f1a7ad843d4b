import type { Names } from '../core/finding.js';
import { runsOf, scan } from './scan.js';

function* strings(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value) yield* strings(item);
  else if (value !== null && typeof value === 'object') for (const item of Object.values(value)) yield* strings(item);
}

/** The names that a report mentions somewhere: a cluster of a thousand pods does not put them all into every report. */
export function mentionedNames(names: Names, report: unknown): Names {
  const all = new Set(
    Object.values(names).flatMap((some: readonly string[]) => some.map((name) => name.toLowerCase())),
  );
  const met = new Set<string>();
  const known = { name: (text: string) => all.has(text.toLowerCase()), v4: () => false };
  // Each once: a report says the same names and numbers thousands of times.
  const runs = new Set<string>();
  for (const text of new Set(strings(report))) for (const run of runsOf(text)) runs.add(run);
  for (const run of runs)
    for (const { piece } of scan(run, known)) if (piece.kind === 'name') met.add(piece.text.toLowerCase());
  const only = (some: readonly string[]): string[] => some.filter((name) => met.has(name.toLowerCase()));
  const { nodes, pods, services, namespaces, policies, others } = names;
  return {
    nodes: only(nodes),
    pods: only(pods),
    services: only(services),
    namespaces: only(namespaces),
    policies: only(policies),
    others: only(others),
  };
}
