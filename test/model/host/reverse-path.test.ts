import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/model/host/host.js';
import { reversePath } from '../../../src/model/host/reverse-path.js';
import { rpfilterMatch } from '../../../src/model/host/rpfilter-match.js';
import { fresh } from '../../../src/model/journey/packet.js';
import { hostOf } from '../../host-folder.js';

const FILES = {
  'ip_addr.txt': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500
    inet 192.168.5.11/24 brd 192.168.5.255 scope global eth0
3: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500
    inet 10.20.0.11/16 brd 10.20.255.255 scope global eth1
4: cali1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500
`,
  'ip_route.txt': `10.20.0.0/16 dev eth1 proto kernel scope link src 10.20.0.11
192.168.5.0/24 dev eth0 proto kernel scope link src 192.168.5.11
10.244.7.3 dev cali1 scope link
`,
};
const host = (all: number | undefined, own: number | undefined, dev = 'eth0'): Promise<Host> =>
  hostOf({
    ...FILES,
    'sysctl.txt': `${all === undefined ? '' : `net.ipv4.conf.all.rp_filter = ${all}\n`}${
      own === undefined ? '' : `net.ipv4.conf.${dev}.rp_filter = ${own}\n`
    }`,
  });
const packet = (src: string, dst = '192.168.5.11') => fresh({ family: 4, proto: 6, src, dst, dport: 80 });

describe('reverse path', () => {
  it('1 drops what would be answered by another device, and cites settings and route', async () => {
    expect(reversePath(await host(0, 1), packet('10.20.3.3'), 'eth0')).toMatchObject({
      answer: 'no',
      says: 'rp_filter of eth0 is 1 and the route back to 10.20.3.3 leaves by eth1, not by eth0',
      at: [{ line: 1 }, { line: 2 }, { line: 1 }],
    });
    expect(reversePath(await host(0, 1), packet('192.168.5.77'), 'eth0')).toMatchObject({ answer: 'yes' });
  });

  it('2 asks for any route, on a device without an address for its own', async () => {
    expect(reversePath(await host(2, 0), packet('10.20.3.3'), 'eth0')).toMatchObject({ answer: 'yes' });
    expect(reversePath(await host(2, 0), packet('8.8.8.8'), 'eth0')).toMatchObject({
      answer: 'no',
      says: 'rp_filter of eth0 is 2 and node-1 has no route back to 8.8.8.8',
    });
    const bare = await host(2, 0, 'cali1');
    expect(reversePath(bare, packet('10.20.3.3'), 'cali1')).toMatchObject({
      answer: 'no',
      says: 'rp_filter of cali1 is 2, cali1 has no IPv4 address, and the route back to 10.20.3.3 leaves by eth1, not by cali1',
    });
    expect(reversePath(bare, packet('10.244.7.3'), 'cali1')).toMatchObject({ answer: 'yes' });
  });

  it('needs no setting when all would give the same', async () => {
    const unknown = await host(undefined, undefined);
    expect(reversePath(unknown, packet('192.168.5.77'), 'eth0')).toMatchObject({ answer: 'yes' });
    expect(reversePath(unknown, packet('192.168.5.11', '10.20.0.11'), 'eth1')).toMatchObject({ answer: 'no' });
    expect(reversePath(unknown, packet('10.20.3.3'), 'eth0')).toMatchObject({
      answer: 'unknown',
      missing: { collect: 'sysctl -a    # on node-1' },
    });
  });

  it('0 still refuses the host’s own address from outside', async () => {
    expect(reversePath(await host(0, 0), packet('10.20.3.3'), 'eth0')).toMatchObject({ answer: 'yes' });
    expect(reversePath(await host(0, 0), packet('10.20.0.11'), 'eth0')).toMatchObject({
      answer: 'no',
      says: '10.20.0.11 is an address of node-1 itself',
      at: [{ line: 6 }],
    });
  });

  it('the match of netfilter asks the same tables, whatever the settings', async () => {
    const plain = { loose: false, validmark: false, acceptLocal: false };
    const on = await host(0, 0);
    expect(rpfilterMatch(on, packet('10.20.3.3'), 'eth0', plain)).toMatchObject({ answer: 'no' });
    expect(rpfilterMatch(on, packet('10.20.3.3'), 'eth1', plain)).toMatchObject({ answer: 'yes' });
    expect(rpfilterMatch(on, packet('10.20.3.3'), 'eth0', { ...plain, loose: true })).toMatchObject({ answer: 'yes' });
    expect(rpfilterMatch(on, packet('8.8.8.8'), 'eth0', { ...plain, loose: true })).toMatchObject({ answer: 'no' });
  });
});
