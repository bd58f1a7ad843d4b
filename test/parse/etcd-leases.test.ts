import { describe, expect, it } from 'vitest';
import { etcdLeases } from '../../src/parse/cni/etcd-leases.js';
import { annotate, goldenTests } from './harness.js';

const rows = (text: string, command: string): string[] =>
  annotate(etcdLeases, text, { path: 'x', command })
    .split('\n')
    .filter((line) => /^\s+[>?]/.test(line))
    .map((line) => line.trim());

describe('etcd-leases', () => {
  goldenTests(etcdLeases);

  it('starts on keys of subnets only', () => {
    expect(etcdLeases.starts('/coreos.com/network/subnets/10.5.34.0-24')).toBe(true);
    expect(etcdLeases.starts('/coreos.com/network/config')).toBe(false);
    expect(etcdLeases.starts('/registry/pods/default/web')).toBe(false);
    expect(etcdLeases.starts('{"PublicIP":"192.168.10.2","BackendType":"vxlan"}')).toBe(false);
  });

  it('is asked for commands with options, and not for the network’s own key', () => {
    for (const command of [
      'etcdctl --endpoints http://10.0.0.1:2379 get /coreos.com/network/subnets/10.5.34.0-24',
      'ETCDCTL_API=3 etcdctl get --prefix /coreos.com/network/subnets/',
      'etcdctl ls -r /kube/network/subnets',
    ])
      expect(etcdLeases.command?.test(command), command).toBe(true);
    expect(etcdLeases.command?.test('etcdctl get /coreos.com/network/config')).toBe(false);
  });

  it('gives no row to a value that is cut, that has no key, or that is no lease', () => {
    const get = 'etcdctl get /coreos.com/network/subnets/10.5.34.0-24';
    const whole = '{"PublicIP":"192.168.10.2","BackendType":"vxlan","BackendData":{"VtepMAC":"82:c3:0a:52:11:7e"}}';
    expect(rows(whole, get)).toHaveLength(1);
    expect(rows(whole.slice(0, 40), get)[0]).toMatch(/^\?/);
    expect(rows(whole, 'etcdctl get --prefix /coreos.com/network/subnets')[0]).toMatch(/^\?/);
    expect(rows('Error:  100: Key not found (/coreos.com/network) [4]', get)).toEqual([]);
  });
});
