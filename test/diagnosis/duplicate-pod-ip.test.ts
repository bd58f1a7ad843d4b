import { describe, expect, it } from 'vitest';
import { duplicatePodIp } from '../../src/diagnosis/causes/duplicate-pod-ip.js';
import { at, heard, nodesYaml, outcome, type PodRow, podsTable } from './case-of.js';

const NODES = nodesYaml(
  { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' },
  { name: 'n2', ip: '172.31.9.2', podCidr: '10.44.2.0/24' },
);
const told = (...rows: readonly PodRow[]) =>
  heard({ 'nodes.yaml': NODES, 'pods.txt': podsTable(...rows) }, duplicatePodIp);

describe('duplicate-pod-ip', () => {
  it('accuses two running pods of one address', async () => {
    const { drafts } = await told(['a/web', 'Running', '10.44.1.7', 'n1'], ['a/db', 'Running', '10.44.1.7', 'n1']);
    expect(drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(drafts[0]?.subjects).toEqual(['10.44.1.7', 'a/web', 'a/db', 'web', 'db', 'n1']);
    expect(drafts[0]?.remedy[0]?.command).toBe('kubectl -n a delete pod db');
  });

  it('asks to delete the pod that no service is called after', async () => {
    const files = {
      'nodes.yaml': NODES,
      'pods.txt': podsTable(['a/db-1', 'Running', '10.44.1.7', 'n1'], ['a/web-1', 'Running', '10.44.1.7', 'n1']),
      'endpoints.txt': 'NAMESPACE   NAME   ENDPOINTS      AGE\na           web    10.44.1.7:80   9d\n',
    };
    const { drafts } = await heard(files, duplicatePodIp);
    expect(drafts[0]?.remedy[0]?.command).toBe('kubectl -n a delete pod db-1');
  });

  it('is certain only where the nodes of both show the address at a pod of theirs', async () => {
    const rows: PodRow[] = [
      ['a/web', 'Running', '10.44.1.7', 'n1'],
      ['a/db', 'Running', '10.44.1.7', 'n2'],
    ];
    const curl =
      'root@n1:~# curl http://10.44.1.7/\ncurl: (7) Failed to connect to 10.44.1.7 port 80: Connection refused\n';
    const route = (node: string) => at(node, 'ip route', '10.44.1.7 dev cali571247b5540 scope link');
    const files = { 'nodes.yaml': NODES, 'pods.txt': podsTable(...rows), 'try.txt': curl, 'n1.txt': route('n1') };
    const one = await heard(files, duplicatePodIp);
    expect(one.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'critical' });
    expect(one.drafts[0]?.wants?.map((want) => want.collect).join()).toContain('# on n2');
    const both = await heard({ ...files, 'n2.txt': route('n2') }, duplicatePodIp);
    expect(both.drafts[0]).toMatchObject({ confidence: 'proven' });
  });

  it('leaves finished pods and pods on the network of their node alone', async () => {
    expect(
      outcome(await told(['a/web', 'Running', '10.44.1.7', 'n1'], ['a/job', 'Completed', '10.44.1.7', 'n1'])),
    ).toBe('quiet');
    expect(
      outcome(await told(['a/proxy', 'Running', '172.31.9.1', 'n1'], ['a/cni', 'Running', '172.31.9.1', 'n1'])),
    ).toBe('quiet');
  });

  it('takes one address for a node\u2019s where nothing tells the nodes', async () => {
    const pods = podsTable(['a/proxy', 'Running', '172.31.9.1', 'n1'], ['a/cni', 'Running', '172.31.9.1', 'n1']);
    expect(outcome(await heard({ 'pods.txt': pods }, duplicatePodIp))).toBe('quiet');
  });

  it('does not compare lists of different times', async () => {
    const files = {
      'nodes.yaml': NODES,
      'before.txt': podsTable(['a/web', 'Running', '10.44.1.7', 'n1']),
      'after.txt': podsTable(['a/db', 'Running', '10.44.1.7', 'n1']),
    };
    expect(outcome(await heard(files, duplicatePodIp))).toBe('quiet');
  });
});
