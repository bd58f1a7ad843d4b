import { describe, expect, it } from 'vitest';
import { type Filtered, passesFilter } from '../../src/model/capture-filter.js';

const VXLAN: Filtered = {
  family: 4,
  proto: 17,
  src: '10.0.0.1',
  dst: '10.0.0.2',
  sport: 32768,
  anyPort: 'sport',
  dport: 8472,
};
const IPIP: Filtered = { family: 4, proto: 4, src: '', dst: '10.0.0.2' };

describe('capture filters', () => {
  it.each([
    [undefined, true],
    ['host 10.0.0.2', true],
    ['10.0.0.2', true],
    ['src host 10.0.0.2', false],
    ['dst 10.0.0.2', true],
    ['host 10.244.1.5', false],
    ['host 10.244.1.5 or 10.0.0.1', true],
    ['udp port 8472 or udp port 4789', true],
    ['port 4789 or 8472', true],
    ['tcp port 8472', false],
    ["'udp and not port 22'", true],
    ['not udp', false],
    ['! (arp or icmp) && net 10.0.0.0/24', true],
    ['src net 10.1', false],
    ['net 10.0', true],
    ['ip proto 17', true],
    ['ip proto \\udp', true],
    ['ip6', false],
    ['portrange 8000-9000', undefined],
    ['vlan', undefined],
    ['host worker-2', undefined],
    ['tcp[tcpflags] & tcp-syn != 0', undefined],
    ['(udp', undefined],
    ['host', undefined],
  ])('%s: %s', (filter, answer) => {
    expect(passesFilter(filter, VXLAN)).toBe(answer);
  });

  it('leaves open what hangs on an address that nobody knows', () => {
    expect(passesFilter('host 10.0.0.1', IPIP)).toBeUndefined();
    expect(passesFilter('host 10.0.0.2', IPIP)).toBe(true);
    expect(passesFilter('proto 4 and not port 22', IPIP)).toBe(true);
  });

  it('reads a long filter in no time, and gives up on an endless one', () => {
    expect(passesFilter(`${'('.repeat(100_000)}udp`, VXLAN)).toBeUndefined();
  });
});
