import { describe, expect, it } from 'vitest';
import { isAmong } from '../../src/model/among.js';
import { currentLeases } from '../../src/model/announced.js';
import { leasedSubnets } from '../../src/model/leased-subnets.js';
import { clusterOf } from '../host-folder.js';

const leased = (verb: string, subnet: string, address: string): string =>
  `I1114 20:00:01.000000       1 vxlan_network.go:144] ${verb} subnet: ${subnet} PublicIP: ${address} VtepMAC: 06:a9:e6:29:27:5f\n`;
const LOG =
  'I1114 20:00:00.100000       1 main.go:540] Found network config - Backend type: vxlan\n' +
  leased('adding', '10.61.2.0/24', '192.168.77.11') +
  leased('adding', '10.61.0.0/16', '192.168.77.12') +
  leased('removing', '10.61.3.0/24', '192.168.77.13') +
  leased('adding', '10.61.2.0/24', '192.168.77.14');

describe('subnets of leases', () => {
  it('are read once, for the ranges of pods and for who asks for an address', async () => {
    const cluster = await clusterOf({ 'kube-flannel.log': LOG });
    const { all } = leasedSubnets(cluster.facts);
    expect(leasedSubnets(cluster.facts).all).toBe(all);
    expect(all).toHaveLength(4);
    const ranges = cluster.podRanges.filter(({ what }) => what === 'lease');
    expect(ranges).toHaveLength(3);
    for (const range of ranges) expect(all.some(({ prefix }) => prefix === range.prefix)).toBe(true);
  });

  it('tell their addresses in the order of the bundle, whatever their lengths', async () => {
    const cluster = await clusterOf({ 'kube-flannel.log': LOG });
    expect([...cluster.leasedTo('10.61.2.9').keys()]).toEqual(['192.168.77.11', '192.168.77.12', '192.168.77.14']);
    expect([...cluster.leasedTo('10.61.3.9').keys()]).toEqual(['192.168.77.12']);
    expect([...cluster.leasedTo('10.62.0.1').keys()]).toEqual([]);
    expect([...cluster.podRangesHolding('10.61.2.9')].map(({ text }) => text)).toEqual([
      '10.61.2.0/24',
      '10.61.2.0/24',
      '10.61.0.0/16',
    ]);
  });

  it('hold as the last line of each log says, in the order in which they first came', async () => {
    const cluster = await clusterOf({ 'a/kube-flannel.log': LOG, 'b/kube-flannel.log': LOG });
    const once = [
      ['10.61.2.0/24', '192.168.77.14'],
      ['10.61.0.0/16', '192.168.77.12'],
    ];
    expect(currentLeases(cluster).map(({ subnet, publicIp }) => [subnet, publicIp])).toEqual([...once, ...once]);
  });
});

describe('whether a row is among others', () => {
  const rows = [
    { source: 1, line: 4 },
    { source: 2, line: 1 },
    { source: 2, line: 1 },
    { source: 2, line: 1 },
    { source: 2, line: 3 },
  ];

  it('is asked for the very row: one line may hold many, and other tables have rows of the same line', () => {
    for (const row of rows) expect(isAmong(rows, row)).toBe(true);
    expect(isAmong(rows, { source: 2, line: 1 })).toBe(false);
    expect(isAmong(rows, { source: 3, line: 1 })).toBe(false);
    expect(isAmong([], rows[0]!)).toBe(false);
  });
});
