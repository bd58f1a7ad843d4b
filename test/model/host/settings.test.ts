import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/model/host/host.js';
import { bridgeCallsIptables, eitherSetting, forwarding, rpFilter } from '../../../src/model/host/settings.js';
import { hostOf } from '../../host-folder.js';

const ROUTES = {
  'ip_route.txt': 'default via 10.0.0.1 dev eth0\n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.5\n',
};
const host = (...settings: string[]): Promise<Host> =>
  hostOf({ ...ROUTES, 'sysctl.txt': settings.map((line) => `net.ipv4.${line}\n`).join('') });

describe('rp_filter', () => {
  it('is the maximum of all and the device, and cites both', async () => {
    const on = await host('conf.all.rp_filter = 1', 'conf.eth0/100.rp_filter = 2', 'conf.eth1.rp_filter = 0');
    expect(rpFilter(on, 'eth0.100')).toMatchObject({ kind: 'known', value: 2, at: [{ line: 1 }, { line: 2 }] });
    expect(rpFilter(on, 'eth1')).toMatchObject({ value: 1 });
  });

  it('is known without the device when all is 2 already, else not', async () => {
    expect(rpFilter(await host('conf.all.rp_filter = 2'), 'eth0')).toMatchObject({ kind: 'known', value: 2 });
    expect(rpFilter(await host('conf.all.rp_filter = 1'), 'eth0')).toMatchObject({
      kind: 'unknown',
      missing: { what: 'the setting net.ipv4.conf.eth0.rp_filter of node-1', collect: 'sysctl -a    # on node-1' },
    });
  });

  it('of a device that came after a dump of all settings is the default', async () => {
    const lines = ['conf.all.rp_filter = 0', 'conf.default.rp_filter = 1'];
    expect(rpFilter(await host(...lines), 'cali7')).toMatchObject({ kind: 'unknown' });
    const many = Array.from({ length: 200 }, (_, i) => `tcp_setting_${i} = 1`);
    expect(rpFilter(await host(...lines, ...many), 'cali7')).toMatchObject({
      kind: 'known',
      value: 1,
      at: [{ line: 1 }, { line: 2 }],
    });
  });
});

describe('other settings', () => {
  it('forwarding is the input device’s own; ip_forward stands for devices that are not shown', async () => {
    const on = await host('ip_forward = 1', 'conf.eth0.forwarding = 0');
    expect(forwarding(on, 'eth0', 4)).toMatchObject({ kind: 'known', value: false, at: [{ line: 2 }] });
    expect(forwarding(on, 'cni0', 4)).toMatchObject({ kind: 'known', value: true, at: [{ line: 1 }] });
    expect(forwarding(on, 'eth0', 6)).toMatchObject({ kind: 'unknown' });
  });

  it('of some either suffices', async () => {
    const on = await host('conf.all.route_localnet = 0', 'conf.eth0.route_localnet = 1');
    expect(eitherSetting(on, 'eth0', 'route_localnet')).toMatchObject({ value: true });
    expect(eitherSetting(on, 'eth1', 'route_localnet')).toMatchObject({ kind: 'unknown' });
  });

  it('without the module bridges call no iptables', async () => {
    const text = 'sysctl: cannot stat /proc/sys/net/bridge/bridge-nf-call-iptables: No such file or directory\n';
    expect(bridgeCallsIptables(await hostOf({ ...ROUTES, 'sysctl.txt': text }), 4)).toMatchObject({
      kind: 'known',
      value: false,
    });
    expect(bridgeCallsIptables(await hostOf(ROUTES), 4)).toMatchObject({ kind: 'unknown' });
  });
});
