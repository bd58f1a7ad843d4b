import { describe, expect, it } from 'vitest';
import { ethtool } from '../../src/parse/host/ethtool.js';
import { annotate, goldenTests } from './harness.js';

describe('ethtool', () => {
  goldenTests(ethtool);

  it('takes the interface from a collector\u2019s own heading', () => {
    const out = annotate(ethtool, '--- flannel.1\nFeatures for flannel.1:\ntx-checksum-ip-generic: on\n', {
      path: 'networking/ethtool',
    });
    expect(out).toContain('> offload ifname=flannel.1 feature=tx-checksum-ip-generic on=true fixed=false');
    const stats = annotate(ethtool, 'Interface eth0:\nNIC statistics:\n     rx_dropped: 7\n', {
      path: 'networking/ethtool.txt',
    });
    expect(stats).toContain('name=rx_dropped value=7 ifname=eth0');
  });

  it('starts on its own lines only', () => {
    for (const line of ['NIC statistics:', 'Features for flannel.1:']) expect(ethtool.starts(line), line).toBe(true);
    for (const line of ['Features for everybody: none', 'Settings', '     rx_dropped: 1'])
      expect(ethtool.starts(line), line).toBe(false);
  });
});
