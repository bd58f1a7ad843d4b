import { describe, expect, it } from 'vitest';
import { procNetDev } from '../../src/parse/host/proc-net-dev.js';
import { goldenTests } from './harness.js';

describe('proc-net-dev', () => {
  goldenTests(procNetDev);

  it('starts on its own lines only', () => {
    for (const line of ['Inter-|   Receive                                                |  Transmit'])
      expect(procNetDev.starts(line), line).toBe(true);
    for (const line of ['  eth0: 1 2 3', 'Inter-pod traffic']) expect(procNetDev.starts(line), line).toBe(false);
  });
});
