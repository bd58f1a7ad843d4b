import { describe, expect, it } from 'vitest';
import { netstatS } from '../../src/parse/host/netstat-s.js';
import { annotate, goldenTests } from './harness.js';

describe('netstat-s', () => {
  goldenTests(netstatS);

  it('reads the wordings of older releases', () => {
    const text =
      'Ip:\n    12 dropped because of missing route\n    3 packet reassembles failed\nTcp:\n    7 segments retransmited\nTcpExt:\n    5 packets rejects in established connections because of timestamp\n    Quick ack mode was activated 4 times\n';
    const out = annotate(netstatS, text, { path: 'f' });
    expect(out).not.toContain('not understood');
    for (const name of [
      'IpOutNoRoutes value=12',
      'IpReasmFails value=3',
      'TcpRetransSegs value=7',
      'TcpExtPAWSEstab value=5',
    ])
      expect(out).toContain(`name=${name}`);
  });

  it('starts on its own lines only', () => {
    for (const line of ['TcpExt:', 'Ip:']) expect(netstatS.starts(line), line).toBe(true);
    for (const line of ['IP: 10.0.0.1', 'Ip: Forwarding DefaultTTL', 'Tcp: yes', 'Pods:'])
      expect(netstatS.starts(line), line).toBe(false);
  });
});
