import { expect, it } from 'vitest';
import { traceroute } from '../../src/parse/probe/traceroute.js';
import { goldenTests } from './harness.js';

goldenTests(traceroute);

it('starts on headings only', () => {
  expect(traceroute.starts('traceroute to 10.9.1.1 (10.9.1.1), 30 hops max, 60 byte packets')).toBe(true);
  expect(traceroute.starts('HOST: n1                          Loss%   Snt   Last   Avg  Best  Wrst StDev')).toBe(true);
  for (const line of ['', ' 1  192.168.1.1  0.036 ms', 'HOST: n1', 'traceroute to the node', '1. item']) {
    expect(traceroute.starts(line), line).toBe(false);
  }
});
