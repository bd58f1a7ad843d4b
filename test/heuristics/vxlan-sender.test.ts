import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/finding.js';
import { analyzed, serious } from '../bundle-folder.js';
import { framed, pcap, unansweredSyn, vxlan } from '../capture-writer.js';

const T = 1_700_000_000;
const lost = unansweredSyn(T, '10.61.1.5:41000', '10.61.2.7:5432');
const capture = (to: string, from = '192.168.77.10'): Buffer =>
  pcap(framed(lost.map(({ at, bytes }) => ({ at, bytes: vxlan(from, to, 1, bytes) }))));
const PODS =
  'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP           NODE    NOMINATED NODE   READINESS GATES\n' +
  'shop        web-0   1/1     Running   0          9d    10.61.1.5    alpha   <none>           <none>\n' +
  'shop        db-0    1/1     Running   0          9d    10.61.2.7    beta    <none>           <none>\n';
const NODES =
  'NAME    STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n' +
  'alpha   Ready    <none>   9d    v1.29.1   192.168.77.10   <none>        Debian     6.1.0            containerd://1.7\n' +
  'beta    Ready    <none>   9d    v1.29.1   192.168.77.11   <none>        Debian     6.1.0            containerd://1.7\n' +
  'gamma   Ready    <none>   9d    v1.29.1   192.168.77.12   <none>        Debian     6.1.0            containerd://1.7\n';
/** The inner destination MAC of every envelope is 02:00:00:00:00:02. */
const tables = (fdb: string, neigh = '10.61.2.0 dev flannel.1 lladdr 02:00:00:00:00:02 PERMANENT'): string =>
  `[root@alpha ~]# ip neigh\n${neigh}\n[root@alpha ~]# bridge fdb show dev flannel.1\n${fdb}\n[root@alpha ~]# ip route\ndefault via 192.168.77.1 dev ens3\n10.61.2.0/24 via 10.61.2.0 dev flannel.1 onlink\n`;
const found = async (files: Readonly<Record<string, string | Buffer>>): Promise<Finding | undefined> => {
  const report = await analyzed(files);
  expect(report.checks.filter((check) => check.outcome === 'crashed')).toEqual([]);
  return serious(report).find((f) => f.code === 'vxlan-wrong-outer-dst');
};

describe('what the sender of a wrong envelope has in its tables', () => {
  it('is cited: the FDB entry for the inner MAC and the neighbour entry with it', async () => {
    const finding = await found({
      'nodes.txt': NODES,
      'pods.txt': PODS,
      'alpha-uplink.pcap': capture('192.168.77.12'),
      'alpha.txt': tables('02:00:00:00:00:02 dst 192.168.77.12 self permanent'),
    });
    expect(finding).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(finding?.evidence).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ file: 'alpha.txt', line: 4, quote: expect.stringContaining('dst 192.168.77.12') }),
        expect.objectContaining({ file: 'alpha.txt', line: 2, quote: expect.stringContaining('lladdr') }),
      ]),
    );
  });

  it('is not cited from another node', async () => {
    const finding = await found({
      'nodes.txt': NODES,
      'pods.txt': PODS,
      'alpha-uplink.pcap': capture('192.168.77.12'),
      'gamma.txt': tables('02:00:00:00:00:02 dst 192.168.77.12 self permanent').replaceAll('@alpha', '@gamma'),
    });
    expect(finding?.evidence.filter((e) => 'file' in e && e.file === 'gamma.txt')).toEqual([]);
  });
});

describe('an envelope that contradicts the sender\u2019s FDB, when nobody knows the owner', () => {
  const only = async (fdb: string, to = '192.168.77.12'): Promise<Finding | undefined> =>
    found({ 'alpha.pcap': capture(to), 'alpha.txt': tables(fdb) });

  it('is possible, no more: the dump has no time', async () => {
    const finding = await only('02:00:00:00:00:02 dst 192.168.77.11 self permanent');
    expect(finding).toMatchObject({ confidence: 'possible', severity: 'warning' });
    expect(finding?.explanation).toContain('older or newer');
    expect(finding?.evidence).toEqual(expect.arrayContaining([expect.objectContaining({ line: 4 })]));
  });

  it.each([
    ['the entry says the same', '02:00:00:00:00:02 dst 192.168.77.12 self permanent'],
    ['the entry was learnt', '02:00:00:00:00:02 dst 192.168.77.11 self'],
    ['the entry is for another MAC', '02:00:00:00:00:03 dst 192.168.77.11 self permanent'],
    [
      'there are two entries',
      '02:00:00:00:00:02 dst 192.168.77.11 self permanent\n02:00:00:00:00:02 dst 192.168.77.13 self permanent',
    ],
    ['the entry is for flooding', '00:00:00:00:00:00 dst 192.168.77.11 self permanent'],
    ['the entry is of the other family', '02:00:00:00:00:02 dst 2001:db8::11 self permanent'],
    ['the entry is for another network', '02:00:00:00:00:02 dst 192.168.77.11 vni 9 self permanent'],
  ])('is silent when %s', async (_, fdb) => {
    expect(await only(fdb)).toBeUndefined();
  });

  it('is silent on packets that another host sent', async () => {
    const files = {
      'nodes.txt': NODES,
      'alpha.pcap': capture('192.168.77.12', '192.168.77.11'),
      'alpha.txt': tables('02:00:00:00:00:02 dst 192.168.77.13 self permanent'),
    };
    expect(await found(files)).toBeUndefined();
  });
});
