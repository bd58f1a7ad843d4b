import { describe, expect, it } from 'vitest';
import { subnetEnv } from '../../src/parse/cni/subnet-env.js';
import { goldenTests } from './harness.js';

describe('subnet-env', () => {
  goldenTests(subnetEnv);

  it.each([
    '',
    'FLANNEL_FOO=1',
    'FLANNEL_NETWORK',
    'set FLANNEL_MTU=1450 in the file',
    'KUBERNETES_SERVICE_HOST=10.96.0.1',
  ])('does not start at %j', (line) => expect(subnetEnv.starts(line)).toBe(false));

  it.each(['FLANNEL_NETWORK=10.244.0.0/16', 'export FLANNEL_MTU="1450"'])('starts at %j', (line) =>
    expect(subnetEnv.starts(line)).toBe(true),
  );
});
