import { describe, expect, it } from 'vitest';
import { calicoctlIpam } from '../../src/parse/cni/calicoctl-ipam.js';
import { goldenTests } from './harness.js';

describe('calicoctl-ipam', () => {
  goldenTests(calicoctlIpam);

  it.each(['', '| GROUPING |', '| PEER ADDRESS  |   PEER TYPE   | STATE |', 'IP 10.0.0.1 is not assigned'])(
    'does not start at %j',
    (line) => expect(calicoctlIpam.starts(line)).toBe(false),
  );

  it.each(['| GROUPING |       CIDR        | IPS TOTAL | IPS IN USE |   IPS FREE   |'])('starts at %j', (line) =>
    expect(calicoctlIpam.starts(line)).toBe(true),
  );
});
