import { describe, expect, it } from 'vitest';
import { weaveConnections } from '../../src/parse/probe/weave-connections.js';
import { goldenTests } from './harness.js';

describe('weave-connections', () => {
  goldenTests(weaveConnections);

  it('starts on its own lines only', () => {
    expect(weaveConnections.starts('-> 192.0.2.13:6783       established fastdp 5e:1c:4d:00:00:13(n3)')).toBe(true);
    expect(weaveConnections.starts('  -> 10.0.0.1:80   Masq    1      0          0')).toBe(false);
    expect(weaveConnections.starts('-> endpoint 1183 flow 0x0 , identity 1->2 state established')).toBe(false);
  });
});
