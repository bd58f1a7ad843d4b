import { describe, expect, it } from 'vitest';
import { staleVtep } from '../../src/diagnosis/causes/stale-vtep.js';
import { at, heard, heardSample, nodesYaml, outcome } from './case-of.js';

const MAC = '8a:33:32:f8:48:e3';
const OLD = '2e:90:cc:cb:d0:51';
const NODES = nodesYaml(
  { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' },
  {
    name: 'n2',
    ip: '172.31.9.2',
    podCidr: '10.44.2.0/24',
    annotations: {
      'flannel.alpha.coreos.com/public-ip': '172.31.9.2',
      'flannel.alpha.coreos.com/backend-data': `{"VNI":1,"VtepMAC":"${MAC}"}`,
    },
  },
);
const OTHER = '33:33:00:00:00:01 dev eth0 self permanent';
const neighbour = (mac: string) => at('n1', 'ip neigh', `10.44.2.0 dev flannel.1 lladdr ${mac} PERMANENT`);
const fdb = (mac: string, dst: string) => at('n1', 'bridge fdb show dev flannel.1', `${mac} dst ${dst} self permanent`);
const device = at(
  'n2',
  'ip link',
  `4: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN\n    link/ether ${MAC} brd ff:ff:ff:ff:ff:ff`,
);
const told = (n1: string, n2 = device) => heard({ 'nodes.yaml': NODES, 'n1.txt': n1, 'n2.txt': n2 }, staleVtep);

describe('stale-vtep', () => {
  it('is likely when the neighbour entry has another MAC than the peer\u2019s device', async () => {
    const { drafts } = await told(neighbour(OLD) + fdb(MAC, '172.31.9.2'));
    expect(drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(drafts[0]?.subjects).toEqual([OLD, 'n1', 'n2', MAC, 'flannel.1']);
  });

  it('is only possible against an annotation alone', async () => {
    expect((await told(neighbour(OLD), '')).drafts[0]?.confidence).toBe('possible');
  });

  it.each([
    ['was not there', '', ` && bridge fdb del ${MAC} dev flannel.1 dst 172.31.9.2 self    # on n1`],
    ['was there already', `${MAC} dev flannel.1 dst 172.31.9.2 self permanent`, '    # on n1'],
    [
      'had another end',
      `${MAC} dev flannel.1 dst 172.31.9.77 self permanent`,
      ` && bridge fdb replace ${MAC} dev flannel.1 dst 172.31.9.77 self permanent    # on n1`,
    ],
  ])('puts the neighbour entry back, and the FDB as it was where its entry %s', async (_was, entry, rest) => {
    const { drafts } = await told(neighbour(OLD) + at('n1', 'bridge fdb show', `${OTHER}\n${entry}`));
    expect(drafts[0]!.remedy[1]!.rollback).toBe(
      `ip neigh replace 10.44.2.0 lladdr ${OLD} dev flannel.1 nud permanent${rest}`,
    );
  });

  it('says so when it does not know what the FDB was', async () => {
    const { drafts } = await told(neighbour(OLD));
    expect(drafts[0]!.remedy[1]!.rollback).toContain(
      `the bundle does not show whether that entry was there: bridge fdb show dev flannel.1 | grep ${MAC}`,
    );
  });

  it('accuses an outer address that the peer does not announce any more', async () => {
    const { drafts } = await told(neighbour(MAC) + fdb(MAC, '172.31.9.77'));
    expect(drafts[0]?.subjects).toEqual(['172.31.9.77', 'n1', 'n2', '172.31.9.2', 'flannel.1']);
  });

  it('is quiet when the entries are right, and about MACs that nobody has any more', async () => {
    expect(outcome(await told(neighbour(MAC) + fdb(MAC, '172.31.9.2')))).toBe('quiet');
    expect(outcome(await told(neighbour(MAC) + fdb(MAC, '172.31.9.2') + fdb(OLD, '172.31.9.9')))).toBe('quiet');
  });

  it.each(['004', '010', '012'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, staleVtep))).toBe('quiet');
  });
});
