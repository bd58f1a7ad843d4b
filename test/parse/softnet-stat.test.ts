import { describe, expect, it } from 'vitest';
import { softnetStat } from '../../src/parse/host/softnet-stat.js';
import { goldenTests } from './harness.js';

describe('softnet-stat', () => {
  goldenTests(softnetStat);

  it('starts on its own lines only', () => {
    for (const line of ['0000143b 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000'])
      expect(softnetStat.starts(line), line).toBe(false);
  });
});
