import { describe, expect, it } from 'vitest';
import { netConf } from '../../src/parse/cni/net-conf.js';
import { goldenTests } from './harness.js';

describe('net-conf', () => {
  goldenTests(netConf);

  it.each(['', '{', '  "name": "cbr0",', '  "Network": "bridge",', '{"kind": "Pod"}', 'Network: 10.244.0.0/16'])(
    'does not start at %j',
    (line) => expect(netConf.starts(line)).toBe(false),
  );

  it.each([
    '  "Network": "10.244.0.0/16",',
    '{"Network":"10.0.0.0/8","Backend":{"Type":"vxlan"}}',
    '  "cniVersion": "0.3.1",',
    '{"name":"cbr0","cniVersion":"0.3.1","plugins":[]}',
  ])('starts at %j', (line) => expect(netConf.starts(line)).toBe(true));
});
