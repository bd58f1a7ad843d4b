import { describe, expect, it } from 'vitest';
import { cutLists } from '../../src/model/cut-lists.js';
import { clusterOf } from '../host-folder.js';

/** Which lists a bundle shows in part, as the model learns it. */
const cut = async (name: string, text: string): Promise<readonly string[]> => [
  ...cutLists(await clusterOf({ [name]: text })).keys(),
];

const pod = (name: string): string => `- apiVersion: v1
  kind: Pod
  metadata:
    name: ${name}
    namespace: shop
  spec:
    nodeName: n1
  status:
    phase: Running
    podIP: 10.44.1.5
`;
const yaml = (metadata: string): string =>
  `apiVersion: v1\nitems:\n${pod('a')}${pod('b')}kind: List\nmetadata:\n${metadata}`;
const json = (metadata: Record<string, string>, space?: number): string =>
  JSON.stringify(
    {
      kind: 'PodList',
      apiVersion: 'v1',
      metadata,
      items: [{ metadata: { name: 'a', namespace: 'shop' }, spec: { containers: [] }, status: { podIP: '10.44.1.5' } }],
    },
    undefined,
    space,
  );
const HEADING =
  'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP          NODE   NOMINATED NODE   READINESS GATES';
const row = (name: string): string =>
  `shop        ${name}   1/1     Running   0          12m   10.44.1.5   n1     <none>           <none>`;

describe('a list', () => {
  it.each([
    ['YAML without its end', yaml('').slice(0, -40)],
    ['YAML that ends in an item', `apiVersion: v1\nitems:\n${pod('a')}${pod('b').slice(0, 60)}`],
    ['YAML that goes on elsewhere', yaml('  continue: eyJ2IjoibWV0YS5rOHMuaW8vdjEi\n  resourceVersion: "9"\n')],
    ['JSON that ends in the middle', json({}, 2).slice(0, -30)],
    ['JSON that goes on elsewhere', json({ continue: 'eyJ2Ijoi', remainingItemCount: '37' }, 4)],
    ['the same on one line', json({ resourceVersion: '9', continue: 'eyJ2Ijoi' })],
    ['a table whose last row is not whole', `${HEADING}\n${row('aaaaa')}\nshop        bbbbb   1/1     Run`],
    ['a table in which rows were left out', `${HEADING}\n${row('aaaaa')}\n...\n${row('bbbbb')}`],
  ])('is not whole: %s', async (_, text) => {
    expect(await cut('pods.yaml', text)).toEqual(['pods']);
  });

  it.each([
    ['YAML', yaml('  resourceVersion: ""\n')],
    ['YAML that says so', yaml('  continue: ""\n  resourceVersion: "9"\n')],
    ['YAML whose kind comes first', `apiVersion: v1\nkind: List\nitems:\n${pod('a')}`],
    [
      'objects one after another',
      `apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: b\n`,
    ],
    ['JSON', json({ continue: '', resourceVersion: '9' }, 4)],
    ['JSON on one line', json({ resourceVersion: '9' })],
    ['a table', `${HEADING}\n${row('aaaaa')}\n${row('bbbbb')}\n`],
    ['a narrow table', 'NAME    READY   STATUS    RESTARTS   AGE\naaaaa   1/1     Running   0          12m\n'],
  ])('is whole: %s', async (_, text) => {
    expect(await cut('pods.yaml', text)).toEqual([]);
  });
});
