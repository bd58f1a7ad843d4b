import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairShare, leftOut } from '../../src/model/room.js';
import { hostOf, loaded } from '../host-folder.js';

describe('room for facts', () => {
  it('leaves the largest out, and no more than must be', () => {
    const shares = [40, 10, 30, 20].map((bytes, i) => ({ source: i + 1, rows: 1, bytes, listed: false }));
    expect(leftOut(shares, 100)).toEqual([]);
    expect(leftOut(shares, 99).map(({ bytes }) => bytes)).toEqual([40]);
    expect(leftOut(shares, 35).map(({ bytes }) => bytes)).toEqual([30, 40]);
    expect(leftOut(shares, 0)).toHaveLength(4);
    const listed = { source: 9, rows: 1, bytes: 60, listed: true };
    expect(leftOut([...shares, listed], 100)).toEqual([shares[2], shares[0]]);
  });

  it('lets each file keep as much as all can', () => {
    expect(fairShare([5, 5, 5], 15)).toBeUndefined();
    expect(fairShare([1, 100, 100], 21)).toBe(10);
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 20 }), fc.nat(5000), (rows, most) => {
        const share = fairShare(rows, most);
        const kept = rows.reduce((sum, count) => sum + Math.min(count, share ?? count), 0);
        expect(kept).toBeLessThanOrEqual(most);
        if (share !== undefined) {
          const more = rows.reduce((sum, count) => sum + Math.min(count, share + 1), 0);
          expect(more).toBeGreaterThan(most);
        }
      }),
    );
  });

  const routes = Array.from({ length: 300 }, (_, i) => `10.9.${i >> 8}.${i & 255} via 192.168.1.1 dev eth0`);
  const rules = [
    '0:\tfrom all lookup local',
    '100:\tfrom all lookup 100',
    '32766:\tfrom all lookup main',
    '32767:\tfrom all lookup default',
  ];

  it('leaves a dump out whole, says so, and takes nothing for absent that may stand there', async () => {
    const files = {
      'node-1/hostname': 'node-1\n',
      'node-1/ip_route.txt': `default via 192.168.1.1 dev eth0\n${routes.join('\n')}\n`,
      'node-1/ip_route_show_table_100': `${routes.join('\n')}\n`,
      'node-1/ip_rule.txt': `${rules.join('\n')}\n`,
    };
    const { facts, notes, hosts } = await loaded(files, 20_000);
    expect(facts.policyRules).toHaveLength(4);
    expect(facts.routes).toEqual([]);
    expect(notes.map(({ file, reason, count }) => [file, reason.split(':')[0], count])).toEqual([
      ['node-1/ip_route_show_table_100', 'in the store, but not modelled', 300],
      ['node-1/ip_route.txt', 'in the store, but not modelled', 301],
    ]);
    const host = hosts.get('node-1')!;
    // A table that is not shown, not one that is shown to be empty.
    expect(host.tables.get('4 main')?.shown ?? 'none').toBe('none');
    expect(host.tables.get('4 100')?.shown ?? 'none').toBe('none');
  });

  it('shows neighbours that are left out neither as there nor as missing', async () => {
    const neighbours = Array.from({ length: 300 }, (_, i) => `10.9.${i >> 8}.${i & 255} dev eth0 FAILED`);
    const text = `[root@node-1 ~]# ip neigh\n${neighbours.join('\n')}\n[root@node-1 ~]# ip rule\n${rules.join('\n')}\n`;
    const { hosts } = await loaded({ 'node-1/all.txt': text, 'node-1/hostname': 'node-1\n' }, 5000);
    expect(hosts.get('node-1')?.neighbours.shown ?? 'none').toBe('none');
    expect((await hostOf({ 'all.txt': text })).neighbours.value).toHaveLength(300);
  });

  it('models the last lines of a log that is too long, and says so: what was overcome stands there', async () => {
    const line = (i: number): string =>
      `I0307 20:20:26.${String(i).padStart(6, '0')}       1 vxlan_network.go:144] adding subnet: 10.244.2.0/24 PublicIP: 192.168.1.58 VtepMAC: 06:a9:e6:29:27:5f`;
    const log = Array.from({ length: 40_100 }, (_, i) => line(i)).join('\n');
    const { facts, notes } = await loaded({ 'node-1/kube-flannel.log': `${log}\n` }, 100e6);
    expect(facts.logs).toHaveLength(40_000);
    expect(facts.logs.at(-1)?.line).toBe(40_100);
    expect(notes.map(({ file, count }) => [file, count])).toEqual([['node-1/kube-flannel.log', 100]]);
  });
});
