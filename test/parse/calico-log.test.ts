import { describe, expect, it } from 'vitest';
import { peerOf } from '../../src/parse/log/calico-facts.js';
import { calicoLog } from '../../src/parse/log/calico-log.js';
import { goldenTests } from './harness.js';

describe('calico-log', () => {
  goldenTests(calicoLog);

  it.each([
    ['Mesh_10_0_0_5', '10.0.0.5'],
    ['Node_fd80_24e2_f998_72d7__2', 'fd80:24e2:f998:72d7::2'],
  ])('reads the peer of %s', (protocol, peer) => expect(peerOf(protocol)?.peer).toBe(peer));

  it.each(['kernel1', 'Mesh_x', 'Mesh_10_0_0'])('knows no peer of %s', (name) => expect(peerOf(name)).toBeUndefined());

  it.each([
    '',
    'bird: a small animal',
    'birds: 4',
    '2024-06-12 05:53:08.531 [INFO] something else',
    '2024-06-12 05:53:08 kubelet started',
    '| 10.0.0.6      | node-to-node mesh | up    | 23:18:20   | Established |',
    'I0612 05:53:08.531000       1 main.go:1] x',
    'Calico process is running.',
  ])('does not start at %j', (line) => expect(calicoLog.starts(line)).toBe(false));

  it.each([
    '2024-06-12 05:53:08.531 [INFO][1] main.go 107: x',
    'bird: Mesh_10_0_0_1: State changed to start',
    'bird: KRT: Received route 10.0.0.0/8 with strange next-hop 10.1.1.1',
  ])('starts at %j', (line) => expect(calicoLog.starts(line)).toBe(true));
});
