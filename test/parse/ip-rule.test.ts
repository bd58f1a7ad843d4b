import { describe, expect, it } from 'vitest';
import { ipRule } from '../../src/parse/network/ip-rule.js';
import { annotate, goldenTests } from './harness.js';

describe('ip-rule', () => {
  goldenTests(ipRule);

  it('reads a VRF rule and a paste whose tab became blanks', () => {
    const out = annotate(
      ipRule,
      '> 1000:   from all lookup [l3mdev-table]\n9:\tfrom all fwmark 0x200/0xf00 lookup 2004\n100: from all lookup 254\n',
      { path: 'ipv6rule' },
    );
    expect(out).toContain('family=6 priority=1000 not=false action=lookup table=[l3mdev-table]');
    expect(out).toContain('priority=100 not=false action=lookup table=main');
  });

  it('is no prose', () => {
    expect(ipRule.starts('0:\tfrom all lookup local')).toBe(true);
    expect(ipRule.starts('1: from all of us')).toBe(false);
    expect(ipRule.starts('12: from 10.0.0.1 to 10.0.0.2')).toBe(false);
  });
});
