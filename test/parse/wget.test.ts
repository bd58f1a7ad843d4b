import { expect, it } from 'vitest';
import { wget } from '../../src/parse/probe/wget.js';
import { goldenTests } from './harness.js';

goldenTests(wget);

it('starts on lines of wget only', () => {
  expect(wget.starts('--2026-11-21 14:18:39--  http://web.default.svc/')).toBe(true);
  expect(wget.starts("wget: can't connect to remote host (10.96.0.20): Connection refused")).toBe(true);
  for (const line of ['', '---', '--2026--', 'Connecting to the database', 'wget: a tool', 'Length: 3']) {
    expect(wget.starts(line), line).toBe(false);
  }
});
