import { describe, expect, it } from 'vitest';
import { nstat } from '../../src/parse/host/nstat.js';
import { goldenTests } from './harness.js';

describe('nstat', () => {
  goldenTests(nstat);

  it('starts on its own lines only', () => {
    for (const line of ['#kernel', 'TcpRetransSegs                  12                 0.0'])
      expect(nstat.starts(line), line).toBe(true);
    for (const line of ['# kernel', 'TcpRetransSegs 12', '#define X', 'Name 1 0.0'])
      expect(nstat.starts(line), line).toBe(false);
  });
});
