import { describe, expect, it } from 'vitest';
import { birdcl } from '../../src/parse/cni/birdcl.js';
import { goldenTests } from './harness.js';

describe('birdcl', () => {
  goldenTests(birdcl);

  it.each([
    '',
    'name ready',
    '10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink',
    'bird: Mesh_10_0_0_1: State changed to up',
    'NAME   READY   STATUS   AGE',
    'web  Deployment  default  up  10:00:00',
  ])('does not start at %j', (line) => expect(birdcl.starts(line)).toBe(false));

  it.each([
    'BIRD 1.6.8 ready.',
    'BIRD v0.3.3+birdv1.6.8 ready.',
    'name     proto    table    state  since       info',
    'Mesh_10_0_0_1 BGP      master   start  14:03:36    Active        Socket: Connection closed',
  ])('starts at %j', (line) => expect(birdcl.starts(line)).toBe(true));
});
