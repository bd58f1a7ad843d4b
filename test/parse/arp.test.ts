import { describe, expect, it } from 'vitest';
import { arp } from '../../src/parse/network/arp.js';
import { goldenTests } from './harness.js';

describe('arp', () => {
  goldenTests(arp);

  it('starts on headings and BSD lines', () => {
    expect(arp.starts('Address                  HWtype  HWaddress           Flags Mask            Iface')).toBe(true);
    expect(arp.starts('? (192.168.1.14) at <incomplete> on eth0')).toBe(true);
    expect(arp.starts('gateway (10.0.0.1) at 52:54:00:00:00:71 [ether] on eth0')).toBe(true);
    expect(arp.starts('Address: 10.0.0.1')).toBe(false);
    expect(arp.starts('we met (10.0.0.1) at noon on eth0')).toBe(false);
  });
});
