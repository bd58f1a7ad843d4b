import { describe, expect, it } from 'vitest';
import { hubble } from '../../src/parse/log/hubble.js';
import { goldenTests } from './harness.js';

describe('hubble', () => {
  goldenTests(hubble);

  it.each([
    ['a flow', 'Sep 30 09:52:11.402: shop/a:5 (ID:1) <> shop/b:80 (ID:2) Policy denied DROPPED (TCP Flags: SYN)', true],
    ['one without a time', 'shop/a:5 (ID:1) -> shop/b:80 (ID:2) to-endpoint FORWARDED (TCP Flags: ACK)', true],
    ['JSON with blanks', '{"flow": {"time": "2025-09-30T09:52:11.402Z", "verdict": "DROPPED"}}', true],
    ['the heading of a table', 'TIMESTAMP   SOURCE   DESTINATION   TYPE   VERDICT   SUMMARY', true],
    [
      'a row',
      'Jan  7 00:20:34.567   10.8.1.44:31793   10.8.2.19:8080   Policy denied   DROPPED   TCP Flags: SYN',
      true,
    ],
    ['a record', '  TIMESTAMP: Jan  7 00:20:34.567', true],
    ['another record', '  TIMESTAMP: none', false],
    ['another table', 'TIMESTAMP   SOURCE   TYPE   VERDICT', false],
    ['a sentence with a time', 'Jan  7 00:20:34 we saw that   it was   all   DROPPED   there', false],
    ['prose', 'I see policy-verdict:none INGRESS DENIED for shop/a -> shop/b', false],
    ['an arrow in a log', 'level=info msg="a -> b DROPPED"', false],
    ['another object', '{"kind":"List","items":[]}', false],
  ])('is told by its lines: %s', (_what, line, expected) => {
    expect(hubble.starts(line)).toBe(expected);
  });
});
