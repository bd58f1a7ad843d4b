import { describe, expect, it } from 'vitest';
import { ifconfig } from '../../src/parse/network/ifconfig.js';
import { goldenTests } from './harness.js';

describe('ifconfig', () => {
  goldenTests(ifconfig);

  it('starts on interfaces only', () => {
    expect(ifconfig.starts('eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500')).toBe(true);
    expect(ifconfig.starts('lo        Link encap:Local Loopback  ')).toBe(true);
    expect(ifconfig.starts('5: eth0: <UP> mtu 1500')).toBe(false);
    expect(ifconfig.starts('eth0: link is up')).toBe(false);
  });
});
