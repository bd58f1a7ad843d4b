import { describe, expect, it } from 'vitest';
import { calicoctlNodeStatus } from '../../src/parse/cni/calicoctl-node-status.js';
import { goldenTests } from './harness.js';

describe('calicoctl-node-status', () => {
  goldenTests(calicoctlNodeStatus);

  it.each([
    '',
    'Calico is a CNI',
    '+-----+-----+',
    '| 10.0.0.1 | x | up |',
    'No resources found',
    'IPv4 BGP status is fine',
  ])('does not start at %j', (line) => expect(calicoctlNodeStatus.starts(line)).toBe(false));

  it.each([
    'Calico process is running.',
    'IPv4 BGP status',
    '> | PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |    INFO     |',
    'No IPv4 peers found.',
  ])('starts at %j', (line) => expect(calicoctlNodeStatus.starts(line)).toBe(true));
});
