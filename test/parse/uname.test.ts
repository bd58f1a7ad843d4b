import { describe, expect, it } from 'vitest';
import { uname } from '../../src/parse/host/uname.js';
import { annotate, goldenTests } from './harness.js';

describe('uname', () => {
  goldenTests(uname);

  it('reads the node name', () => {
    const old =
      'Linux ip-10-0-1-5.ec2.internal 4.14.336-257.562.amzn2.x86_64 #1 SMP Sat Feb 24 09:50:35 UTC 2024 x86_64 x86_64 x86_64 GNU/Linux\n';
    expect(annotate(uname, old, { path: 'uname' })).toContain('= host ip-10-0-1-5.ec2.internal (uname)');
    expect(uname.starts('Linux node1 is slow')).toBe(false);
    expect(uname.starts('Linux version 5.15.0 (buildd@x) #1 SMP')).toBe(false);
  });
});
