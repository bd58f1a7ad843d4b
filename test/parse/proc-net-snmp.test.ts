import { describe, expect, it } from 'vitest';
import { procNetSnmp } from '../../src/parse/host/proc-net-snmp.js';
import { goldenTests } from './harness.js';

describe('proc-net-snmp', () => {
  goldenTests(procNetSnmp);

  it('starts on its own lines only', () => {
    for (const line of ['Ip: Forwarding DefaultTTL InReceives', 'Ip6InReceives                   \t6'])
      expect(procNetSnmp.starts(line), line).toBe(true);
    for (const line of ['Ip: 10.0.0.1', 'Ip:', 'Tcp: Yes', 'TcpExt: something else'])
      expect(procNetSnmp.starts(line), line).toBe(false);
  });
});
