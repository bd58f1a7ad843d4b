import { describe, expect, it } from 'vitest';
import { bridgeFdb } from '../../src/parse/network/bridge-fdb.js';
import { goldenTests } from './harness.js';

describe('bridge-fdb', () => {
  goldenTests(bridgeFdb);

  it('starts on entries only', () => {
    expect(bridgeFdb.starts('96:05:97:b5:fa:4d dev vethaaaa0001 master cni0 ')).toBe(true);
    expect(bridgeFdb.starts('0e:00:00:00:00:02 dev flannel.1 dst 192.168.1.12 link-netnsid 0 self permanent')).toBe(
      true,
    );
    for (const line of [
      '0e:00:00:00:00:02',
      '0e:00:00:00:00:02 dev flannel.1 is stale',
      'mac dev eth0 self',
      '0e:00:00:00:00:02 > 0e:00:00:00:00:03, ethertype IPv4',
    ])
      expect(bridgeFdb.starts(line), line).toBe(false);
  });

  it('knows its commands', () => {
    expect(bridgeFdb.command?.test('bridge fdb')).toBe(true);
    expect(bridgeFdb.command?.test('bridge -s -d fdb show dev flannel.1')).toBe(true);
    expect(bridgeFdb.command?.test('bridge -j fdb show')).toBe(false);
    expect(bridgeFdb.command?.test('bridge link')).toBe(false);
  });
});
