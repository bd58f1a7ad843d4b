import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/model/host/host.js';
import { resolveNeighbour } from '../../../src/model/host/neighbour.js';
import { tunnelEnd } from '../../../src/model/host/tunnel-end.js';
import { hostOf } from '../../host-folder.js';

const LINKS = (learning: 'learning' | 'nolearning', remote = '') => `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
4: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default
    link/ether 0e:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0
    vxlan id 1 ${remote}local 10.0.0.5 dev eth0 srcport 0 0 dstport 8472 ${learning} ttl auto ageing 300 addrgenmode none
5: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 1480
    link/ipip 0.0.0.0 brd 0.0.0.0
`;
const NEIGH = `10.244.2.0 dev flannel.1 lladdr 0e:00:00:00:00:02 PERMANENT
10.0.0.7 dev eth0 FAILED
10.0.0.8 dev eth0 lladdr 02:00:00:00:00:08 STALE
`;
const FDB = `0e:00:00:00:00:02 dev flannel.1 dst 10.0.0.7 self permanent
33:33:00:00:00:01 dev eth0 self permanent
`;
const host = (files: Record<string, string>): Promise<Host> =>
  hostOf({ 'ip_-d_link.txt': LINKS('nolearning'), ...files });

describe('neighbours', () => {
  it('an entry tells, FAILED says that nobody answered, nothing says nothing', async () => {
    const on = await host({ 'ip_neigh.txt': NEIGH });
    expect(resolveNeighbour(on, 'flannel.1', '10.244.2.0')).toMatchObject({
      kind: 'found',
      value: '0e:00:00:00:00:02',
      at: [{ line: 1 }],
    });
    expect(resolveNeighbour(on, 'eth0', '10.0.0.8')).toMatchObject({ kind: 'found' });
    expect(resolveNeighbour(on, 'eth0', '10.0.0.7')).toMatchObject({ kind: 'failed', at: [{ line: 2 }] });
    expect(resolveNeighbour(on, 'eth0', '10.0.0.9')).toMatchObject({ kind: 'asks' });
    expect(resolveNeighbour(on, 'tunl0', '10.0.0.9')).toMatchObject({ kind: 'not-needed' });
  });

  it('a VXLAN device that can ask nobody has failed', async () => {
    const on = await host({ 'ip_neigh.txt': NEIGH, 'bridge_fdb.txt': FDB });
    expect(resolveNeighbour(on, 'flannel.1', '10.244.3.0')).toMatchObject({
      kind: 'failed',
      searched: expect.any(Array),
    });
    const flooding = await host({
      'ip_neigh.txt': NEIGH,
      'bridge_fdb.txt': `${FDB}00:00:00:00:00:00 dev flannel.1 dst 10.0.0.8 self permanent\n`,
    });
    expect(resolveNeighbour(flooding, 'flannel.1', '10.244.3.0')).toMatchObject({ kind: 'asks' });
    expect(resolveNeighbour(await host({}), 'flannel.1', '10.244.3.0')).toMatchObject({
      kind: 'unknown',
      missing: { collect: 'ip neigh show dev flannel.1    # on node-1' },
    });
  });
});

describe('tunnel ends', () => {
  it('come from the entry of the MAC, with port and VNI of the device', async () => {
    expect(tunnelEnd(await host({ 'bridge_fdb.txt': FDB }), 'flannel.1', '0e:00:00:00:00:02')).toEqual({
      kind: 'found',
      value: { dst: '10.0.0.7', port: 8472, vni: 1, copies: [] },
      at: [expect.objectContaining({ line: 1 })],
    });
  });

  it('else from the entry for all, else there is none', async () => {
    const mac = '0e:00:00:00:00:03';
    const flood = `${FDB}00:00:00:00:00:00 dev flannel.1 dst 10.0.0.8 self permanent\n00:00:00:00:00:00 dev flannel.1 dst 10.0.0.9 self permanent\n`;
    expect(tunnelEnd(await host({ 'bridge_fdb.txt': flood }), 'flannel.1', mac)).toMatchObject({
      value: { dst: '10.0.0.8', copies: ['10.0.0.9'] },
    });
    const remote = await hostOf({ 'ip_-d_link.txt': LINKS('nolearning', 'remote 10.0.0.6 ') });
    expect(tunnelEnd(remote, 'flannel.1', mac)).toMatchObject({ value: { dst: '10.0.0.6', port: 8472, vni: 1 } });
    expect(tunnelEnd(await host({ 'bridge_fdb.txt': FDB }), 'flannel.1', mac)).toMatchObject({ kind: 'failed' });
    const learns = await hostOf({ 'ip_-d_link.txt': LINKS('learning'), 'bridge_fdb.txt': FDB });
    expect(tunnelEnd(learns, 'flannel.1', mac)).toMatchObject({ kind: 'unknown' });
    expect(tunnelEnd(await host({}), 'flannel.1', mac)).toMatchObject({ kind: 'unknown' });
  });
});
