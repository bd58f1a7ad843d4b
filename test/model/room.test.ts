import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairShare, leftOut } from '../../src/model/room.js';
import { hostOf, loaded } from '../host-folder.js';

describe('room for facts', () => {
  it('leaves the largest out, and no more than must be', () => {
    const shares = [40, 10, 30, 20].map((bytes, i) => ({ source: i + 1, rows: 1, bytes, of: 'other' as const }));
    expect(leftOut(shares, 100)).toEqual([]);
    expect(leftOut(shares, 99).map(({ bytes }) => bytes)).toEqual([40]);
    expect(leftOut(shares, 35).map(({ bytes }) => bytes)).toEqual([30, 40]);
    expect(leftOut(shares, 0)).toHaveLength(4);
    const listed = { source: 9, rows: 1, bytes: 60, of: 'cluster' as const };
    expect(leftOut([...shares, listed], 100)).toEqual([shares[2], shares[0]]);
    const concerned = { source: 8, rows: 1, bytes: 35, of: 'concerned' as const };
    expect(leftOut([...shares, concerned, listed], 100)).toEqual([shares[1], shares[3], shares[2], shares[0]]);
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

  describe('of a bundle that is too large keeps the nodes that somebody tried to reach, and from where', () => {
    const NODES = 9;
    const addresses = (n: number): string =>
      `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000\n    inet 172.30.8.${n}/24 brd 172.30.8.255 scope global eth0\n3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default\n    inet 10.77.${n}.1/24 brd 10.77.${n}.255 scope global cni0\n`;
    /** Node 3 has the most routes: by size alone it would be left out first. */
    const table = (n: number): string =>
      [
        ...Array.from({ length: NODES }, (_, i) => `10.77.${i + 1}.0/24 via 172.30.8.${i + 1} dev eth0`),
        ...Array.from({ length: n === 3 ? 40 : 20 }, (_, i) => `10.200.${i}.0/24 via 172.30.8.1 dev eth0`),
      ].join('\n');
    const bundle = Object.fromEntries(
      Array.from({ length: NODES }, (_, i) => [
        [`host-${i + 1}/ip_addr.txt`, addresses(i + 1)],
        [`host-${i + 1}/ip_route.txt`, `${table(i + 1)}\n`],
      ]).flat(),
    );
    const ping = (to: string, lost: number): string =>
      `[root@host-3 ~]# ping -c 4 ${to}\nPING ${to} (${to}) 56(84) bytes of data.\n\n--- ${to} ping statistics ---\n4 packets transmitted, ${4 - lost} received, ${25 * lost}% packet loss, time 3070ms\n\n`;
    const routesOf = async (more: Readonly<Record<string, string>>): Promise<readonly string[]> => {
      const { hosts } = await loaded({ ...bundle, ...more }, 70_000);
      return [...hosts].flatMap(([name, host]) => (host.tables.get('4 main')?.shown === 'whole' ? [name] : []));
    };

    it('a pod of another node, by the networks of the bridges', async () => {
      const kept = await routesOf({ 'host-3/test.txt': ping('10.77.6.20', 4) });
      expect(kept).toContain('host-3');
      expect(kept).toContain('host-6');
      expect(kept.length).toBeLessThan(NODES);
    });

    it('a pod of which only a route tells', async () => {
      const files = { 'host-3/ip_route.txt': `${table(3)}\n10.99.0.0/26 via 172.30.8.7 dev eth0\n` };
      expect(await routesOf({ ...files, 'host-3/test.txt': ping('10.99.0.4', 4) })).toContain('host-7');
    });

    it('a node by its address; not who answered, nor all that are on one network', async () => {
      expect(await routesOf({ 'host-3/test.txt': ping('172.30.8.8', 4) })).toContain('host-8');
      expect(await routesOf({ 'host-3/test.txt': ping('10.77.6.20', 0) })).not.toContain('host-3');
      const nobody = await routesOf({ 'host-3/test.txt': ping('172.30.8.200', 4) });
      expect(nobody).toContain('host-3');
      expect(nobody.length).toBeLessThan(NODES);
    });

    it('who talks in a text of tcpdump', async () => {
      const text =
        '12:00:01.000001 IP 10.77.5.9.40000 > 10.77.9.4.80: Flags [S], seq 1, win 64240, options [mss 1460], length 0\n';
      const kept = await routesOf({ 'host-3/tcpdump.txt': text.repeat(2) });
      for (const name of ['host-3', 'host-5', 'host-9']) expect(kept).toContain(name);
    });
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
