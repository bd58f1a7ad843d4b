import { describe, expect, it } from 'vitest';
import type { Sink } from '../../src/core/sink.js';
import { kubernetesObject } from '../../src/parse/kubernetes/kubernetes-object.js';
import { annotate, goldenTests } from './harness.js';

const read = (text: string) => annotate(kubernetesObject, text, { path: 'x' });

describe('kubernetes-object', () => {
  goldenTests(kubernetesObject);

  it('starts on the first lines of objects only', () => {
    for (const line of ['apiVersion: v1', 'kind: ConfigMap', '    "apiVersion": "v1",', '{"kind":"Node","metadata":{'])
      expect(kubernetesObject.starts(line), line).toBe(true);
    for (const line of [
      '{',
      '[',
      'kind: of a problem',
      'Name: x',
      '  "Network": "10.244.0.0/16",',
      '"kind": "unknown"',
      '- name: x',
      '',
    ])
      expect(kubernetesObject.starts(line), line).toBe(false);
  });

  it('reads an object whose first brace went to somebody else', () => {
    expect(
      read('    "apiVersion": "v1",\n    "kind": "Node",\n    "metadata": {\n        "name": "n1"\n    }\n}\n'),
    ).toContain('node name=n1');
  });

  it('never shows a secret', () => {
    const text = read(
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata:\n  password: aHVudGVyMg==\n---\napiVersion: v1\nkind: Config\nusers:\n- user:\n    token: t0ps3cret\n',
    );
    expect(text.split('\n').filter((line) => line.includes('>'))).toEqual([]);
  });

  it('quotes no secret of a minified list', () => {
    const quotes: string[] = [];
    const text =
      '{"kind":"List","items":[{"kind":"Secret","data":{"a":"c2VjcmV0"}},{"kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","env":[{"name":"DB_PASSWORD","value":"hunter2"}]}]},"status":{"phase":"Running"}}]}';
    const sink = {
      emit: (_table: unknown, _row: unknown, at: { readonly text: string }) => quotes.push(at.text),
    } as unknown as Sink;
    const reader = kubernetesObject.open(sink, { path: 'x' });
    reader.line({ text, number: 1, offset: 0 });
    reader.end?.();
    expect(quotes).toHaveLength(2);
    for (const quote of quotes) expect(quote).not.toMatch(/hunter2|c2VjcmV0/);
  });

  it('survives any damage', () => {
    for (const text of [
      'apiVersion: v1\nkind: [',
      'apiVersion: v1\nkind: Node\nspec: 5\n',
      '{"apiVersion": "v1", "kind": "Pod", "spec": [}',
      'apiVersion: v1\n a: &a [*a, *a]\n\tkind: x',
      '{"kind": "Node", "metadata": null}',
    ])
      expect(() => read(text)).not.toThrow();
  });

  it('reads a long list quickly', () => {
    const pod = (i: number) =>
      `- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: p${i}\n    namespace: d\n  spec:\n    nodeName: n\n  status:\n    phase: Running\n    podIP: 10.1.${i >> 8}.${i & 255}`;
    const pods = Array.from({ length: 2000 }, (_, i) => pod(i)).join('\n');
    expect(read(`apiVersion: v1\nitems:\n${pods}\nkind: List\n`).match(/> pod /g)).toHaveLength(2000);
  });
});
