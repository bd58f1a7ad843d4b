import { describe, expect, it } from 'vitest';
import { hubble } from '../../src/parse/log/hubble.js';
import { goldenTests } from './harness.js';

describe('hubble', () => {
  goldenTests(hubble);

  it.each([
    ['a flow', 'Sep 30 09:52:11.402: shop/a:5 (ID:1) <> shop/b:80 (ID:2) Policy denied DROPPED (TCP Flags: SYN)', true],
    ['one without a time', 'shop/a:5 (ID:1) -> shop/b:80 (ID:2) to-endpoint FORWARDED (TCP Flags: ACK)', true],
    ['JSON with blanks', '{"flow": {"time": "2025-09-30T09:52:11.402Z", "verdict": "DROPPED"}}', true],
    ['prose', 'I see policy-verdict:none INGRESS DENIED for shop/a -> shop/b', false],
    ['an arrow in a log', 'level=info msg="a -> b DROPPED"', false],
    ['another object', '{"kind":"List","items":[]}', false],
  ])('is told by its lines: %s', (_what, line, expected) => {
    expect(hubble.starts(line)).toBe(expected);
  });
});
